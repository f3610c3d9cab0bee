"""Which offers match which needs. Who may see a match is decided in visibility.py and on the host's desk."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.models import Guest, Needs


@dataclass(frozen=True)
class Meeting:
    """A need and an offer that match; the guests themselves ticked both."""

    kind: str
    wants: Needs
    offers: Needs

    @property
    def title(self) -> str:
        return {"ride": _("A ride"), "childcare": _("A hand with the children"), "interpreter": _("Interpreting")}[self.kind]

    @property
    def shares_contacts(self) -> bool:
        """Tell whether each of the two agreed that the other sees how to reach them."""
        return self.wants.shares_contact and self.offers.shares_contact

    @property
    def guest_ids(self) -> tuple[int, int]:
        return self.wants.guest_id, self.offers.guest_id

    def other(self, guest: Guest) -> Needs:
        """Return the row of the other guest."""
        return self.offers if self.wants.guest_id == guest.pk else self.wants


def languages(words: str) -> set[str]:
    """Return the languages named in words such as "French, Spanish"."""
    return {part.strip().casefold() for part in re.split(r"[,;/]", words) if part.strip()}


def meetings_of(rows: Iterable[Needs]) -> list[Meeting]:
    """Return all matching pairs among the rows of one table, each of two different guests."""
    rows = list(rows)
    pairs = [(wants, offers) for wants in rows for offers in rows if wants.guest_id != offers.guest_id]
    found = [Meeting("ride", *pair) for pair in pairs if pair[0].wants_ride and pair[1].offers_ride]
    found += [Meeting("childcare", *pair) for pair in pairs if pair[0].wants_childcare and pair[1].offers_childcare]
    return found + [
        Meeting("interpreter", wants, offers)
        for wants, offers in pairs
        if languages(wants.wants_interpreter) & languages(offers.offers_interpreter)
    ]


def count_readers(guests: Iterable[Guest]) -> list[str]:
    """Return in words how many have read the book, partly, not yet. Numbers only, no names."""
    said = Counter(guest.has_read for guest in guests)
    words = [
        ngettext("%(n)d has read all of it", "%(n)d have read all of it", said["fully"]) % {"n": said["fully"]},
        ngettext("%(n)d some of it", "%(n)d some of it", said["partly"]) % {"n": said["partly"]},
        ngettext("%(n)d not yet", "%(n)d not yet", said["not_yet"]) % {"n": said["not_yet"]},
    ]
    return [words[place] for place, value in enumerate(Guest.HasRead.values) if said[value]]
