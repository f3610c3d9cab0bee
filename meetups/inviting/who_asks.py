"""In words for the host: who asks for a seat and waits for their yes or no."""

from collections.abc import Sequence

from django.utils.translation import ngettext

from meetups.models import Guest

MOST_NAMES = 5


def say_who_asks(guests: Sequence[Guest]) -> str:
    """Return who of these awaits the host's decision, in a sentence; nothing where nobody does."""
    asking = [guest for guest in guests if guest.awaits_host and guest.refused_at is None]
    if not asking:
        return ""
    if all(guest.origin == Guest.Origin.FRIEND for guest in asking):
        words = ngettext(
            "%(names)s, a friend of a guest, would like to come.",
            "%(n)d friends of guests would like to come: %(names)s.",
            len(asking),
        )
    else:
        words = ngettext("%(names)s asks for a seat.", "%(n)d people ask for a seat: %(names)s.", len(asking))
    return words % {"n": len(asking), "names": ", ".join(guest.called for guest in asking[:MOST_NAMES])}
