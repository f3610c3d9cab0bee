"""A breaker over the whole site: more invitations in an hour than there ever should be wait until staff has looked (R88)."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from meetups import clock
from meetups.models import AddressLedger, Delivery, Heartbeat

logger = logging.getLogger("longtable.security")

HELD, LET_GO = "invitations_held", "invitations_let_go"
INVITATIONS = [Delivery.Kind.INVITATION, Delivery.Kind.INVITATION_AGAIN]
AN_HOUR = timedelta(hours=1)
# Counting takes a while on a large site; a minute late is soon enough.
SECONDS_BETWEEN = 60


def watch_invitations() -> bool:
    """Hold every invitation when more letters than INVITATIONS_PER_HOUR went to strangers in an hour; return whether it does.

    It looks once a minute, and counts anew from when staff let them go. Nothing else is held: answers, moves and
    cancellations leave.
    """
    most, now = settings.INVITATIONS_PER_HOUR, clock.now()
    if not most or invitations_are_held() or not cache.add("invitations_watched", 1, SECONDS_BETWEEN):
        return False
    number = AddressLedger.objects.filter(at__gt=max(now - AN_HOUR, _let_go_at(now)), at__lte=now).count()
    if number <= most:
        return False
    Heartbeat.objects.get_or_create(name=HELD, defaults={"at": now})
    logger.error("invitations are held: %d letters to strangers in an hour", number)
    return True


def _let_go_at(now: datetime) -> datetime:
    row = Heartbeat.objects.filter(name=LET_GO, at__lte=now).first()
    return row.at if row else now - AN_HOUR


def invitations_are_held() -> bool:
    return Heartbeat.objects.filter(name=HELD).exists()


def let_invitations_go() -> None:
    """Let invitations leave again. A second call changes nothing."""
    if Heartbeat.objects.filter(name=HELD).delete()[0]:
        Heartbeat.objects.update_or_create(name=LET_GO, defaults={"at": clock.now()})
