"""Wall time and zones: what the clock on the kitchen wall says, and which instant that is (PEP 495, R25-R28)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError


def is_imaginary(day: date, clock: time, zone: str) -> bool:
    """Tell whether the wall clock never shows this time that day: the hour skipped in spring."""
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    return wall.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall.replace(tzinfo=None)


def is_ambiguous(day: date, clock: time, zone: str) -> bool:
    """Tell whether the wall clock shows this time twice that day: the hour repeated in autumn."""
    wall = datetime.combine(day, clock.replace(fold=0), tzinfo=ZoneInfo(zone))
    return not is_imaginary(day, clock, zone) and wall.utcoffset() != wall.replace(fold=1).utcoffset()


def to_utc(day: date, clock: time, zone: str, *, fold: int = 0) -> datetime:
    """Return the instant of a wall time, in UTC. Fold 0 is the first of two in autumn.

    Raises MeetupError for a time that does not exist.
    """
    if is_imaginary(day, clock, zone):
        raise MeetupError(_("The clocks go forward that night, so this time does not exist. Please choose one an hour later."))
    return datetime.combine(day, clock.replace(fold=fold), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def nearest_utc(day: date, clock: time, zone: str) -> datetime:
    """Return the instant of a wall time we chose ourselves; one that does not exist moves on by the gap."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """Return the date on the wall at that instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def hours_before(start: datetime, hours: int) -> datetime:
    """Return the instant an absolute number of hours earlier: 24 h before is not always the same wall time."""
    return start.astimezone(UTC) - timedelta(hours=hours)


def days_before_at(start: datetime, zone: str, days: int, clock: time) -> datetime:
    """Return the instant when the wall clock shows `clock`, that many local dates before the start (negative: after)."""
    return nearest_utc(local_date(start, zone) - timedelta(days=days), clock, zone)
