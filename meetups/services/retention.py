"""Forgetting: what is removed, and when (R102, R103). The privacy page says the same in plain words; the days are settings."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from hosts.mailfiles import delete_messages
from hosts.services import unproven_users
from meetups import clock
from meetups.models import AddressLedger, Contribution, Delivery, Dish, Guest, Heartbeat, Meetup, Needs, Question, RemovalRequest
from meetups.services.cover import forget_unused_covers
from meetups.services.erasing import forget_erasures
from meetups.services.pictures import remove_orphans

# Rows in one transaction: short enough that nobody waits for the lock.
BATCH = 500


def in_batches(queryset: QuerySet, act: Callable[[QuerySet], object]) -> int:
    """Act on the rows in batches by primary key, each in a transaction of its own; return how many there were."""
    count, seen = 0, 0
    model = queryset.model
    while ids := list(queryset.filter(pk__gt=seen).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            act(model.objects.filter(pk__in=ids))
        count += len(ids)
        seen = ids[-1]
    return count


def ended_before(moment: datetime) -> Q:
    """Match the guests and dishes of evenings whose end, for a canceled one the planned end, is before that moment."""
    return Q(meetup__ends_at__lte=moment) & ~Q(meetup__status=Meetup.Status.DRAFT)


def forget_places(now: datetime) -> int:
    """Remove street, door, parking and phone of evenings that ended long enough ago."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    meetups = Meetup.objects.filter(purged_at=None, ends_at__lte=over).exclude(status=Meetup.Status.DRAFT)
    return in_batches(
        meetups,
        lambda rows: rows.update(street="", postal_code="", door="", parking="", day_phone="", purged_at=now),
    )


def forget_notes(now: datetime) -> int:
    """Remove what guests wrote about diets, their words to the host, who came along, and what they needed or offered."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    needs = Needs.objects.filter(guest__in=Guest.objects.filter(ended_before(over)))
    num_needs = in_batches(needs, lambda rows: rows.delete())
    guests = Guest.objects.filter(ended_before(over)).exclude(diet="", note="", party_names="")
    return num_needs + in_batches(guests, lambda rows: rows.update(diet="", note="", party_names=""))


def forget_questions(now: datetime) -> int:
    """Delete what guests asked their hosts, and the answers."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    asked = Question.objects.filter(guest__meetup__ends_at__lte=over).exclude(guest__meetup__status=Meetup.Status.DRAFT)
    return in_batches(asked, lambda rows: rows.delete())


def forget_dishes(now: datetime) -> int:
    """Remove what guests and hosts wrote about dishes; kinds and numbers stay."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    dishes = Dish.objects.filter(ended_before(over)).exclude(words="", remark="")
    return in_batches(dishes, lambda rows: rows.update(words="", remark=""))


def forget_contacts(now: datetime) -> int:
    """Remove address and names of guests; those who came stay a little longer, for the letter at thirty days.

    The row stays for the numbers, and the keyed hash of the address for suppression and limits.
    """
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    long_over = now - timedelta(days=settings.RETAIN_CONTACT_OF_COMERS_DAYS)
    # A guest who promised something is asked about it on the thirtieth day, whoever ticked what.
    promised = Contribution.objects.promised().values("guest")
    stays_away = (Q(attended=None) | Q(attended=False)) & ~Q(pk__in=promised)
    due = ended_before(over) & stays_away | ended_before(long_over)
    guests = Guest.objects.filter(due).exclude(email=None, name="", shown_name="")
    return in_batches(guests, lambda rows: rows.update(email=None, name="", shown_name="", undeliverable_words=""))


def forget_outbox(now: datetime) -> tuple[int, int]:
    """Empty what finished letters said, and delete their rows once the evening is as long ago; return both counts.

    The bare row of a letter stays until then: later letters about the evening answer it, and its key keeps it from being
    owed twice.
    """
    over = now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)
    finished = Delivery.objects.filter(finished_at__lte=over)
    emptied = in_batches(finished.exclude(context={}, last_words=""), lambda rows: rows.update(context={}, last_words=""))
    gone = finished.filter(Q(meetup=None) | Q(meetup__ends_at=None) | Q(meetup__ends_at__lte=over))
    return emptied, in_batches(gone, lambda rows: rows.delete())


def forget_reasons(now: datetime) -> int:
    """Remove what people wrote who asked for something to be taken out of a recap; that they asked, and what of it, stays."""
    asked = RemovalRequest.objects.filter(created_at__lte=now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)).exclude(words="")
    return in_batches(asked, lambda rows: rows.update(words=""))


def forget_unproven(now: datetime) -> tuple[int, int]:
    """Delete strangers and accounts whose address nobody proved in time; return how many guests and how many users."""
    before = now - timedelta(hours=settings.PURGE_UNPROVEN_HOURS)
    strangers = Guest.objects.filter(
        origin__in=[Guest.Origin.SELF, Guest.Origin.FRIEND], address_proven_at=None, created_at__lte=before
    )
    users = unproven_users(before).filter(meetups=None)
    return in_batches(strangers, lambda rows: rows.delete()), in_batches(users, lambda rows: rows.delete())


def remove_orphans_tonight(now: datetime) -> int:
    """Look for files that no row names any more, once in twenty hours: it reads the whole folder."""
    last = Heartbeat.objects.filter(name="orphans")
    if last.filter(at__gt=now - timedelta(hours=20), at__lte=now).exists():
        return 0
    if not last.update(at=now):
        Heartbeat.objects.create(name="orphans", at=now)
    forget_unused_covers(now)
    return remove_orphans(now)


def retire(now: datetime | None = None) -> dict[str, int]:
    """Remove everything whose time has come, and return how many of what. A second call finds nothing more."""
    now = now or clock.now()
    emptied, letters = forget_outbox(now)
    strangers, users = forget_unproven(now)
    counts = {
        "places": forget_places(now),
        "notes": forget_notes(now),
        "questions": forget_questions(now),
        "dishes": forget_dishes(now),
        "contacts": forget_contacts(now),
        "reasons": forget_reasons(now),
        "letters_emptied": emptied,
        "letters": letters,
        "strangers": strangers,
        "users": users,
    }
    old = AddressLedger.objects.filter(at__lte=now - timedelta(days=settings.RETAIN_OUTBOX_DAYS))
    counts["erasures"] = forget_erasures(now)
    counts["ledger"] = in_batches(old, lambda rows: rows.delete())
    counts["sessions"] = Session.objects.filter(expire_date__lt=now).delete()[0]
    counts["orphans"] = remove_orphans_tonight(now)
    if settings.MAIL_IS_FILES:
        counts["files"] = delete_messages((now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)).timestamp())
    return counts
