"""What a host sees of the dates that were put to guests: counts, and who said what."""

from dataclasses import dataclass, field

from meetups.circles.services.date_poll import start_of
from meetups.models import DateAnswer, DateOption, DatePoll, Guest, Meetup
from meetups.times import clock
from meetups.times import words as when

Says = DateAnswer.Says


@dataclass
class DateRow:
    """One date as the host sees it: who could come, who if need be, and who not."""

    option: DateOption
    words: str
    is_past: bool
    yes: list[str] = field(default_factory=list)
    if_needed: list[str] = field(default_factory=list)
    no: list[str] = field(default_factory=list)

    def of(self, says: str) -> list[str]:
        return {Says.YES: self.yes, Says.IF_NEEDED: self.if_needed, Says.NO: self.no}[Says(says)]

    @property
    def weight(self) -> tuple[int, int]:
        """Return what makes one date better than another: more yes, then more "if need be"."""
        return len(self.yes), len(self.if_needed)


@dataclass
class DateTable:
    """All dates of a question, the guests who have said something, and those who have not."""

    rows: list[DateRow]
    num_asked: int
    silent: list[str]

    @property
    def best(self) -> DateRow | None:
        """Return the date on which most could come, the earlier of two; None before anybody said yes or if need be."""
        ahead = [row for row in self.rows if not row.is_past and any(row.weight)]
        return max(ahead, key=lambda row: row.weight, default=None)


def words_of(option: DateOption, meetup: Meetup) -> str:
    """Return "Tuesday 15 December 2026, 7:00 p.m., Vancouver time"."""
    return when.full_moment(start_of(option, meetup), meetup.zone)


def table_of(poll: DatePoll, meetup: Meetup) -> DateTable:
    """Return what the guests of a draft said, in three queries."""
    now = clock.now()
    rows = {
        option.pk: DateRow(option, words_of(option, meetup), is_past=start_of(option, meetup) <= now)
        for option in poll.options.all()
    }
    guests = list(Guest.objects.counting().filter(meetup=meetup).order_by("pk"))
    names = {guest.pk: guest.called if guest.has_name else guest.known_email for guest in guests}
    heard = set()
    for answer in DateAnswer.objects.filter(option__poll=poll).order_by("said_at", "pk"):
        if answer.guest_id in names:
            rows[answer.option_id].of(answer.says).append(names[answer.guest_id])
            heard.add(answer.guest_id)
    silent = [name for pk, name in names.items() if pk not in heard]
    return DateTable(list(rows.values()), num_asked=len(guests), silent=silent)
