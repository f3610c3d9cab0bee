"""Retention: what is deleted, and when (R102, R103). The privacy page says the same; the days are settings."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from hosts.mail.files import delete_messages
from hosts.services import unproven_users
from meetups.models import (
    AddressLedger,
    CircleEvening,
    CircleMember,
    Contribution,
    DatePoll,
    Delivery,
    Dish,
    DoorAct,
    DoorLink,
    Guest,
    Heartbeat,
    Intervention,
    Kit,
    Meetup,
    Needs,
    Pairing,
    Question,
    RemovalRequest,
    WebhookPost,
)
from meetups.pictures.renditions import remove_orphans
from meetups.planning.services.cover import forget_unused_covers
from meetups.privacy.erasure import forget_erasures
from meetups.times import clock

# Rows in one transaction, few enough that the locks are short.
BATCH = 500
# Every phone has sent what it kept by then.
AFTER_THE_EVENING = timedelta(days=2)
PAIRED_FOR = timedelta(days=365)


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
    """Match the guests and dishes of meetups whose end, for a canceled one the planned end, is before that moment."""
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
    guests = Guest.objects.filter(ended_before(over)).exclude(diets="", diet="", note="", party_names="")
    return num_needs + in_batches(guests, lambda rows: rows.update(diets="", diet="", note="", party_names=""))


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
    # Guests with a promise get a letter about it on the thirtieth day, whether they came or not.
    promised = Contribution.objects.promised().values("guest")
    stays_away = (Q(attended=None) | Q(attended=False)) & ~Q(pk__in=promised)
    due = ended_before(over) & stays_away | ended_before(long_over)
    guests = Guest.objects.filter(due).exclude(email=None, name="", shown_name="")
    return in_batches(guests, lambda rows: rows.update(email=None, name="", shown_name="", undeliverable_words=""))


def forget_date_polls(now: datetime) -> int:
    """Delete what guests said to days once the evening, or the last of the days, is long enough ago; of a draft that never had
    its day the guests are deleted too."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    last_day = DatePoll.objects.annotate(last=Max("options__date")).filter(Q(last=None) | Q(last__lt=over.date()))
    undecided = Guest.objects.filter(meetup__in=last_day.filter(meetup__status=Meetup.Status.DRAFT).values("meetup"))
    num_guests = in_batches(undecided, lambda rows: rows.delete())
    polls = last_day.filter(Q(meetup__status=Meetup.Status.DRAFT) | Q(meetup__ends_at__lte=over))
    return num_guests + in_batches(polls, lambda rows: rows.delete())


