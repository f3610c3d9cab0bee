"""Conversion between wall time and instants (PEP 495, R25-R28)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError


def is_imaginary(day: date, clock: time, zone: str) -> bool:
    """Tell whether this wall time does not exist that day: the hour that is skipped in spring."""
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    return wall.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall.replace(tzinfo=None)


def is_ambiguous(day: date, clock: time, zone: str) -> bool:
    """Tell whether this wall time occurs twice that day: the hour that is repeated in autumn."""
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
    """Return the instant of a wall time; one that does not exist is moved on by the length of the gap."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """Return the local date at that instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def days_before_at(start: datetime, zone: str, days: int, clock: time) -> datetime:
    """Return the instant of the wall time `clock`, that many local dates before the start (negative: after)."""
    return nearest_utc(local_date(start, zone) - timedelta(days=days), clock, zone)
