"""Bounces and complaints: what becomes of the letter and of the address, and what the host is told (R11, R51)."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from meetups.access.address_hash import hash_address
from meetups.inbound.facts import Bounce
from meetups.models import Delivery, Guest
from meetups.outbox.queue import withdraw_deliveries
from meetups.outbox.suppression import mark_undeliverable, suppress
from meetups.times import clock

logger = logging.getLogger(__name__)

State = Delivery.State
SOFT_LIMIT = 3
SOFT_SPAN = timedelta(days=7)


@transaction.atomic
def note_bounce(row: Delivery, bounce: Bounce) -> bool:
    """Record a bounce; return whether it is new. The same report twice changes nothing.

    No such address: the guest is marked, no more letters of this meetup are tried, and the host is told of the first one.
    Anything else (policy, a full mailbox, expiry): after three in seven days, letters to the address wait until the first is
    seven days old.
    """
    now = clock.now()
    if not Delivery.objects.filter(pk=row.pk, bounced_at=None).update(bounced_at=now):
        return False
    # A leased letter keeps its state; the mark on the guest stops the next ones.
    gone = Delivery.objects.filter(pk=row.pk, state__in=[State.SENT, State.UNKNOWN, State.WAITING])
    gone.update(state=State.FAILED, last_words=bounce.words, last_code=bounce.code, finished_at=now)
    logger.warning("letter %s came back: %s", row.pk, bounce.status)
    if row.guest is None:
        return True
    if bounce.says_no_such_address:
        mark_undeliverable(row.guest, words=bounce.words)
    else:
        _pause_when_often(row.guest)
    return True


def _pause_when_often(guest: Guest) -> None:
    since = clock.now() - SOFT_SPAN
    came_back = Delivery.objects.filter(guest__email_hash=guest.email_hash, bounced_at__gt=since)
    times = sorted(at for at in came_back.values_list("bounced_at", flat=True) if at is not None)
    if guest.email_hash and len(times) >= SOFT_LIMIT:
        until = times[-SOFT_LIMIT] + SOFT_SPAN
        Guest.objects.filter(email_hash=guest.email_hash).exclude(email=None).update(mail_paused_until=until)


@transaction.atomic
def note_complaint(row: Delivery) -> bool:
    """Record a complaint ("this is spam") and suppress the address for everything; return whether it is new.

    Letters that are owed and not leased are withdrawn. The log names the letter by its number and not by the address.
    """
    if not Delivery.objects.filter(pk=row.pk, complained_at=None).update(complained_at=clock.now()):
        return False
    if row.guest is not None:
        email_hash = row.guest.email_hash
        owed = Delivery.objects.filter(guest__email_hash=email_hash)
    else:
        email_hash = hash_address(row.user.email) if row.user is not None else ""
        owed = Delivery.objects.filter(user=row.user_id)
    if email_hash:
        suppress(email_hash)
        withdraw_deliveries(owed.filter(~Q(kind=Delivery.Kind.CANCELED)), reason="This address complained about a letter.")
    logger.error("complaint about letter %s of kind %s, meetup %s", row.pk, row.kind, row.meetup_id)
    return True
