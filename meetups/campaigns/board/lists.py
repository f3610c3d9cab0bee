"""The evenings behind each number of the dashboard, in the order in which an organizer wants to see them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from meetups.campaigns.board.facts import Facts

# Which evenings a list shows, and what it is called.
SHOWN = {
    "upcoming": _("Upcoming"),
    "held": _("Held"),
    "all": _("All evenings"),
    "canceled": _("Canceled"),
    "nobody_invited": _("Upcoming, nobody invited yet"),
    "near": _("Near, and less than half full"),
    "week": _("In the next seven days"),
    "week_free": _("In the next seven days, with free seats"),
    "answered": _("Evenings with answers in the last seven days"),
    "invited": _("Evenings with guests invited"),
    "acted": _("Evenings with guests who opened their link and acted"),
    "yes": _("Evenings with a yes"),
    "confirmed": _("Evenings with guests who confirmed"),
    "came": _("Evenings with guests who came"),
    "contributed": _("Evenings with words of guests"),
    "could_host": _("Evenings with guests who could host"),
    "recaps": _("Held, with a recap"),
    "recaps_missing": _("Held, recap missing"),
    "led": _("Evenings that led to others"),
    "letters_waiting": _("Evenings with emails that wait to be sent"),
    "letters_failed": _("Evenings with emails that could not be sent"),
    "unreachable": _("Evenings with guests whom no email reaches"),
}
# Lists that are ordered by a number of each evening, the largest first; an evening without any is not in them.
NUMBERS: tuple[str, ...] = ("answered", "invited", "acted", "yes", "confirmed", "came", "contributed", "could_host")
NUMBERS += ("letters_waiting", "letters_failed", "unreachable")
CONDITIONS: dict[str, Callable[[Facts], Any]] = {
    "upcoming": lambda one: one.is_upcoming,
    "held": lambda one: one.is_held,
    "all": lambda one: True,
    "canceled": lambda one: one.is_canceled,
    "nobody_invited": lambda one: one.nobody_invited,
    "near": lambda one: one.is_near,
    "week": lambda one: one.is_this_week,
    "week_free": lambda one: one.is_this_week and one.free,
    "recaps": lambda one: one.is_held and one.has_recap,
    "recaps_missing": lambda one: one.is_held and not one.has_recap,
    "led": lambda one: one.has_led,
}


def list_of(shown: str, evenings: Iterable[Facts]) -> list[Facts]:
    """Return the evenings of one list of SHOWN, those that need a hand or have the most of it first."""
    if shown in NUMBERS:
        counted = [one for one in evenings if getattr(one, shown)]
        return sorted(counted, key=lambda one: (-getattr(one, shown), one.starts_at, one.pk))
    found = [one for one in evenings if CONDITIONS[shown](one)]
    return sorted(found, key=_order_of(shown))


def _order_of(shown: str) -> Callable[[Facts], Any]:
    if shown == "led":
        return lambda one: (-one.children - one.children_elsewhere, one.starts_at, one.pk)
    if shown in ("held", "recaps", "recaps_missing"):
        return lambda one: (one.has_recap, -one.starts_at.timestamp(), one.pk)
    if shown in ("all", "canceled"):
        return lambda one: (-one.starts_at.timestamp(), one.pk)
    return lambda one: (0 if one.nobody_invited else 1 if one.is_near else 2, one.starts_at, one.pk)
