"""Letters about forked conversations, to the host of the recap and to the new host; neither sees the other's address."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.letters.context import host_facts, meetup_of, public_url, user_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import Debrief, Delivery, Meetup, Recap
from meetups.sharing.reach import led_to as count_led_to
from meetups.text.clean import clean_line, shorten


def _fork_of(delivery: Delivery) -> tuple[Meetup, Meetup]:
    """Return the evening that was made from another, and that other one. Raises MeetupError when its host deleted it."""
    children = Meetup.objects.select_related("town", "parent__host", "parent__recap", "kit__book")
    child = children.filter(pk=delivery.context.get("child"), parent__recap__isnull=False).first()
    if child is None or child.parent is None:
        raise MeetupError(_("This draft does not exist any more."))
    return child, child.parent


def hold_started(delivery: Delivery) -> Letter:
    """To the host of a fork: the link to the draft, and a greeting from the host of the recap."""
    child, parent = _fork_of(delivery)
    recap = parent.recap
    facts = user_facts(delivery) | {
        "title": clean_line(child.title),
        "title_in_subject": shorten(clean_line(child.title), 60),
        "desk": public_url(child.get_desk_url()),
        "before": clean_line(parent.host.shown_name),
        "hello": clean_line(recap.hello) if recap.is_published else "",
        "is_to_host": True,
    }
    return write_letter("hold_started", facts)


def held_on(delivery: Delivery) -> Letter:
    """To the host of a recap: somebody forked the conversation, and in which town if it is known."""
    (child, parent), meetup = _fork_of(delivery), meetup_of(delivery)
    facts = host_facts(delivery) | {
        # Only a town of our list: what a stranger typed is not repeated.
        "town": clean_line(child.town.name) if child.town else "",
        "reach": public_url(reverse("host_recap_reach", args=[meetup.code])),
        "has_hello": bool(parent.recap.hello),
    }
    return write_letter("held_on", facts)


def led_to(delivery: Delivery) -> Letter:
    """To the host, sixty days after the recap: how many read it and how many forks there are. Raises MeetupError without one."""
    meetup = meetup_of(delivery)
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
