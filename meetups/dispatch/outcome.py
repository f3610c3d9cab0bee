"""Write the outcome of a claimed delivery. Every write is conditional on the lease."""

import logging
import random
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection
from django.db.models import F, QuerySet

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from hosts.database.errors import is_lock_timeout
from meetups.dispatch.lease_sql import note_sent, settle_released
from meetups.models import Delivery
from meetups.times import clock

logger = logging.getLogger(__name__)

State = Delivery.State
BACKOFF_SECONDS = [60, 300, 900, 3600, 10_800]
GIVE_UP_AFTER = timedelta(hours=72)
MIN_ATTEMPTS = len(BACKOFF_SECONDS)
AFTER_UNKNOWN = timedelta(minutes=5)
MAX_WORDS = 300


def _leased(row: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=row.pk, state=State.SENDING, lease_token=row.lease_token)


def settle(
    row: Delivery,
    state: str,
    words: str = "",
    *,
    code: int | None = None,
    next_try_at: datetime | None = None,
    num_attempts: int = 1,
    **fields: Any,
) -> bool:
    """Write the outcome of a delivery and end its lease; False, and nothing written, when the lease is lost."""
    fields |= {"next_try_at": next_try_at} if next_try_at else {"finished_at": clock.now()}
    fields |= {"state": state, "last_words": words[:MAX_WORDS], "last_code": code, "attempts": F("attempts") + num_attempts}
    return _update_leased(row, num_leases=0, **fields)


def _update_leased(row: Delivery, **fields: Any) -> bool:
    """Change a row and end its lease. A row that somebody else has locked keeps its lease, which ends by itself."""
    try:
        return bool(_leased(row).update(lease_token="", lease_until=None, **fields))
    except OperationalError as error:
        if connection.in_atomic_block or not is_lock_timeout(error):
            raise
        logger.warning("letter %s is locked; its lease ends in some minutes", row.pk)
        return False


def settle_sent(row: Delivery) -> None:
    """Write that the relay took a letter, also when its lease has ended and nobody has claimed the row again.

    Where somebody else has locked the row, that is written with one of the next claims.
    """
    try:
        if note_sent(row, clock.now()):
            return
    except OperationalError as error:
        if connection.in_atomic_block or not is_lock_timeout(error):
            raise
        logger.warning("letter %s was sent and is locked; that is written later", row.pk)
        return
    if not settle_released(row.pk, clock.now()):
        logger.warning("letter %s was taken by the relay after its lease had ended", row.pk)


def put_back(rows: list[Delivery]) -> None:
    """Return leased rows to the state they had before the claim: nothing was tried."""
    for row in rows:
        state = State.WAITING if row.attempts else State.QUEUED
        _update_leased(row, state=state, num_leases=F("num_leases") - 1)


def let_wait(row: Delivery, words: str, *, code: int | None = None) -> str:
    """Schedule the next try with full-jitter backoff, or end the row when no try is left before `not_after` (R10)."""
    now = clock.now()
    step = BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)]
    next_try_at = now + timedelta(seconds=max(1.0, random.uniform(0, step)))  # noqa: S311 (jitter, not a secret)
    if next_try_at > row.not_after:
        state = State.UNKNOWN if row.body_begun_at else State.EXPIRED
        settle(row, state, words, code=code)
    elif now > row.due_at + GIVE_UP_AFTER and row.attempts + 1 >= MIN_ATTEMPTS:
        state = State.FAILED
        settle(row, state, words, code=code)
    else:
        state = State.WAITING
        settle(row, state, words, code=code, next_try_at=next_try_at, body_begun_at=row.body_begun_at)
    return state


def settle_unknown(row: Delivery, words: str) -> str:
    """The dot was sent and no answer came: try once more after five minutes; the second time the state is "unknown" (R12)."""
    next_try_at = clock.now() + AFTER_UNKNOWN + timedelta(seconds=random.uniform(0, 60))  # noqa: S311 (jitter, not a secret)
    words = " ".join([words, _("The letter may have arrived all the same.")])
    if row.body_begun_at is not None or next_try_at > row.not_after:
        settle(row, State.UNKNOWN, words)
        return State.UNKNOWN
    settle(row, State.WAITING, words, next_try_at=next_try_at)
    return State.WAITING
