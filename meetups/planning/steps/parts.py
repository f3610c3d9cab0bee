"""The parts of an evening, edited one at a time: what each is called, what is in it, which step of a draft is the next.

The first three are the steps of a new draft; their forms are in planning/forms/parts.py.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, ngettext

from meetups.models import Kit, Meetup
from meetups.planning.services.meetup import lacks_of
from meetups.text.clean import shorten
from meetups.times import words as when

STEPS = {
    "what": gettext_lazy("What"),
    "when": gettext_lazy("When and where"),
    "who": gettext_lazy("Who"),
}
MORE = {
    "talk": gettext_lazy("The conversation"),
    "book": gettext_lazy("The book"),
    "meal": gettext_lazy("The meal"),
    "door": gettext_lazy("The door, and a phone for the day"),
    "guests": gettext_lazy("What guests may do"),
    "words": gettext_lazy("A word to your guests, and the language"),
}
PARTS = STEPS | MORE
# Of a published evening these are changed by moving it, because guests hear of it.
MOVED = ("when", "door")
LONGEST = 90


@dataclass(frozen=True)
class Row:
    """A part of an evening as a list shows it: its name, what is in it, and where to change it."""

    title: str
    said: str
    url: str


def url_of_part(meetup: Meetup, part: str) -> str:
    """Return the address of the page of one part; where that is changed by moving a published evening, of the page for it."""
    if not meetup.is_draft and part in MOVED:
        return reverse("host_move", args=[meetup.code])
    return reverse("host_part", args=[meetup.code, part])


def step_beside(part: str, by: int) -> str:
    """Return the step before (-1) or after (1) this one, or nothing at the ends."""
    names = list(STEPS)
    place = names.index(part) + by
    return names[place] if 0 <= place < len(names) else ""


def url_to_go_on(meetup: Meetup) -> str:
    """Return where a host goes on with a draft: the first step that lacks something, else the page to look it over; for what is
    no draft, the desk."""
    if not meetup.is_draft:
        return meetup.get_desk_url()
    lacking = [part for part, _words in lacks_of(meetup)]
    if not lacking:
        return reverse("host_publish", args=[meetup.code])
    if step := next((name for name in STEPS if name in lacking), ""):
        return url_of_part(meetup, step)
    return f"{reverse('account_name')}?{urlencode({'next': reverse('host_publish', args=[meetup.code])})}"


def rows_of(meetup: Meetup, parts: dict) -> list[Row]:
    """Return these parts of an evening with what is in them. No query where the meetup comes with its kit and book."""
    said = _said(meetup)
    return [Row(str(title), shorten(said[part], LONGEST), url_of_part(meetup, part)) for part, title in parts.items()]


def _said(meetup: Meetup) -> dict[str, str]:
    seats = ngettext("%(n)d seat", "%(n)d seats", meetup.seats or 0) % {"n": meetup.seats or 0} if meetup.seats else ""
    moment = when.full_moment(meetup.starts_at, meetup.zone) if meetup.starts_at else ""
    return _said_of_kit(meetup.kit) | {
        "what": meetup.title,
        "when": " · ".join(filter(None, [moment, meetup.street, meetup.area])),
        "who": " · ".join(filter(None, [seats, meetup.get_visibility_display()])),
        "door": " · ".join(filter(None, [meetup.door, meetup.parking, meetup.day_phone])),
        "guests": ngettext("%(n)d seat for each of them", "up to %(n)d seats for each of them", meetup.max_party)
        % {"n": meetup.max_party},
        "words": meetup.word,
    }


def _said_of_kit(kit: Kit) -> dict[str, str]:
    return {"talk": kit.first_question or kit.run, "book": str(kit.book) if kit.book else kit.way_in, "meal": kit.meal}
