"""The builders of letters: one function for each kind, named as the kind and as its folder in `templates/emails/`."""

from collections.abc import Callable
from types import ModuleType

from meetups.letters.builders import (
    campaign,
    change,
    circle,
    confirmation,
    follow_up,
    fork,
    host,
    invitation,
    organizer,
    oversight,
    pairing,
    recap,
    reminder,
    reply,
)
from meetups.letters.letter import Letter
from meetups.models import Delivery

MODULES = (
    *(campaign, change, circle, confirmation, follow_up, fork, host, invitation),
    *(organizer, oversight, pairing, recap, reminder, reply),
)
Builder = Callable[[Delivery], Letter]


def _find_builders(module: ModuleType) -> dict[str, Builder]:
    """Return what a module defines itself under the name of a kind."""
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return {kind: own[kind] for kind in Delivery.Kind.values if kind in own}


BUILDERS: dict[str, Builder] = {kind: builder for module in MODULES for kind, builder in _find_builders(module).items()}
