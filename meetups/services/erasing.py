"""Leaving everything: what one guest, or one address at every table, left here is gone at once (R105)."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction

from hosts.mailfiles import delete_messages_to
from meetups import clock, tombstones
from meetups.models import AddressLedger, Contribution, Delivery, Dish, Erasure, Guest, Meetup
from meetups.services.contribution import withdraw_contribution
from meetups.services.delivery import suppress, withdraw_deliveries
from meetups.services.guest import lock_meetup, remove_guest

# What stays on a guest's row: the numbers of the evening, and nothing of who it was. Whatever else a guest has goes back to
# what a row begins with, fields that are added one day too.
NUMBERS = {"id", "meetup", "origin", "rsvp", "party_size", "attended", "confirmed_at", "could_host", "num_answers"}
NUMBERS |= {"invited_at", "answered_at", "address_proven_at", "removed_at", "link_version", "created_at"}
# The host's word about a friend: without it somebody who came would count no more.
NUMBERS |= {"admitted_at", "refused_at"}


@transaction.atomic
def erase_guest(guest: Guest) -> int:
    """Erase what is kept about a guest at this evening; return how many rows. No other evening of theirs is touched.

    Names, address, words, photo and letters go; a seat at an evening to come is free for the next in line; the link opens
    nothing. The numbers stay, and a keyed hash of the address, so that no letter of it comes and a restored backup can forget
    again. A second call finds nobody.
    """
    email_hash, code = guest.email_hash, guest.meetup.code
    count = _erase_all(_guests_of(email_hash, code) if email_hash else Guest.objects.filter(pk=guest.pk))
    if email_hash and count:
        suppress(email_hash, target=f"meetup:{guest.meetup_id}")
        _remember(email_hash, code)
    return count


@transaction.atomic
def erase_address(email_hash: str) -> int:
    """Erase what is kept about an address at every evening, as `erase_guest` does at one; return at how many. No letter goes
    there any more. Only for whoever reads what is mailed to that address. A second call finds nobody."""
    guests = _guests_of(email_hash, "")
    emails = set(guests.exclude(email=None).values_list("email", flat=True))
    count = _erase_all(guests)
    if count:
        suppress(email_hash, target="")
        _remember(email_hash, "")
    for email in emails if settings.MAIL_IS_FILES else ():
        transaction.on_commit(partial(delete_messages_to, email))
    return count


def _guests_of(email_hash: str, code: str) -> models.QuerySet:
    guests = Guest.objects.filter(email_hash=email_hash)
    return guests.filter(meetup__code=code) if code else guests


def _erase_all(guests: models.QuerySet) -> int:
    # In one order, so that two who erase at the same moment do not wait in a ring.
    found = list(guests.order_by("meetup", "pk"))
    for guest in found:
        _erase(guest)
    return len(found)


def _erase(guest: Guest) -> None:
    # Meetup first and guest second, as everywhere; what is being left in this moment is waited for and goes too.
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update(of=("self",)).get(pk=guest.pk)
    guest.meetup = meetup
    if guest.removed_at is None and not guest.meetup.has_started:
        guest = remove_guest(guest)
    for contribution in Contribution.objects.filter(guest=guest):
        withdraw_contribution(contribution).delete()
    _erase_letters(guest)
    Dish.objects.filter(guest=guest).give_back()
    for relation in Guest._meta.related_objects:
        if relation.related_model not in (Guest, Delivery, Contribution) and relation.on_delete is models.CASCADE:
            relation.related_model._default_manager.filter(**{relation.field.name: guest}).delete()
    for field in Guest._meta.concrete_fields:
        if field.name not in NUMBERS:
            setattr(guest, field.name, field.get_default())
    guest.save()


def _erase_letters(guest: Guest) -> None:
    """Delete the letters to the guest and the guest's own to the host; one that a worker has in hand loses what it says."""
    to_host = models.Q(meetup=guest.meetup_id, guest=None, context__guest=guest.pk)
    rows = Delivery.objects.filter(models.Q(guest=guest) | to_host)
    withdraw_deliveries(rows)
    rows.exclude(state=Delivery.State.SENDING).delete()
    rows.update(context={}, last_words="")


def _remember(email_hash: str, code: str) -> None:
    """Write down that this was erased: in the database, and once it is certain in a file beside it, which outlives a restore."""
    if not code:
        AddressLedger.objects.filter(address_hash=email_hash).delete()
    at = clock.now()
    Erasure.objects.create(address_hash=email_hash, meetup_code=code, at=at)
    transaction.on_commit(partial(tombstones.write_down, at, email_hash, code))


@transaction.atomic
def replay_erasures() -> int:
    """Erase again what a restored backup brought back, by what stands in the database and in the files beside it; return of how
    many guests. Whoever was invited after the erasure stays. A second call finds nobody."""
    known = [(row.at, row.address_hash, row.meetup_code) for row in Erasure.objects.all()]
    count = 0
    for at, email_hash, code in sorted({*known, *tombstones.read_all()}):
        count += _erase_all(_guests_of(email_hash, code).filter(created_at__lte=at))
        for target in [f"meetup:{pk}" for pk in Meetup.objects.filter(code=code).values_list("pk", flat=True)] if code else [""]:
            suppress(email_hash, target=target)
        Erasure.objects.get_or_create(address_hash=email_hash, meetup_code=code, at=at)
    return count


def forget_erasures(now: datetime) -> int:
    """Forget erasures that no backup is old enough to bring back; return how many rows. A second call finds none."""
    over = now - timedelta(days=settings.RETAIN_ERASURES_DAYS)
    tombstones.forget(over)
    return Erasure.objects.filter(at__lte=over).delete()[0]