def forget_circles(now: datetime) -> int:
    """Delete the members of rows of evenings that were stopped, or whose last evening is long enough ago."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    to_come = Meetup.objects.filter(circle=OuterRef("circle")).filter(Q(ends_at=None) | Q(ends_at__gt=over))
    planned = CircleEvening.objects.filter(circle=OuterRef("circle"), skipped_at=None, date__gt=over.date())
    lasting = Exists(to_come) | (Exists(planned) & Q(circle__stopped_at=None))
    members = CircleMember.objects.filter(~lasting | Q(circle__stopped_at__lte=over))
    return in_batches(members, lambda rows: rows.delete())


def forget_outbox(now: datetime) -> tuple[int, int]:
    """Clear the content of finished letters, and delete their rows once the meetup is as long ago; return both counts.

    Until then the row stays: later letters of the meetup refer to its Message-ID, and its dedupe key prevents a second one.
    """
    over = now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)
    finished = Delivery.objects.filter(finished_at__lte=over)
    emptied = in_batches(finished.exclude(context={}, last_words=""), lambda rows: rows.update(context={}, last_words=""))
    gone = finished.filter(Q(meetup=None) | Q(meetup__ends_at=None) | Q(meetup__ends_at__lte=over))
    return emptied, in_batches(gone, lambda rows: rows.delete())


def forget_reasons(now: datetime) -> int:
    """Clear the text of removal requests; the request and its outcome stay."""
    asked = RemovalRequest.objects.filter(created_at__lte=now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)).exclude(words="")
    return in_batches(asked, lambda rows: rows.update(words=""))


def forget_interventions(now: datetime) -> int:
    """Clear why somebody did something to another's evening, and the host's answer, once both are long enough ago.

    That it was done stays, because it is counted in public.
    """
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    acts = Intervention.objects.filter(Q(meetup__ends_at=None) | Q(meetup__ends_at__lte=over), at__lte=over)
    return in_batches(acts.exclude(reason="", answer=""), lambda rows: rows.update(reason="", answer=""))


def forget_unproven(now: datetime) -> tuple[int, int]:
    """Delete guests and users whose address was not proven in time; return how many of each."""
    before = now - timedelta(hours=settings.PURGE_UNPROVEN_HOURS)
    strangers = Guest.objects.exclude(origin=Guest.Origin.HOST).filter(address_proven_at=None, created_at__lte=before)
    # Who typed an address in the room has a letter the next day, and some days to open it; its row goes with the outbox's.
    strangers = strangers.exclude(pk__in=Delivery.objects.filter(kind=Delivery.Kind.ROOM_ASK).values("guest"))
    users = unproven_users(before).filter(meetups=None, cohosting=None)
    return in_batches(strangers, lambda rows: rows.delete()), in_batches(users, lambda rows: rows.delete())


def forget_unopened_drafts(now: datetime) -> int:
    """Delete the drafts of people who never came in: a guest who could host asked for one and typed no code for a month."""
    over = now - timedelta(days=settings.RETAIN_ADDRESS_DAYS)
    drafts = Meetup.objects.drafts().filter(host__in=unproven_users(over), created_at__lte=over)
    return in_batches(drafts, _delete_drafts)


def _delete_drafts(drafts: QuerySet[Meetup]) -> None:
    kits = list(drafts.values_list("kit", flat=True))
    drafts.delete()
    Kit.objects.filter(pk__in=kits).delete()


def forget_door_links(now: datetime) -> int:
    """Delete the door links of evenings that are over, and what was tapped behind them; who came stays with the guests."""
    over = now - AFTER_THE_EVENING
    acts = DoorAct.objects.filter(ended_before(over))
    return in_batches(acts, lambda rows: rows.delete()) + in_batches(
        DoorLink.objects.filter(ended_before(over)), lambda rows: rows.delete()
    )


def forget_pairings(now: datetime) -> int:
    """Delete who was helped by whom, a year later: their first evening is long held."""
    return in_batches(Pairing.objects.filter(made_at__lte=now - PAIRED_FOR), lambda rows: rows.delete())


def remove_orphans_tonight(now: datetime) -> int:
    """Delete picture files without a row, at most every twenty hours, because it reads the whole folder."""
    last = Heartbeat.objects.filter(name="orphans")
    if last.filter(at__gt=now - timedelta(hours=20), at__lte=now).exists():
        return 0
    if not last.update(at=now):
        Heartbeat.objects.create(name="orphans", at=now)
    forget_unused_covers(now)
    return remove_orphans(now)


def retire(now: datetime | None = None) -> dict[str, int]:
    """Delete everything whose retention is over, and return how many of each kind. A second call finds nothing more."""
    now = now or clock.now()
    emptied, letters = forget_outbox(now)
    drafts = forget_unopened_drafts(now)
    strangers, users = forget_unproven(now)
    counts = {
        "places": forget_places(now),
        "notes": forget_notes(now),
        "questions": forget_questions(now),
        "dishes": forget_dishes(now),
        "contacts": forget_contacts(now),
        "date_polls": forget_date_polls(now),
        "circles": forget_circles(now),
        "door_links": forget_door_links(now),
        "reasons": forget_reasons(now),
        "interventions": forget_interventions(now),
        "pairings": forget_pairings(now),
        "letters_emptied": emptied,
        "letters": letters,
        "drafts": drafts,
        "strangers": strangers,
        "users": users,
    }
    old = AddressLedger.objects.filter(at__lte=now - timedelta(days=settings.RETAIN_OUTBOX_DAYS))
    posts = WebhookPost.objects.filter(created_at__lte=now - timedelta(days=settings.RETAIN_OUTBOX_DAYS))
    counts["webhook_posts"] = in_batches(posts, lambda rows: rows.delete())
    counts["erasures"] = forget_erasures(now)
    counts["ledger"] = in_batches(old, lambda rows: rows.delete())
    counts["sessions"] = Session.objects.filter(expire_date__lt=now).delete()[0]
    counts["orphans"] = remove_orphans_tonight(now)
    if settings.MAIL_IS_FILES:
        counts["files"] = delete_messages((now - timedelta(days=settings.RETAIN_OUTBOX_DAYS)).timestamp())
    return counts
