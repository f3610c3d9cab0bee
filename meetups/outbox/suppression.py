"""Addresses that must not be mailed: unsubscribed, or refused by their own server."""

from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Greatest

from hosts.mail.refusals import says_no_such_address
from meetups.access.address_hash import hash_address
from meetups.models import Delivery, Guest, Suppression
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.text.clean import AN_ADDRESS, clean_line, cut
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

Kind = Delivery.Kind

# The target of a "not now" to hosting: for good, at every table.
HOSTING = "hosting"
# Letters that ask somebody to come, without a mailing.
ASKING = (Kind.INVITATION, Kind.DATE_POLL, Kind.DATE_CHOSEN)
WITHDRAWN_BY_UNSUBSCRIBING = "The guest wants no such letters."


def suppress(email_hash: str, *, target: str = "") -> Suppression:
    """Suppress mail to an address: of "meetup:12", "host:3" or "campaign:5", or all of it. A second call changes nothing.

    It takes effect with the next claim (R44).
    """
    return Suppression.objects.get_or_create(address_hash=email_hash, target=target)[0]


def stop_suppressing(email_hash: str, *, target: str = "") -> None:
    """End the suppression of mail of this target to an address. A second call changes nothing."""
    Suppression.objects.filter(address_hash=email_hash, target=target).delete()


def is_suppressed(guest: Guest) -> bool:
    """Tell whether letters of this meetup to this guest's address are suppressed: for it, its host, its campaign, or all."""
    email_hash = guest.email_hash or hash_address(guest.email or "")
    return Suppression.objects.for_meetup(guest.meetup).filter(address_hash=email_hash).exists()


@transaction.atomic
def unsubscribe(guest: Guest, *, scope: str) -> None:
    """Suppress letters to a guest's address: of this "meetup", of its "host" (and campaign), or "everything" we send.

    It takes effect with the next claim, and pending letters are withdrawn. Letters that answer an act, and the cancellation of
    an evening they said yes to, are still sent (R46). A second call changes nothing. Any other scope is "host".
    """
    if not guest.email_hash:
        return
    targets, owed = _reach_of(guest, scope)
    for target in targets:
        suppress(guest.email_hash, target=target)
    withdraw_deliveries(owed.filter(Q(mailing__isnull=False) | Q(kind__in=ASKING)), reason=WITHDRAWN_BY_UNSUBSCRIBING)


@transaction.atomic
def subscribe_again(guest: Guest, *, scope: str) -> None:
    """Undo an unsubscription of this scope that was a mistake. A second call changes nothing.

    Letters that it withdrew are queued again while they are of use. Unsubscriptions of other scopes remain.
    """
    if not guest.email_hash:
        return
    targets, owed = _reach_of(guest, scope)
    Suppression.objects.filter(address_hash=guest.email_hash, target__in=targets).delete()
    again = owed.filter(state=Delivery.State.WITHDRAWN, last_words=WITHDRAWN_BY_UNSUBSCRIBING, not_after__gt=clock.now())
    # Not late: it has been wanted again only since now.
    due_at = Greatest(F("due_at"), Value(clock.now(), output_field=DateTimeField()))
    again.update(state=Delivery.State.QUEUED, due_at=due_at, finished_at=None, last_words="")


def _reach_of(guest: Guest, scope: str) -> tuple[list[str], DeliveryQuerySet]:
    """Return the targets of the suppressions for this scope, and the deliveries to this address that they apply to."""
    meetup, owed = guest.meetup, Delivery.objects.filter(guest__email_hash=guest.email_hash)
    if scope == "meetup":
        return [f"meetup:{meetup.pk}"], owed.filter(meetup=meetup)
    if scope == "everything":
        return [""], owed
    targets, of_these = [f"host:{meetup.host_id}"], Q(meetup__host=meetup.host_id)
    if meetup.campaign_id:
        targets.append(f"campaign:{meetup.campaign_id}")
        of_these |= Q(meetup__campaign=meetup.campaign_id)
    return targets, owed.filter(of_these)


# All bounces of these minutes are in one letter to the host.
GATHER = timedelta(minutes=10)


def note_refusal(row: Delivery, words: str, code: int | None) -> None:
    """Mark a guest whose address the relay refused at once for want of such a mailbox (R11, R128). May be called again."""
    if row.guest is not None and says_no_such_address(code, words):
        mark_undeliverable(row.guest, words=words)


@transaction.atomic
def mark_undeliverable(guest: Guest, *, words: str) -> bool:
    """Send no more letters of this meetup to this guest, and owe the host a letter; return False when it was marked already.

    The host gets one letter for each meetup, at the first bounce, and only before the evening; the desk shows all.
    """
    said = cut(clean_line(AN_ADDRESS.sub("", words)), 200)
    rows = Guest.objects.filter(pk=guest.pk, undeliverable_at=None)
    if not rows.update(undeliverable_at=clock.now(), undeliverable_words=said):
        return False
    meetup = guest.meetup
    if not meetup.has_started and guest.removed_at is None:
        due_at = next_allowed(clock.now() + GATHER, meetup.zone)
        enqueue(Delivery.Kind.HOST_BOUNCED, key=f"{meetup.pk}", user=meetup.host, meetup=meetup, due_at=due_at)
    return True


def clear_address(guest: Guest) -> None:
    """Send letters to this guest again, because somebody confirmed the address. A second call changes nothing."""
    guest.undeliverable_at = guest.mail_paused_until = None
    guest.undeliverable_words = ""
    guest.save(update_fields=["undeliverable_at", "undeliverable_words", "mail_paused_until"])
