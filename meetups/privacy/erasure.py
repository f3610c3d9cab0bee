"""Erase at once what is stored about one guest, or about one address everywhere (R105)."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction

from hosts.mail.files import delete_messages_to, delete_messages_with
from meetups.guests.services.guest_list import remove_guest
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, CircleMember, Contribution, Delivery, Dish, Erasure, Guest, Meetup
from meetups.outbox.queue import withdraw_deliveries
from meetups.outbox.suppression import suppress
from meetups.privacy import erasure_log
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.times import clock

# The columns of a guest's row that stay: figures, and nothing about who it was. All others are reset to their defaults, also
# columns that are added later.
NUMBERS = {"id", "meetup", "origin", "rsvp", "party_size", "attended", "confirmed_at", "could_host", "num_answers"}
NUMBERS |= {"invited_at", "answered_at", "address_proven_at", "removed_at", "link_version", "created_at"}
# Without it a friend of a guest would not count any more.
NUMBERS |= {"admitted_at", "refused_at"}


@transaction.atomic
def erase_guest(guest: Guest) -> int:
    """Erase what is stored about a guest at this meetup; return how many rows. Their other meetups are not touched.

    Names, address, texts, photo and letters are deleted; a seat at an upcoming meetup is offered to the waiting list; the link
    opens nothing. The figures stay, and the keyed hash of the address, for suppression and to repeat the erasure in a restored
    backup. A second call finds nobody.
    """
    email_hash, code = guest.email_hash, guest.meetup.code
    count = _erase_all(_guests_of(email_hash, code) if email_hash else Guest.objects.filter(pk=guest.pk))
    if email_hash and guest.meetup.circle_id:
        CircleMember.objects.filter(circle=guest.meetup.circle_id, email_hash=email_hash).delete()
    if email_hash and count:
        suppress(email_hash, target=f"meetup:{guest.meetup_id}")
        _remember(email_hash, code)
    return count


@transaction.atomic
def erase_address(email_hash: str) -> int:
    """Erase what is stored about an address at every meetup, as `erase_guest` does; return at how many. The address is
    suppressed. The caller has checked that the person reads its mail. A second call finds nobody."""
    guests = _guests_of(email_hash, "")
    emails = set(guests.exclude(email=None).values_list("email", flat=True))
    count = _erase_all(guests)
    # Who is asked to evenings to come may be a guest of none yet.
    count += CircleMember.objects.filter(email_hash=email_hash).delete()[0]
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
    # Always in this order, so that two erasures at once cannot deadlock.
    found = list(guests.order_by("meetup", "pk"))
    for guest in found:
        _erase(guest)
    return len(found)


def _erase(guest: Guest) -> None:
    # The meetup is locked before the guest, as everywhere; a contribution that is being written is waited for and erased too.
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
    """Delete the letters to the guest and those from the guest to the host, with their files; a leased one loses its content."""
    to_host = models.Q(meetup=guest.meetup_id, guest=None, context__guest=guest.pk)
    rows = Delivery.objects.filter(models.Q(guest=guest) | to_host)
    if settings.MAIL_IS_FILES:
        message_ids = set(rows.values_list("message_id", flat=True))
        transaction.on_commit(partial(delete_messages_with, message_ids))
    withdraw_deliveries(rows)
    rows.exclude(state=Delivery.State.SENDING).delete()
    rows.update(context={}, last_words="")


def _remember(email_hash: str, code: str) -> None:
    """Record the erasure in the database and, after the commit, in a file beside it, which a restore does not overwrite."""
    if not code:
        AddressLedger.objects.filter(address_hash=email_hash).delete()
    at = clock.now()
    Erasure.objects.create(address_hash=email_hash, meetup_code=code, at=at)
    transaction.on_commit(partial(erasure_log.write_down, at, email_hash, code))


@transaction.atomic
def replay_erasures() -> int:
    """Repeat the erasures that are recorded in the database and in the files beside it, after a backup was restored; return of
    how many guests. Guests who were invited after the erasure stay. A second call finds nobody."""
    known = [(row.at, row.address_hash, row.meetup_code) for row in Erasure.objects.all()]
    count = 0
    for at, email_hash, code in sorted({*known, *erasure_log.read_all()}):
        count += _erase_all(_guests_of(email_hash, code).filter(created_at__lte=at))
        members = CircleMember.objects.filter(email_hash=email_hash, created_at__lte=at)
        (members.filter(circle__meetups__code=code) if code else members).delete()
        for target in [f"meetup:{pk}" for pk in Meetup.objects.filter(code=code).values_list("pk", flat=True)] if code else [""]:
            suppress(email_hash, target=target)
        Erasure.objects.get_or_create(address_hash=email_hash, meetup_code=code, at=at)
    return count


def forget_erasures(now: datetime) -> int:
    """Delete records of erasures that are older than any backup; return how many rows. A second call finds none."""
    over = now - timedelta(days=settings.RETAIN_ERASURES_DAYS)
    erasure_log.forget(over)
    return Erasure.objects.filter(at__lte=over).delete()[0]
