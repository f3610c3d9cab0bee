"""Rows of evenings: start one, change, skip and stop, who belongs to it, and the next evening when it is time."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from hosts.database.errors import passing_over_locked
from hosts.mail.addresses import canonical_address
from meetups.access.address_hash import hash_address
from meetups.circles.dates import MOST_EVENINGS, days_of_row
from meetups.circles.people import Person, same_people
from meetups.circles.services.again import copy_evening, invite_people
from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import Circle, CircleEvening, CircleMember, Guest, Meetup
from meetups.outbox.plan import next_morning
from meetups.planning.services.meetup import publish_meetup
from meetups.times import clock, wall_time
from meetups.times.quiet_hours import next_allowed

# Guests are asked to an evening of a row so many days before it, and not before the one before it is over.
DAYS_AHEAD = 14
INVITING_HOUR = time(10)
# Where something was in the way, the sweep looks again after this.
LATER = timedelta(days=1)
MOST_MEMBERS = 300
BATCH = 20


@transaction.atomic
def start_circle(
    meetup: Meetup,
    *,
    rhythm: str,
    people: Sequence[Person],
    first: date | None = None,
    hour: time | None = None,
    count: int = MOST_EVENINGS,
    until: date | None = None,
) -> Circle:
    """Make a published evening the first of a row, with these people; return the row.

    With a rhythm its days follow from `first`, the day of the next evening: at most `count` of them, none after `until`.
    A second call returns the row that the evening has. Raises MeetupError for a draft, a canceled evening, a row without days.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.circle is not None and not meetup.circle.is_stopped:
        return meetup.circle
    if not meetup.is_published or meetup.date is None or meetup.time is None:
        raise MeetupError(_("Publish the evening first. A row begins with an evening that is held."))
    circle = Circle.objects.create(rhythm=rhythm)
    here = CircleEvening(circle=circle, date=meetup.date, time=meetup.time, meetup=meetup)
    evenings = [here]
    if circle.has_rhythm:
        days = days_of_row(rhythm, first or meetup.date, count=count, until=until)
        days = [day for day in days if day > meetup.date]
        if not days:
            raise MeetupError(_("There is no evening in this row. Please choose a first day after this one."))
        evenings += [CircleEvening(circle=circle, date=day, time=hour or meetup.time) for day in days]
    CircleEvening.objects.filter(meetup=meetup).delete()
    for evening in evenings:
        evening.look_at = None if evening is here else look_at_of(evening, meetup.zone)
    CircleEvening.objects.bulk_create(evenings)
    add_members(circle, people)
    meetup.circle, meetup.evening_number = circle, meetup.evening_number or 1
    meetup.save(update_fields=["circle", "evening_number"])
    return circle


def look_at_of(evening: CircleEvening, zone: str) -> datetime:
    """Return when guests are asked to an evening that is still to be made: ten in the morning, two weeks before it."""
    return wall_time.nearest_utc(evening.date - timedelta(days=DAYS_AHEAD), INVITING_HOUR, zone)


# Its people ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_members(circle: Circle, people: Sequence[Person]) -> list[CircleMember]:
    """Add people to a row, and return who is new. Who left it stays away: only they can come back. A second call adds nobody."""
    Circle.objects.select_for_update().get(pk=circle.pk)
    there = set(CircleMember.objects.filter(circle=circle).values_list("email_hash", flat=True))
    if len(there) + len(people) > MOST_MEMBERS + sum(person.email_hash in there for person in people):
        raise MeetupError(_("A row has three hundred people at most."))
    new = {}
    for person in people:
        email = canonical_address(person.email)
        if (email_hash := hash_address(email)) not in there:
            facts = {"name": person.name[:80], "language": person.language}
            new[email_hash] = CircleMember(circle=circle, email=email, email_hash=email_hash, **facts)
    return CircleMember.objects.bulk_create(list(new.values()))


@transaction.atomic
def leave_circle(guest: Guest) -> None:
    """Ask this guest to no later evening of the row; their answer to this one stays. A second call changes nothing."""
    if guest.meetup.circle_id is None or not guest.email_hash:
        return
    member, _is_new = CircleMember.objects.get_or_create(circle_id=guest.meetup.circle_id, email_hash=guest.email_hash)
    take_off(member)


def take_off(member: CircleMember) -> None:
    """Ask somebody to no later evening of the row, and forget their address there; the keyed hash stays, so that they are not
    added anew by mistake. A second call changes nothing."""
    if member.left_at is None:
        member.left_at, member.email, member.name = clock.now(), "", ""
        member.save(update_fields=["left_at", "email", "name"])


@transaction.atomic
def come_back(guest: Guest) -> None:
    """Take a guest's leaving back. A second call changes nothing."""
    gone = CircleMember.objects.filter(circle=guest.meetup.circle_id, email_hash=guest.email_hash).exclude(left_at=None)
    if guest.email_hash and guest.email:
        gone.update(left_at=None, email=guest.email, name=guest.called if guest.has_name else "")


def has_left(guest: Guest) -> bool:
    """Tell whether this guest is asked to no later evening of the row."""
    rows = CircleMember.objects.filter(circle=guest.meetup.circle_id, email_hash=guest.email_hash)
    return bool(guest.email_hash) and rows.exclude(left_at=None).exists()


