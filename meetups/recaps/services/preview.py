"""The preview of a recap: shown to the table, published by itself on an announced day, moved, stopped."""

import logging
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from hosts.database.errors import passing_over_locked
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Mailing, Meetup, Recap
from meetups.outbox.fate import fate_of
from meetups.outbox.letter_kinds import audience_of
from meetups.outbox.queue import withdraw_deliveries
from meetups.outbox.segments import segment_guests
from meetups.outbox.wake_worker import poke_worker
from meetups.recaps.services.recap import check_publishable, publish_recap
from meetups.times import clock, wall_time
from meetups.times import words as when
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger(__name__)

# On the third morning, because guests are asked for a sentence on the first.
LETTER_DAY, LETTER_HOUR = 3, time(10)
PUBLIC_HOUR = time(9)
TIME_TO_OBJECT = timedelta(hours=48)
# If the letter was sent late, at least this much of it must remain.
LEAST_TIME = timedelta(hours=24)
LATEST = timedelta(days=30)


def letter_moment(meetup: Meetup) -> datetime:
    """Return when the letter about the preview is due: on the third morning after, or now where that is past."""
    third_day = wall_time.days_before_at(meetup.end, meetup.zone, -LETTER_DAY, LETTER_HOUR)
    return next_allowed(max(clock.now(), third_day), meetup.zone)


def public_moment(meetup: Meetup, letter_at: datetime) -> datetime:
    """Return the first 09:00 on the wall that leaves 48 hours to object."""
    earliest = letter_at + TIME_TO_OBJECT
    same_day = wall_time.days_before_at(earliest, meetup.zone, 0, PUBLIC_HOUR)
    return same_day if same_day >= earliest else wall_time.days_before_at(earliest, meetup.zone, -1, PUBLIC_HOUR)


def _lock(recap: Recap) -> Recap:
    rows = Recap.objects.select_for_update(of=("self",)).select_related("meetup__kit__book", "meetup__host")
    return rows.get(pk=recap.pk)


def _preview(meetup: Meetup) -> Mailing | None:
    return meetup.mailings.planned().filter(kind=Mailing.Kind.RECAP_PREVIEW).first()


@transaction.atomic
def start_preview(recap: Recap) -> Recap:
    """Show the recap to those who left something, and set `public_at`, at least 48 hours after the letter to them.

    A second call while that day lies ahead changes nothing; after a stop the day is set anew, and nobody gets the letter twice.
    Raises MeetupError as publish_recap does, and where nobody has left anything.
    """
    recap = _lock(recap)
    meetup = recap.meetup
    check_publishable(recap)
    if recap.is_published:
        raise MeetupError(_("The recap is public already."))
    if recap.public_at is not None:
        return recap
    if not segment_guests(meetup, Mailing.Segment.CONTRIBUTED).exists():
        raise MeetupError(
            _("Nobody has left a sentence or a photo, so there is nobody to show it to. You can publish it yourself.")
        )
    due_at = letter_moment(meetup)
    recap.shown_at, recap.public_at = clock.now(), public_moment(meetup, due_at)
    recap.save(update_fields=["shown_at", "public_at", "updated_at"])
    mailing = _preview(meetup) or Mailing(
        meetup=meetup, kind=Mailing.Kind.RECAP_PREVIEW, segment=audience_of(Mailing.Kind.RECAP_PREVIEW)
    )
    # Guests who got the letter of an earlier preview get no second one: the dedupe key is the same.
    mailing.fanned_out_at, mailing.is_off, mailing.moved_days, mailing.moved_time = None, False, None, None
    mailing.due_at, mailing.not_after = due_at, recap.public_at
    mailing.save()
    poke_worker()
    return recap


