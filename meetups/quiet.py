"""Quiet hours: nothing leaves between 21:00 and 08:00 on the meetup's wall but answers to an act."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from meetups.walltime import nearest_utc

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)


def next_allowed(moment: datetime, zone: str) -> datetime:
    """Return the moment itself, or the next 08:00 on the wall of that zone when it lies between 21:00 and 08:00.

    An empty zone counts as UTC. Giving the result back in returns it unchanged.
    """
    zone = zone or "UTC"
    wall = moment.astimezone(ZoneInfo(zone))
    if QUIET_UNTIL <= wall.time() < QUIET_FROM:
        return moment
    day = wall.date() + timedelta(days=1 if wall.time() >= QUIET_FROM else 0)
    return nearest_utc(day, QUIET_UNTIL, zone)
