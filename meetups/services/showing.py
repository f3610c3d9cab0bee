"""Between the draft of a recap and its publication: shown to the table, public by itself on a day that was said, stopped."""

import logging
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock, walltime, when
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Mailing, Meetup, Recap
from meetups.poke import poke_worker
from meetups.quiet import next_allowed
from meetups.services.delivery import withdraw_deliveries
from meetups.services.mailing import segment_guests
from meetups.services.recap import check_publishable, publish_recap

logger = logging.getLogger(__name__)

# The letter waits for the third morning, so that whoever was asked the morning after has had the time to write.
LETTER_DAY, LETTER_HOUR = 3, time(10)
PUBLIC_HOUR = time(9)
TIME_TO_OBJECT = timedelta(hours=48)
# Where the letter left late, this much has to remain of it.
LEAST_TIME = timedelta(hours=24)
LATEST = timedelta(days=30)


def letter_moment(meetup: Meetup) -> datetime:
    """Return when those who left something would be shown the recap: the third morning after, or now where that is past."""
    third_day = walltime.days_before_at(meetup.ends_at, meetup.zone, -LETTER_DAY, LETTER_HOUR)
    return next_allowed(max(clock.now(), third_day), meetup.zone)


def public_moment(meetup: Meetup, letter_at: datetime) -> datetime:
    """Return the first 09:00 on the wall that leaves 48 hours to object."""
    earliest = letter_at + TIME_TO_OBJECT
    same_day = walltime.days_before_at(earliest, meetup.zone, 0, PUBLIC_HOUR)
    return same_day if same_day >= earliest else walltime.days_before_at(earliest, meetup.zone, -1, PUBLIC_HOUR)


def _lock(recap: Recap) -> Recap:
    rows = Recap.objects.select_for_update(of=("self",)).select_related("meetup__kit__book", "meetup__host")
    return rows.get(pk=recap.pk)


def _preview(meetup: Meetup) -> Mailing | None:
    return meetup.mailings.planned().filter(kind=Mailing.Kind.RECAP_PREVIEW).first()


@transaction.atomic
def show_recap(recap: Recap) -> Recap:
    """Show the recap to those who left something, and let it become public by itself 48 hours or more after their letter.

    Return it with `public_at`. A second call while that day lies ahead changes nothing; after a stop it counts anew, and
    nobody gets the letter twice. Raises MeetupError as publish_recap does, and where nobody has left anything.
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
    mailing = _preview(meetup) or Mailing(meetup=meetup, kind=Mailing.Kind.RECAP_PREVIEW, segment=Mailing.Segment.CONTRIBUTED)
    # Who has the letter of an earlier showing gets no second one: its key is the same.
    mailing.fanned_out_at, mailing.is_off, mailing.moved_days, mailing.moved_time = None, False, None, None
    mailing.due_at, mailing.not_after = due_at, recap.public_at
    mailing.save()
    poke_worker()
    return recap


@transaction.atomic
def move_recap(recap: Recap, *, day: date) -> Recap:
    """Let the recap become public at 09:00 of another day. A second call with the same day changes nothing.

    Raises MeetupError where no day was said before, for a day sooner than those who left something were told, and for one
    more than thirty days ahead.
    """
    recap = _lock(recap)
    meetup = recap.meetup
    if recap.public_at is None or recap.is_published:
        raise MeetupError(_("There is no day to move. Show the recap to your table first."))
    moment = walltime.nearest_utc(day, PUBLIC_HOUR, meetup.zone)
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
    """Keep the recap from becoming public by itself; the letter about it does not go any more. A second call does nothing."""
    recap = _lock(recap)
    recap.public_at = None
    recap.save(update_fields=["public_at", "updated_at"])
    _forget_preview(recap.meetup)
    return recap


def _forget_preview(meetup: Meetup) -> None:
    meetup.mailings.planned().filter(kind=Mailing.Kind.RECAP_PREVIEW, fanned_out_at=None).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.RECAP_PREVIEW))


def say_fine(contribution: Contribution) -> None:
    """Write down that somebody who left something finds the recap right. A second call changes nothing."""
    Contribution.objects.standing().filter(pk=contribution.pk, fine_at=None).update(fine_at=clock.now())


# What becomes public by itself ---------------------------------------------------------------------------------------


def publish_due(limit: int = 50) -> int:
    """Publish the recaps whose day has come, and return how many. Safe to run many times at once.

    Each is one transaction under its row's lock: published with its three letters owed, or not at all. One that may not be
    published any more is left to its host.
    """
    due = Recap.objects.filter(public_at__lte=clock.now()).order_by("public_at", "pk")
    return sum(_publish_if_due(recap) for recap in due[:limit])


def _publish_if_due(recap: Recap) -> bool:
    try:
        with transaction.atomic():
            recap = _lock(recap)
            # Another worker was first, or the host stopped or moved it meanwhile.
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
    """Put the day off where the letter about it could not leave in time, because the mail or the worker was down."""
    mailing = _preview(recap.meetup)
    if mailing is None or mailing.is_off:
        return False
    if mailing.is_gone and recap.public_at - mailing.fanned_out_at >= LEAST_TIME:
        return False
    recap.public_at = public_moment(recap.meetup, next_allowed(mailing.fanned_out_at or clock.now(), recap.meetup.zone))
    recap.save(update_fields=["public_at", "updated_at"])
    mailing.not_after = recap.public_at
    mailing.save(update_fields=["not_after"])
    return recap.public_at > clock.now()
