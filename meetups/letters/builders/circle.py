"""Letters about finding a date: which days suit a guest, and which one the host has chosen."""

from django.utils.translation import gettext as _

from meetups.circles.date_words import words_of
from meetups.exceptions import MeetupError
from meetups.guests import ical
from meetups.letters.builders.invitation import LONGEST_PERSONAL, is_asked_again
from meetups.letters.context import address_facts, guest_facts, guest_of, own_facts, reader_facts, site_facts, undated_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import DatePoll, Delivery, Guest
from meetups.text.clean import clean_words, shorten


def date_poll(delivery: Delivery) -> Letter:
    """Ask a guest of a draft which days suit; the same letter once more is the only reminder.

    Raises MeetupError when the host asks no more.
    """
    guest = guest_of(delivery)
    poll = DatePoll.objects.open().filter(meetup=guest.meetup_id).first()
    if poll is None:
        raise MeetupError(_("The host does not ask for a date any more."))
    facts = site_facts() | undated_facts(guest.meetup) | own_facts(delivery) | reader_facts(delivery)
    facts |= {
        "personal": shorten(clean_words(str(delivery.context.get("personal", ""))), LONGEST_PERSONAL),
        "days": [words_of(option, guest.meetup) for option in poll.options.all()],
        "is_reminder": bool(delivery.context.get("is_reminder")),
        "is_first": True,
        "is_again": is_asked_again(delivery),
    }
    return write_letter("date_poll", facts, sender=facts["host"])


def date_chosen(delivery: Delivery) -> Letter:
    """The host has chosen the day; what the guest said to it is their answer now. With a seat come address and calendar file."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | address_facts(guest) | {"said": guest.rsvp}
    facts["asks_again"] = guest.rsvp == Guest.Rsvp.NO and guest.asks_again
    return write_letter("date_chosen", facts, sender=facts["host"], calendar_method=ical.REQUEST if guest.has_seat else "")
