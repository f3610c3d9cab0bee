"""Record who came, as the guest says, as the host confirms, and as it was seen at the door."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Guest
from meetups.recaps.services.moderation import enqueue_review_letter
from meetups.recaps.services.revision import public_part, touch_recap
from meetups.times import clock


@transaction.atomic
def record_attendance(guest: Guest, *, attended: bool | None) -> Guest:
    """Record whether a guest says that they came; None takes that back. A second call changes nothing.

    For a guest with a seat the latest statement counts, theirs or the host's. For one without a seat the host has to confirm
    it, and what they left is pending review until then. Raises MeetupError before the start.
    """
    if not guest.meetup.has_started or not guest.meetup.is_published:
        raise MeetupError(_("The evening has not begun yet."))
    before = public_part(guest.meetup_id)
    guest.said_there = attended
    if guest.has_seat:
        guest.attended, guest.attended_at = attended, clock.now()
    guest.save(update_fields=["said_there", "attended", "attended_at"])
    if guest.says_they_came:
        enqueue_review_letter(guest.meetup)
    touch_recap(guest.meetup_id, before=before)
    return guest


@transaction.atomic
def confirm_attendance(guest: Guest, *, attended: bool) -> Guest:
    """Record whether the host confirms a guest who says that they came. A second call may say the opposite.

    Raises MeetupError for a guest who does not say so, or is not on the list any more.
    """
    found = Guest.objects.counting().select_for_update(of=("self",)).select_related("meetup").filter(pk=guest.pk).first()
    if found is None or not found.said_there:
        raise MeetupError(_("This guest does not say so any more."))
    before = public_part(found.meetup_id)
    found.attended, found.attended_at = attended, clock.now()
    found.save(update_fields=["attended", "attended_at"])
    touch_recap(found.meetup_id, before=before)
    return found


@transaction.atomic
def record_seen(guest: Guest, *, is_here: bool, at: datetime) -> bool:
    """Record that somebody at the door saw a guest come in at that moment, or that this was a mistake; return whether it counts.

    The later statement counts, whoever made it: what was tapped before the host or the guest said something else, and arrives
    after that, changes nothing. Of two at the same moment the one that arrives last counts. A second call changes nothing.
    """
    found = Guest.objects.select_for_update(of=("self",)).get(pk=guest.pk)
    if found.attended_at is not None and at < found.attended_at:
        return False
    before = public_part(found.meetup_id)
    found.attended, found.attended_at = True if is_here else None, at
    found.save(update_fields=["attended", "attended_at"])
    touch_recap(found.meetup_id, before=before)
    return True
