"""What this app asks of the apps above it, which it may not import: they hand over functions when Django starts.

One set of functions, typed, connected once by `connect` from an app's `ready()`. A start without them fails: the system
check says so, and `account_hooks` raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from hosts.models import User

NOT_CONNECTED = "No app has connected the account hooks (hosts.hooks.connect)."


class StrangerLedger(Protocol):
    """Writes down that an address that never agreed gets one letter; False where it may get none (R88)."""

    def __call__(self, email: str, *, kind: str) -> bool: ...


@dataclass(frozen=True)
class AccountHooks:
    """What an account means to the apps above."""

    may_mail_stranger: StrangerLedger
    # What must be settled before the account may be deleted, as title and path.
    obstacles_to_deletion: Callable[[User], list[tuple[str, str]]]
    # Called in the transaction that deletes the account, before the row goes; it ends the person's roles in campaigns too.
    before_deletion: Callable[[User], None]
    # All that is kept about the person, as plain values.
    data_of_user: Callable[[User], dict]
    # Changes each secret that is encrypted with FACTOR_KEYS in tables of the apps above, and returns how many.
    change_secrets: Callable[[Callable[[str], str]], int]


_connected: AccountHooks | None = None


def connect(hooks: AccountHooks) -> AccountHooks | None:
    """Use these functions from now on, and return those used before."""
    global _connected
    before, _connected = _connected, hooks
    return before


def account_hooks() -> AccountHooks:
    """Return the connected functions. Raises ImproperlyConfigured where there are none."""
    if _connected is None:
        raise ImproperlyConfigured(NOT_CONNECTED)
    return _connected


@register()
def check_hooks(**kwargs: object) -> list[CheckMessage]:
    """Refuse the start where nothing is connected."""
    return [] if _connected else [Error(NOT_CONNECTED, id="hosts.E001")]
