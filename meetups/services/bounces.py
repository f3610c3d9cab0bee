"""Letters that came back: what becomes of the letter, of the address, and what the host hears (R11, R51)."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from meetups import clock
from meetups.inmail import AN_ADDRESS, Bounce
from meetups.models import Delivery, Guest
from meetups.plain import clean_line
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue, suppress, withdraw_deliveries
from meetups.tokens import hash_address

logger = logging.getLogger(__name__)

State = Delivery.State
SOFT_LIMIT = 3
SOFT_SPAN = timedelta(days=7)
# The host hears of all that came back in these minutes at once.
GATHER = timedelta(minutes=10)
# Codes that speak of the address itself and not of one letter (RFC 3463 section 3.2).
NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}


@transaction.atomic
def note_bounce(row: Delivery, bounce: Bounce) -> bool:
    """Write down that a letter came back; return whether that is news. The same report twice changes nothing.

    For good (5.x.x): the guest is marked, no more letters of this meetup are tried, and the host hears of the first one.
    For now (4.x.x, a full mailbox): three within seven days, and letters to the address wait until the first is seven days old.
    """
    now = clock.now()
    if not Delivery.objects.filter(pk=row.pk, bounced_at=None).update(bounced_at=now):
        return False
    # A letter that is in somebody's hand keeps its state; the mark on the guest is what counts then.
    gone = Delivery.objects.filter(pk=row.pk, state__in=[State.SENT, State.UNKNOWN, State.WAITING])
    gone.update(state=State.FAILED, last_words=bounce.words, last_code=bounce.code, finished_at=now)
    logger.warning("letter %s came back: %s", row.pk, bounce.status)
    if row.guest_id is None:
        return True
    if bounce.is_permanent:
        mark_undeliverable(row.guest, words=bounce.words)
    else:
        _pause_when_often(row.guest)
    return True


def note_refusal(row: Delivery, words: str) -> None:
    """Mark a guest whose address the relay refused at once because there is no such mailbox (R11). May be said again."""
    if row.guest_id is not None and any(code in words for code in NO_SUCH_ADDRESS):
        mark_undeliverable(row.guest, words=words)


@transaction.atomic
def mark_undeliverable(guest: Guest, *, words: str) -> bool:
    """Try no more letters of this meetup to this guest, and tell the host; return whether that is news.

    The host gets one letter for each meetup, at the first bounce, and only before the evening; all are on the desk.
    """
    said = clean_line(AN_ADDRESS.sub("", words))[:200]
    rows = Guest.objects.filter(pk=guest.pk, undeliverable_at=None)
    if not rows.update(undeliverable_at=clock.now(), undeliverable_words=said):
        return False
    meetup = guest.meetup
    if not meetup.has_started and guest.removed_at is None:
        due_at = next_allowed(clock.now() + GATHER, meetup.zone)
        enqueue(Delivery.Kind.HOST_BOUNCED, key=f"{meetup.pk}", user=meetup.host, meetup=meetup, due_at=due_at)
    return True


def _pause_when_often(guest: Guest) -> None:
    since = clock.now() - SOFT_SPAN
    came_back = Delivery.objects.filter(guest__email_hash=guest.email_hash, bounced_at__gt=since)
    times = sorted(came_back.values_list("bounced_at", flat=True))
    if guest.email_hash and len(times) >= SOFT_LIMIT:
        until = times[-SOFT_LIMIT] + SOFT_SPAN
        Guest.objects.filter(email_hash=guest.email_hash).exclude(email=None).update(mail_paused_until=until)


def clear_address(guest: Guest) -> None:
    """Let letters to this guest leave again, because somebody says that the address is good. May be called again."""
    guest.undeliverable_at = guest.mail_paused_until = None
    guest.undeliverable_words = ""
    guest.save(update_fields=["undeliverable_at", "undeliverable_words", "mail_paused_until"])


@transaction.atomic
def note_complaint(row: Delivery) -> bool:
    """Somebody pressed "this is spam": nothing more is mailed to the address, from anybody; return whether that is news.

    What is owed and in nobody's hand is taken back. The operator reads of it in the log, by number and not by address.
    """
    if not Delivery.objects.filter(pk=row.pk, complained_at=None).update(complained_at=clock.now()):
        return False
    if row.guest_id is not None:
        email_hash = row.guest.email_hash
        owed = Delivery.objects.filter(guest__email_hash=email_hash)
    else:
        email_hash = hash_address(row.user.email)
        owed = Delivery.objects.filter(user=row.user_id)
    if email_hash:
        suppress(email_hash)
        withdraw_deliveries(owed.filter(~Q(kind=Delivery.Kind.CANCELED)), reason="This address complained about a letter.")
    logger.error("complaint about letter %s of kind %s, meetup %s", row.pk, row.kind, row.meetup_id)
    return True
