"""Letters between a table that told what it said and those who hold the conversation on: no address in either direction."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.emails.facts import host_facts, public_url, user_facts
from meetups.emails.letter import Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.ledto import led_to as count_led_to
from meetups.models import Debrief, Delivery, Meetup, Recap
from meetups.plain import clean_line, shorten


def _child_of(delivery: Delivery) -> Meetup:
    """Return the evening that was made from another. Raises MeetupError when its host deleted it."""
    children = Meetup.objects.select_related("town", "parent__host", "parent__recap", "kit__book")
    child = children.filter(pk=delivery.context.get("child"), parent__recap__isnull=False).first()
    if child is None:
        raise MeetupError(_("This draft does not exist any more."))
    return child


def hold_started(delivery: Delivery) -> Letter:
    """To somebody who holds a conversation on: where the draft is, and a word from the host before them."""
    child = _child_of(delivery)
    recap = child.parent.recap
    facts = user_facts(delivery) | {
        "title": clean_line(child.title),
        "title_in_subject": shorten(clean_line(child.title), 60),
        "desk": public_url(child.get_desk_url()),
        "before": clean_line(child.parent.host.shown_name),
        "hello": clean_line(recap.hello) if recap.is_published else "",
        "is_to_host": True,
    }
    return write_letter("hold_started", facts)


def held_on(delivery: Delivery) -> Letter:
    """To the host of a told evening: somebody is going to hold that conversation, and in which town as far as we know it."""
    child = _child_of(delivery)
    meetup = delivery.meetup
    facts = host_facts(delivery) | {
        # A town of our list: what a stranger typed is not repeated.
        "town": clean_line(child.town.name) if child.town else "",
        "reach": public_url(reverse("host_recap_reach", args=[meetup.code])),
        "has_hello": bool(child.parent.recap.hello),
    }
    return write_letter("held_on", facts)


def led_to(delivery: Delivery) -> Letter:
    """To the host, sixty days after the recap: how many read it and which tables came of it. Raises MeetupError without one."""
    meetup = delivery.meetup
    recap = Recap.objects.filter(meetup=meetup).first()
    if recap is None or not recap.is_published:
        raise MeetupError(_("The recap is not public, so nobody is written to about it."))
    far = count_led_to(recap)
    debrief = Debrief.objects.filter(meetup=meetup).first()
    facts = host_facts(delivery) | {
        "num_came": debrief.num_came or 0 if debrief else 0,
        "num_readers": far.num_readers,
        "num_tables": far.num_tables,
        "num_held": far.num_held,
        "num_to_come": far.num_to_come,
        "recap": public_url(recap.get_absolute_url()),
        "reach": public_url(reverse("host_recap_reach", args=[meetup.code])),
    }
    return write_letter("led_to", facts)
