"""A circuit breaker for the whole site: too many letters to strangers in an hour pause all invitations until staff resumes
them (R88)."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from meetups.models import AddressLedger, Heartbeat
from meetups.times import clock

logger = logging.getLogger("longtable.security")

# The names of rows in the database, so they stay as they are.
PAUSED, RESUMED = "invitations_held", "invitations_let_go"
AN_HOUR = timedelta(hours=1)
# Counting takes a while on a large site.
SECONDS_BETWEEN = 60


def watch_invitations() -> bool:
    """Pause all invitations when more letters than INVITATIONS_PER_HOUR went to strangers in an hour; return whether it did.

    It counts at most once a minute, and only what went since staff resumed them last. No other letter is paused.
    """
    most, now = settings.INVITATIONS_PER_HOUR, clock.now()
    if not most or invitations_are_paused() or not cache.add("invitations_watched", 1, SECONDS_BETWEEN):
        return False
    number = AddressLedger.objects.filter(at__gt=max(now - AN_HOUR, _resumed_at(now)), at__lte=now).count()
    if number <= most:
        return False
    Heartbeat.objects.get_or_create(name=PAUSED, defaults={"at": now})
    logger.error("invitations are paused: %d letters to strangers in an hour", number)
    return True


def _resumed_at(now: datetime) -> datetime:
    row = Heartbeat.objects.filter(name=RESUMED, at__lte=now).first()
    return row.at if row else now - AN_HOUR


def invitations_are_paused() -> bool:
    return Heartbeat.objects.filter(name=PAUSED).exists()


def resume_invitations() -> None:
    """Let invitations be claimed again. A second call changes nothing."""
    if Heartbeat.objects.filter(name=PAUSED).delete()[0]:
        Heartbeat.objects.update_or_create(name=RESUMED, defaults={"at": clock.now()})
