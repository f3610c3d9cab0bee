"""Letters about a change: the evening moved or was canceled, or the guest was removed."""

from datetime import datetime

from meetups.guests import ical
from meetups.letters.context import guest_facts, guest_of
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery
from meetups.text.clean import clean_line, clean_words
from meetups.times import words


def moved(delivery: Delivery) -> Letter:
    """Old time and place, then new, each in full. For a guest with a seat the calendar file moves the entry.

    Where only the time zone's rules changed, the local time is the same, and the letter says just that.
    """
    guest = guest_of(delivery)
    context = delivery.context
    facts = guest_facts(delivery)
    old_when, old_zone = "", context.get("old_zone") or guest.meetup.zone
    if context.get("old_starts_at"):
        old_when = words.full_moment(datetime.fromisoformat(context["old_starts_at"]), old_zone)
    facts |= {
        "old_when": old_when or facts["when"],
        "old_area": clean_line(context.get("old_area") or ""),
        "time_changed": bool(context.get("time_changed")),
        "place_changed": bool(context.get("place_changed")),
        "rules_changed": bool(context.get("rules_changed")),
    }
    return write_letter("moved", facts, sender=facts["host"], calendar_method=ical.REQUEST if guest.has_seat else "")


def canceled(delivery: Delivery) -> Letter:
    """The evening is canceled, with the host's word. For a guest who had a seat the calendar entry is canceled too.

    Of a frozen evening it says that alone: the host's words reach nobody by mail then (R111).
    """
    meetup = guest_of(delivery).meetup
    facts = guest_facts(delivery) | {
        "cancel_word": "" if meetup.is_frozen else clean_words(meetup.cancel_word),
        "had_seat": bool(delivery.context.get("had_seat")),
    }
    return write_letter("canceled", facts, sender=facts["host"], calendar_method=ical.CANCEL if facts["had_seat"] else "")


def removed(delivery: Delivery) -> Letter:
    """The host removed this guest. Without a link, because it does not work any more."""
    facts = guest_facts(delivery) | {"had_seat": bool(delivery.context.get("had_seat"))}
    return write_letter("removed", facts, sender=facts["host"], calendar_method=ical.CANCEL if facts["had_seat"] else "")
