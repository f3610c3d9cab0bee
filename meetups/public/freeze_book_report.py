"""Freezing a report of what tables found about a book."""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.models import Book, Recap, SenseReport
from meetups.public.book_findings import FEWEST_TABLES, freeze, make_sense
from meetups.times import clock

MOST_A_DAY = 20


@transaction.atomic
def freeze_sense(book: Book, *, recaps: list[Recap], by: User) -> SenseReport:
    """Store what the page of a book shows of these recaps now. A second call on the same day makes a second report.

    Raises MeetupError while fewer than five tables told, and when there were many reports today.
    """
    sense = make_sense(recaps)
    if sense is None:
        said = _("A report needs %(n)d tables that told what they found.")
        raise MeetupError(said % {"n": FEWEST_TABLES})
    # Of two calls at once the second waits for the row lock and gets the next number.
    Book.objects.select_for_update().get(pk=book.pk)
    now = clock.now()
    today = f"{now:%Y-%m-%d}"
    number = book.reports.filter(name__startswith=today).count() + 1
    if number > MOST_A_DAY:
        raise MeetupError(_("Those were many reports on this book today. Please wait until tomorrow."))
    name = today if number == 1 else f"{today}-{number}"
    return SenseReport.objects.create(book=book, name=name, content=freeze(sense), frozen_at=now, frozen_by=by)
