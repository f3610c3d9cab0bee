"""A draft whose guests are asked for a day, as rows that tests need."""

from datetime import date, time, timedelta

from meetups.circles.services.date_poll import answer_dates, ask_dates
from meetups.models import DateOption, Guest, Meetup
from meetups.times import clock
from tests.factories import make_draft, make_host

EIGHT = time(20)


def in_days(days: int) -> date:
    return (clock.now() + timedelta(days=days)).date()


def make_polled(host=None, *names: str, days=(10, 12, 14), **fields) -> Meetup:
    """Return a draft of which these guests were asked for a day, each by a letter."""
    draft = make_draft(host or make_host(), date=None, **fields)
    addresses = [(name, f"{name.lower().replace(chr(32), chr(46))}@example.org") for name in names or ("Maria", "Ben")]
    ask_dates(draft, days=[(in_days(day), EIGHT) for day in days], by=draft.host, addresses=addresses)
    draft.refresh_from_db()
    return draft


def options_of(meetup: Meetup) -> list[DateOption]:
    return list(meetup.date_poll.options.all())


def guest_called(name: str) -> Guest:
    return Guest.objects.get(name=name)


def say(name: str, *said: str) -> Guest:
    """Let a guest say something to each of the days, in their order; nothing for an empty text."""
    guest = guest_called(name)
    answer_dates(guest, {option.pk: says for option, says in zip(options_of(guest.meetup), said, strict=False)})
    return guest
