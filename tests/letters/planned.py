"""An evening in three weeks with its planned letters, as tests of letters use it; the fixtures are in conftest.py."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from meetups.dispatch.claim import claim_deliveries
from meetups.letters.edit import write_host_letter
from meetups.models import Delivery, Mailing
from meetups.outbox.fan_out import fan_out_due
from meetups.times import clock

TORONTO = ZoneInfo("America/Toronto")
# A Monday at ten in Toronto, three weeks before the evening.
NOW = datetime(2027, 4, 19, 14, tzinfo=UTC)
EVENING = date(2027, 5, 10)
State = Delivery.State


def letter(meetup, kind: str = "three_days") -> Mailing:
    return meetup.mailings.get(kind=kind)


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(TORONTO):%Y-%m-%d %H:%M}"


def at(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=TORONTO).astimezone(UTC)


def sweep() -> list[Delivery]:
    """Do what the worker does, say that what was claimed is sent, and return it."""
    fan_out_due()
    claimed = claim_deliveries()
    Delivery.objects.filter(pk__in=[row.pk for row in claimed]).update(state=State.SENT, finished_at=clock.now(), lease_token="")
    return claimed


def own(meetup, host, segment: str = "yes", **words) -> Mailing:
    """Write a letter of the host's own."""
    words = {"subject": "Bring a chair", "words": "A folding one, if you have it."} | words
    return write_host_letter(meetup, by=host, segment=segment, **words)
