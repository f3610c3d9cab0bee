"""A clock that ran ahead for a while and was set back: what was skipped as too late meanwhile is owed again (R130)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Greatest

from meetups.dispatch.outcome import AFTER_UNKNOWN
from meetups.models import Delivery, Mailing
from meetups.times import clock

State = Delivery.State
logger = logging.getLogger(__name__)

# Reasons that depend on what time it is. Each is checked again when the letter is claimed.
WITHDRAWN_BY_TIME = ("The evening has begun.", "The guest has answered since.")
CODES_THAT_PASS = (400, 499)


@transaction.atomic
def undo_clock_jump(ahead: datetime) -> int:
    """Owe again, once, what was skipped while the clock stood at `ahead`; return how many letters and mailings.

    What carries a moment of the future was written by that clock. A second call finds nothing. Leases of the future are
    released by `release_leases`.
    """
    now = clock.now()
    logger.error("the clock was set back by %d s; what was skipped as too late is owed again", (ahead - now).total_seconds())
    num_letters, num_mailings = _owe_letters_again(now), _fan_out_again(now)
    _try_sooner(now)
    return num_letters + num_mailings


def _owe_letters_again(now: datetime) -> int:
    """Queue the letters that ended in the future for a reason of time."""
    by_time = (
        Q(state=State.EXPIRED)
        | Q(state=State.WITHDRAWN, last_words__in=WITHDRAWN_BY_TIME)
        | Q(state=State.FAILED, last_code__range=CODES_THAT_PASS)
    )
    ended = Delivery.objects.filter(by_time, finished_at__gt=now, not_after__gt=now)
    next_try_at = Greatest(F("due_at"), Value(now, output_field=DateTimeField()))
    return ended.update(state=State.QUEUED, next_try_at=next_try_at, finished_at=None, last_words="", last_code=None)


def _fan_out_again(now: datetime) -> int:
    """Let the mailings be due again that were skipped in the future: fanned out to nobody. The keys of letters are unique."""
    skipped = Mailing.objects.filter(fanned_out_at__gt=now, num_owed=0, not_after__gt=now)
    return skipped.update(fanned_out_at=None)


def _try_sooner(now: datetime) -> None:
    """Try letters now whose next try was set by that clock; those that may have arrived wait their five minutes."""
    waiting = Delivery.objects.pending().filter(due_at__lte=now, next_try_at__gt=now)
    begun = waiting.filter(body_begun_at__isnull=False, next_try_at__gt=now + AFTER_UNKNOWN + timedelta(minutes=1))
    begun.update(next_try_at=now + AFTER_UNKNOWN)
    waiting.filter(body_begun_at=None).update(next_try_at=now)