# Its evenings --------------------------------------------------------------------------------------------------------


@transaction.atomic
def skip_evening(evening: CircleEvening, *, is_skipped: bool = True) -> CircleEvening:
    """Leave one evening out of a row, or take that back; the others stay. A second call changes nothing.

    Raises MeetupError for one that is made already: it is canceled on its own desk.
    """
    evening = _to_change(evening)
    if evening.is_skipped != is_skipped:
        evening.skipped_at = clock.now() if is_skipped else None
        evening.save(update_fields=["skipped_at"])
    return evening


@transaction.atomic
def change_evening(evening: CircleEvening, *, day: date, hour: time, zone: str) -> CircleEvening:
    """Move one evening of a row to another day or hour; the others stay. Raises MeetupError for one that is made already, and
    for a day that has an evening of this row."""
    evening = _to_change(evening)
    others = CircleEvening.objects.filter(circle=evening.circle_id, date=day).exclude(pk=evening.pk)
    if others.exists():
        raise MeetupError(_("This row has an evening on that day already."))
    evening.date, evening.time, evening.trouble = day, hour, ""
    evening.look_at = look_at_of(evening, zone)
    evening.save(update_fields=["date", "time", "look_at", "trouble"])
    return evening


def _to_change(evening: CircleEvening) -> CircleEvening:
    locked = CircleEvening.objects.select_for_update(of=("self",)).select_related("circle").get(pk=evening.pk)
    if locked.meetup_id is not None:
        raise MeetupError(_("Guests are asked to this evening already. Move or cancel it on its own page."))
    return locked


def stop_circle(circle: Circle) -> None:
    """Make no more evenings of a row; those that are published stay. A second call changes nothing."""
    Circle.objects.filter(pk=circle.pk, stopped_at=None).update(stopped_at=clock.now())


def go_on(circle: Circle) -> None:
    """Take back that a row was stopped. A second call changes nothing."""
    Circle.objects.filter(pk=circle.pk).update(stopped_at=None)


# The next evening ----------------------------------------------------------------------------------------------------


def make_due_evenings() -> int:
    """Publish the evenings of rows for which it is time, and invite their people; return how many. Run by the sweep.

    Each in a transaction of its own; what cannot be made is tried again the next day, and its page says why. Two sweeps at once
    make none twice, and one that is interrupted goes on with the next.
    """
    due = CircleEvening.objects.to_make().filter(look_at__lte=clock.now()).order_by("look_at", "pk")
    num_made = 0
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        # One that somebody else has locked is left to the next sweep.
        with passing_over_locked(), transaction.atomic():
            num_made += _make_if_due(pk)
    return num_made


def _make_if_due(pk: int) -> bool:
    rows = CircleEvening.objects.to_make().select_for_update(of=("self",)).select_related("circle")
    evening = rows.filter(pk=pk, look_at__lte=clock.now()).first()
    before = _evening_before(evening) if evening is not None else None
    if evening is None:
        return False
    if before is None:
        # No evening is left to copy.
        return _look_again(evening, _("The evening before it is gone, so there is nothing to copy."))
    awake_at = next_allowed(clock.now(), before.zone)
    if awake_at > clock.now():
        return _look_again(evening, "", at=awake_at)
    if before.is_published and not before.has_ended:
        return _look_again(evening, "", at=max(next_morning(before), clock.now() + timedelta(hours=1)))
    try:
        with transaction.atomic(), translation.override(before.spoken_language):
            make_evening(evening, before)
    except MeetupError as trouble:
        return _look_again(evening, str(trouble)[:300])
    return True


def _look_again(evening: CircleEvening, trouble: str, *, at: datetime | None = None) -> bool:
    evening.look_at, evening.trouble = at or clock.now() + LATER, trouble
    evening.save(update_fields=["look_at", "trouble"])
    return False


def _evening_before(evening: CircleEvening) -> Meetup | None:
    """Return the latest evening of the row that was made, of which the next one is a copy."""
    made = Meetup.objects.filter(circle=evening.circle_id).exclude(status=Meetup.Status.DRAFT)
    return made.with_kit().order_by("starts_at", "pk").last()


def make_evening(evening: CircleEvening, before: Meetup) -> Meetup:
    """Copy the evening before to the day of this one, publish it and invite the members of the row, in the caller's transaction.

    Raises MeetupError where it cannot be published: the day is past, or the place was forgotten meanwhile.
    """
    meetup, _is_new = copy_evening(before, day=evening.date, hour=evening.time, circle=evening.circle)
    meetup = publish_meetup(meetup)
    evening.meetup, evening.trouble = meetup, ""
    evening.save(update_fields=["meetup", "trouble"])
    invite_people(meetup, members_to_ask(before), by=before.host)
    return meetup


def members_to_ask(meetup: Meetup) -> list[Person]:
    """Return who is asked to the next evening of a row: its members, but who left, unsubscribed or cannot be reached."""
    members = set(CircleMember.objects.staying().filter(circle=meetup.circle_id).values_list("email_hash", flat=True))
    return [person for person in same_people(meetup) if person.email_hash in members]
