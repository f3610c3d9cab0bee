"""What the buttons of a draft's page fill in without saving: a kit that was chosen, a book that was looked up."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hosts.requests import SignedInRequest
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.forms.fields import IsbnField
from meetups.planning.book_lookup import look_up
from meetups.planning.draft_source import Filled, Source, fill_in, kit_choices
from meetups.planning.forms.kit import FILL, LOOK_UP, ChooseKit, values_so_far
from meetups.planning.forms.meetup import DraftForm

LOOKUPS_AN_HOUR = 60


def fill_draft(request: SignedInRequest, form: DraftForm, source: Source) -> Filled | None:
    """Return what the page shows after a button that fills in; None where the form is to be saved, or shown as it is.

    Everything typed comes back as it was, and nothing is saved.
    """
    if request.method != "POST":
        return None
    then, name = request.POST.get("then"), _chosen_kit(request, source.kit_name)
    if name:
        return fill_in(values_so_far(form), source, name, request.user)
    if then == LOOK_UP and settings.BOOK_LOOKUP_URL:
        return with_book(request, Filled(source, values_so_far(form)))
    return Filled(source, values_so_far(form)) if then in (FILL, LOOK_UP) else None


def _chosen_kit(request: HttpRequest, now: str) -> str:
    """Return the name of the kit that was just chosen on a draft's page, or nothing: by the button that fills it in, or by
    another choice than the one that is filled in `now` and any other button."""
    chosen = request.POST.get("choose", "")
    return chosen if chosen and (chosen != now or request.POST.get("then") == FILL) else ""


def with_book(request: SignedInRequest, filled: Filled) -> Filled:
    """Look the typed book up, and fill in of title and author what is empty."""
    typed = filled.values
    if too_many("book-lookup", str(request.user.pk), limit=LOOKUPS_AN_HOUR, seconds=3600):
        return filled.with_book_note(_("Those were many books in one hour. Please wait a little."))
    try:
        isbn = IsbnField(required=False).clean(typed.get("isbn") or "")
    except ValidationError as error:
        return filled.with_book_note(" ".join(error.messages))
    try:
        book = look_up(isbn=isbn, title=typed.get("book_title") or "", author=typed.get("book_author") or "")
    except MeetupError as refusal:
        return filled.with_book_note(str(refusal))
    if book is None:
        return filled.with_book_note(_("No such book was found. Please type the title and the author."))
    typed |= {name: typed.get(name) or words for name, words in {"book_title": book.title, "book_author": book.author}.items()}
    said = ", ".join(filter(None, [book.title, book.author]))
    return filled.with_book_note(_("Found: %(book)s. Nothing is saved yet.") % {"book": said})


def kits_to_choose(request: SignedInRequest, form: DraftForm, source: Source, filled: Filled | None) -> dict:
    """Return what a draft's page shows of kits and books: the choice, and after a press what was filled in and what stayed."""
    chooser = ChooseKit(initial={"choose": source.kit_name}, choices=kit_choices(request.user))
    return {
        "chooser": chooser,
        "is_filled": filled is not None and filled.is_kit,
        "kept": [form.fields[name].label for name in filled.kept] if filled else [],
        "book_note": filled.book_note if filled else "",
        "looks_books_up": bool(settings.BOOK_LOOKUP_URL),
        "is_untouched": filled is None and not form.is_bound,
        "source": source,
    }
