"""The share kit of a recap, for anybody: texts and pictures, and no button of another site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import conditional_page, require_safe

from meetups.access.public_url import full_url
from meetups.drawing.share_card import FORMS
from meetups.models import Recap
from meetups.recaps.public_view import make_broadside, said_of
from meetups.sharing.share_cards import make_quotes
from meetups.sharing.share_texts import make_share_texts

PICTURES = {"landscape": "recap_card", "square": "recap_square", "story": "recap_story"}


@require_safe
@conditional_page
def share(request: HttpRequest, slug: str) -> HttpResponse:
    """Show ready texts and the pictures of a published recap; a withdrawn sentence is in neither."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    broadside = make_broadside(recap)
    link = full_url(recap.get_absolute_url())
    # The texts around the table's sentences are in the table's language, whatever the reader's is.
    with translation.override(broadside.language or translation.get_language()):
        texts = make_share_texts(
            question=broadside.question, sentences=broadside.sentences, said_of=said_of(broadside), link=link
        )
    context = {
        "recap": recap,
        "broadside": broadside,
        "link": link,
        "texts": texts,
        "pictures": [{"name": name, "form": form, "size": FORMS[form]} for form, name in PICTURES.items()],
        "quotes": make_quotes(recap, broadside),
    }
    response = render(request, "sharing/recap_share.html", context)
    response["Cache-Control"] = "public, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
