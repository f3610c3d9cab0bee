"""Quiet hours: between 21:00 and 08:00 local time only answers to an act are sent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from meetups.times.wall_time import nearest_utc

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)


def next_allowed(moment: datetime, zone: str) -> datetime:
    """Return the moment itself, or the next 08:00 in that zone if it lies between 21:00 and 08:00 there.

    An empty zone means UTC. The function is idempotent.
    """
    zone = zone or "UTC"
    wall = moment.astimezone(ZoneInfo(zone))
    if QUIET_UNTIL <= wall.time() < QUIET_FROM:
        return moment
    day = wall.date() + timedelta(days=1 if wall.time() >= QUIET_FROM else 0)
    return nearest_utc(day, QUIET_UNTIL, zone)