@transaction.atomic
def move_recap(recap: Recap, *, day: date) -> Recap:
    """Set another day on which the recap becomes public, at 09:00. A second call with the same day changes nothing.

    Raises MeetupError without a preview, for a day before the announced one, and for one more than thirty days ahead.
    """
    recap = _lock(recap)
    meetup = recap.meetup
    if recap.public_at is None or recap.is_published:
        raise MeetupError(_("There is no day to move. Show the recap to your table first."))
    moment = wall_time.nearest_utc(day, PUBLIC_HOUR, meetup.zone)
    mailing = _preview(meetup)
    earliest = recap.public_at if mailing is None or mailing.is_gone else public_moment(meetup, mailing.due_at)
    if moment < earliest:
        words = _("Not before %(day)s: that is what your table was told. You can publish now what they have said yes to.")
        raise MeetupError(words % {"day": when.day_words(earliest, meetup.zone)})
    if moment > clock.now() + LATEST:
        raise MeetupError(_("At most thirty days ahead, please."))
    recap.public_at = moment
    recap.save(update_fields=["public_at", "updated_at"])
    if mailing is not None:
        mailing.not_after = moment
        mailing.save(update_fields=["not_after"])
    return recap


@transaction.atomic
def stop_recap(recap: Recap) -> Recap:
    """Keep the recap from becoming public by itself and withdraw the letter about it. A second call does nothing."""
    recap = _lock(recap)
    recap.public_at = None
    recap.save(update_fields=["public_at", "updated_at"])
    _forget_preview(recap.meetup)
    return recap


def _forget_preview(meetup: Meetup) -> None:
    meetup.mailings.planned().filter(kind=Mailing.Kind.RECAP_PREVIEW, fanned_out_at=None).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.RECAP_PREVIEW))


def say_fine(contribution: Contribution) -> None:
    """Record that a contributor finds the recap right. A second call changes nothing."""
    Contribution.objects.standing().filter(pk=contribution.pk, fine_at=None).update(fine_at=clock.now())


# Publication on the announced day ------------------------------------------------------------------------------------


def publish_due(limit: int = 50) -> int:
    """Publish the recaps whose `public_at` is past, and return how many. Safe to run concurrently.

    Each is one transaction with a row lock. One that may not be published any more loses its day; its host can publish it.
    """
    due = Recap.objects.filter(public_at__lte=clock.now()).order_by("public_at", "pk")
    return sum(_publish_if_due(recap) for recap in due[:limit])


def _publish_if_due(recap: Recap) -> bool:
    try:
        # A recap that somebody else has locked is left to the next sweep, so that it delays no other (R127).
        with passing_over_locked(), transaction.atomic():
            recap = _lock(recap)
            # Another worker published it, or the host stopped or moved it.
            if recap.public_at is None or recap.public_at > clock.now():
                return False
            if _is_too_soon(recap):
                return False
            publish_recap(recap)
            return True
    except MeetupError as error:
        logger.info("recap %s does not become public: %s", recap.pk, error)
        Recap.objects.filter(pk=recap.pk).update(public_at=None)
    return False


def _is_too_soon(recap: Recap) -> bool:
    """Postpone the day if the letters about it were not sent in time, because mail or the worker was down; return whether.

    Letters that have not left, or that came too late for the first day, are owed until the new one.
    """
    mailing = _preview(recap.meetup)
    if mailing is None or mailing.is_off:
        return False
    sent_at = _sent_at(mailing)
    if sent_at is not None and recap.public_at is not None and recap.public_at - sent_at >= LEAST_TIME:
        return False
    now = clock.now()
    recap.public_at = public_moment(recap.meetup, next_allowed(sent_at or now, recap.meetup.zone))
    recap.save(update_fields=["public_at", "updated_at"])
    mailing.not_after = recap.public_at
    mailing.save(update_fields=["not_after"])
    unsent = mailing.deliveries.filter(state__in=[Delivery.State.QUEUED, Delivery.State.WAITING, Delivery.State.EXPIRED])
    unsent.update(state=Delivery.State.QUEUED, due_at=now, next_try_at=now, not_after=recap.public_at, finished_at=None)
    return recap.public_at > now


def _sent_at(mailing: Mailing) -> datetime | None:
    """Return when the last letter of a mailing left, or None while none has.

    Where none is owed, or none can leave any more, it is when they were made.
    """
    if not mailing.is_gone:
        return None
    sent = mailing.deliveries.filter(state=Delivery.State.SENT).aggregate(at=Max("finished_at"))["at"]
    fate = fate_of(mailing.deliveries.all(), zone=mailing.meetup.zone)
    is_unsent = fate.num_pending or fate.number(Delivery.State.EXPIRED)
    return sent or (None if is_unsent else mailing.fanned_out_at)
