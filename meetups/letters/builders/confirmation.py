"""Confirmation of an answer: what it was, the guest's permanent link, and for a yes the address and the calendar file."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests import ical
from meetups.letters.context import address_facts, guest_facts, guest_of, public_url, table_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery, Guest, Mailing
from meetups.outbox.segments import FRESH_ANSWER
from meetups.times import clock


def confirmation(delivery: Delivery) -> Letter:
    """Confirm a yes, maybe or no. A late yes also gets the content of the letters that went to the others before it.

    Raises MeetupError for a yes that has no seat any more: a letter about the later answer follows.
    """
    guest = guest_of(delivery)
    said = delivery.context.get("rsvp", guest.rsvp)
    facts = guest_facts(delivery) | {"said": said, "is_welcome": bool(delivery.context.get("welcome"))}
    if said == Guest.Rsvp.YES:
        if not guest.has_seat:
            raise MeetupError(_("This guest's answer has changed since."))
        missed = delivery.context.get("missed") or []
        facts |= address_facts(guest) | table_facts(guest) | {"has_missed": "three_days" in missed}
        return write_letter("confirmation", facts, sender=facts["host"], calendar_method=ical.REQUEST)
    lost_seat = said == Guest.Rsvp.NO and bool(delivery.context.get("had_seat"))
    facts |= {"lost_seat": lost_seat, "is_asked_again": said == Guest.Rsvp.MAYBE and _is_asked_again(guest)}
    is_no = said == guest.rsvp == Guest.Rsvp.NO
    facts |= {"asks_again": is_no and guest.asks_again, "could_host": is_no and guest.could_host}
    facts["start_url"] = public_url(reverse("host_new"))
    return write_letter("confirmation", facts, sender=facts["host"], calendar_method=ical.CANCEL if lost_seat else "")


def _is_asked_again(guest: Guest) -> bool:
    """Tell whether a letter that asks a maybe once more is still to come."""
    asking = guest.meetup.mailings.pending().filter(kind__in=[Mailing.Kind.SEVEN_DAYS, Mailing.Kind.THREE_DAYS])
    return asking.filter(due_at__gt=clock.now() + FRESH_ANSWER).exists()
