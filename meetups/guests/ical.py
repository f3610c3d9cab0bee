"""A meetup as a calendar file (RFC 5545, 5546, 6047): one event, one guest, times in UTC."""

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from meetups.access.visibility import place_for_guest
from meetups.models import Guest, Meetup
from meetups.outbox.free_text import mailed_words
from meetups.outbox.return_addresses import organizer_address
from meetups.text.clean import clean_line, clean_words
from meetups.times import clock

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def _address(email: str, *, name: str = "") -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        # A double quote cannot stand in a parameter (RFC 5545 section 3.2), and few readers know RFC 6868.
        address.params["CN"] = clean_line(name).replace('"', "'")
    return address


def calendar_uid(meetup: Meetup) -> str:
    """Return the UID of a meetup, which never changes: its public code at our domain."""
    return f"{meetup.code}@{settings.MAIL_DOMAIN}"


def _event(guest: Guest, *, is_canceled: bool, organizer: str = "") -> Event:
    meetup = guest.meetup
    event = Event()
    event.add("uid", calendar_uid(meetup))
    # SEQUENCE must never fall (RFC 5546 section 2.1.4): both numbers only rise.
    event.add("sequence", meetup.revision + guest.num_answers)
    event.add("dtstamp", clock.now().replace(microsecond=0))
    event.add("dtstart", meetup.starts_at)
    event.add("dtend", meetup.ends_at)
    event.add("summary", mailed_words(meetup.host, clean_words(meetup.title)))
    event.add("location", mailed_words(meetup.host, clean_line(place_for_guest(guest).one_line)))
    # No link and no name of a guest: calendars are shared (R59).
    host = mailed_words(meetup.host, clean_line(str(meetup.host)))
    words = _("Everything else stands behind your link, in the letters from %(host)s.") % {"host": host}
    event.add("description", words)
    event.add("status", "CANCELLED" if is_canceled else "CONFIRMED")
    event["organizer"] = _address(organizer or settings.MAIL_FROM, name=host)
    return event


def _calendar(event: Event, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Meetups//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical()


def calendar_part(guest: Guest, method: str) -> bytes:
    """Return the calendar part of a letter to one guest: method REQUEST, or CANCEL for one who had a seat.

    The only ATTENDEE is that guest, already accepted (RFC 5546 section 3.2.2); the place is what this guest may know of it.
    Where inbound mail is set up, ORGANIZER is an address of ours with the guest's calendar tag.
    """
    event = _event(guest, is_canceled=method == CANCEL, organizer=organizer_address(guest))
    attendee = _address(guest.email or "")
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    event["attendee"] = attendee
    return _calendar(event, method)


def calendar_file(guest: Guest) -> bytes:
    """Return the calendar file behind the guest's link: PUBLISH, with no mail address but our own (RFC 5546 section 3.2.1)."""
    return _calendar(_event(guest, is_canceled=guest.meetup.is_canceled), PUBLISH)
