"""The six-digit codes that sign people in.

A code is derived, not stored: it is the same for a quarter of an hour in every browser that asks, and another one as soon as
it was used in one of them. So the code in a mailbox stays good however often, and from wherever, another one is asked for.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from hosts.models import User

CODE_DIGITS = 6


def window_of(user: User, at: datetime) -> int:
    """Return the number of the quarter of an hour of that moment, counted from the row's creation.

    Counted so, the one letter that a new address gets in a day covers the whole of its first quarter of an hour.
    """
    return int((at - user.created_at).total_seconds() // settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def make_code(user: User, at: datetime) -> str:
    """Return the six digits that sign this user in, as asked for at that moment, until they have been used."""
    value = f"{user.pk}:{user.email}:{user.codes_spent}:{window_of(user, at)}"
    digest = salted_hmac("hosts.signin.codes.make_code", value, algorithm="sha256").digest()
    return str(int.from_bytes(digest[:8], "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def letters_key(user: User, at: datetime) -> str:
    """Return the key under which the letters with one code are counted."""
    return f"{user.pk}:{user.codes_spent}:{window_of(user, at)}"


def moment(timestamp: float) -> datetime:
    """Return the aware moment of a timestamp."""
    return datetime.fromtimestamp(timestamp, UTC)
