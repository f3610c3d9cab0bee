"""The shelf of kits that ship with the software, and the page of each. Public; a host who is signed in sees their own beside."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meetups.access.public_url import full_url
from meetups.models import Kit
from meetups.planning.draft_source import kit_of_shelf
from meetups.shelf.kits import find_kit, read_shelf


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """Show every kit by its cover, title and one line, in the reader's language."""
    kits = [(kit, kit_of_shelf(kit, get_language()), kit.in_language(get_language())) for kit in read_shelf()]
    # The session is read only where there is one: the page sets no cookie.
    is_known = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
    context = {
        "shelf": [{"name": kit.slug, "kit": row, "words": words} for kit, row, words in kits],
        "kept": Kit.objects.kept_by(request.user) if is_known else [],
        "canonical": full_url(request.path),
    }
    return render(request, "public/shelf.html", context)


@require_safe
def kit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one kit of the shelf: what the evening is, to read, to print and to begin from."""
    on_shelf = find_kit(slug)
    if on_shelf is None:
        raise Http404
    words = on_shelf.in_language(get_language())
    context = {
        "name": on_shelf.slug,
        "on_shelf": on_shelf,
        "words": words,
        "kit": kit_of_shelf(on_shelf, get_language()),
        # As the parts of an evening's page ask for the language of its words.
        "meetup": {"known_language": words.language},
        "heading": {"book": _("The book"), "poem": _("The poem"), "film": _("The film")}[on_shelf.kind],
        "canonical": full_url(request.path),
    }
    return render(request, "public/kit_page.html", context)
