"""Acts of organizers and staff: take a recap down with a reason, and give it back."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Intervention, Mailing, Recap
from meetups.outbox.queue import enqueue
from meetups.outbox.segments import segment_guests
from meetups.oversight.acts import record
from meetups.recaps.services.recap import take_down_recap
from meetups.text.clean import clean_line, cut
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger("longtable.security")


@transaction.atomic
def take_down_for_reason(recap: Recap, *, by: User, reason: str, is_staff: bool = False) -> Recap:
    """Make a published recap private at once, and queue letters with the reason to its host and contributors.

    The host cannot publish it again until it is given back. A second call does nothing. Raises MeetupError without a reason,
    and for a recap that is not public.
    """
    reason = cut(clean_line(reason), 500)
    if not reason:
        raise MeetupError(_("Please say why: the host and the table will read it."))
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__host").get(pk=recap.pk)
    if recap.taken_down_at is not None:
        return recap
    if not recap.is_published:
        raise MeetupError(_("This recap is not public."))
    meetup = recap.meetup
    recap = take_down_recap(recap)
    recap.taken_down_at, recap.taken_down_by, recap.taken_down_reason = clock.now(), by, reason
    recap.save(update_fields=["taken_down_at", "taken_down_by", "taken_down_reason", "updated_at"])
    key = f"{recap.pk}:{recap.card_version}"
    due_at = next_allowed(clock.now(), meetup.zone)
    enqueue(Delivery.Kind.RECAP_TAKEN_DOWN, key=key, user=meetup.host, meetup=meetup, due_at=due_at)
    for guest in segment_guests(meetup, Mailing.Segment.CONTRIBUTED).with_address():
        enqueue(Delivery.Kind.TABLE_TAKEN_DOWN, key=f"{key}:{guest.pk}", guest=guest, due_at=due_at)
    record(Intervention.Kind.TAKE_DOWN, meetup, by=by, reason=reason, is_staff=is_staff)
    logger.info("recap taken down recap=%s by=%s", recap.pk, by.pk)
    return recap


@transaction.atomic
def give_back_recap(recap: Recap, *, by: User, reason: str, is_staff: bool = False) -> Recap:
    """Allow the host to publish a recap again that was taken down, and queue a letter with the reason.

    A second call does nothing. Raises MeetupError without a reason.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__host").get(pk=recap.pk)
    if recap.taken_down_at is None:
        return recap
    recap.taken_down_at, recap.taken_down_by, recap.taken_down_reason = None, None, ""
    recap.save(update_fields=["taken_down_at", "taken_down_by", "taken_down_reason", "updated_at"])
    record(Intervention.Kind.GIVE_BACK, recap.meetup, by=by, reason=reason, is_staff=is_staff)
    logger.info("recap given back recap=%s by=%s", recap.pk, by.pk)
    return recap
