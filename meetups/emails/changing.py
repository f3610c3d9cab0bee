"""Letters about a change: the evening moved, was canceled, or the guest was taken off the list."""

from datetime import datetime

from meetups import ical, when
from meetups.emails.facts import guest_facts, guest_of
from meetups.emails.letter import Letter, write_letter
from meetups.models import Delivery
from meetups.plain import clean_line, clean_words


def moved(delivery: Delivery) -> Letter:
    """Old time and place, then new, each in full. To a yes with the calendar file, which moves the entry.

    Where only the rules of the clock changed, the wall shows the same time, and the letter says just that.
    """
    guest = guest_of(delivery)
    context = delivery.context
    facts = guest_facts(delivery)
    old_when, old_zone = "", context.get("old_zone") or guest.meetup.zone
    if context.get("old_starts_at"):
        old_when = when.full_moment(datetime.fromisoformat(context["old_starts_at"]), old_zone)
    facts |= {
        "old_when": old_when or facts["when"],
        "old_area": clean_line(context.get("old_area") or ""),
        "time_changed": bool(context.get("time_changed")),
        "place_changed": bool(context.get("place_changed")),
        "rules_changed": bool(context.get("rules_changed")),
    }
    return write_letter("moved", facts, sender=facts["host"], calendar_method=ical.REQUEST if guest.has_seat else "")


def canceled(delivery: Delivery) -> Letter:
    """The evening does not take place; the host's word; for one who had a seat the calendar entry goes too."""
    facts = guest_facts(delivery) | {
        "cancel_word": clean_words(delivery.guest.meetup.cancel_word),
        "had_seat": bool(delivery.context.get("had_seat")),
    }
    return write_letter("canceled", facts, sender=facts["host"], calendar_method=ical.CANCEL if facts["had_seat"] else "")


def removed(delivery: Delivery) -> Letter:
    """The host took this guest off the list. No link: it is closed."""
    facts = guest_facts(delivery) | {"had_seat": bool(delivery.context.get("had_seat"))}
    return write_letter("removed", facts, sender=facts["host"], calendar_method=ical.CANCEL if facts["had_seat"] else "")
