"""Several connections at once: a relay that thinks over each answer is slow on one, and carries as much more as there are."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connections

from meetups.models import Delivery
from meetups.services.sending import BATCH, deliver_due, never

logger = logging.getLogger(__name__)


def deliver_in_lanes(*, seconds: float | None = None, should_stop: Callable[[], bool] = never) -> Counter:
    """Hand over every letter that is due as `deliver_due` does, over SENDING_THREADS connections where more than a batch is due.

    Each lane is a thread with a connection of its own to the database and to the relay, and claims its own letters. What goes
    wrong in a lane beside the first is logged and counted as "errors".
    """
    num_others = settings.SENDING_THREADS - 1
    if not num_others or not _is_much_due():
        return deliver_due(seconds=seconds, should_stop=should_stop)
    is_ending = threading.Event()

    def is_over() -> bool:
        return is_ending.is_set() or should_stop()

    with ThreadPoolExecutor(num_others, thread_name_prefix="lane") as pool:
        try:
            others = [pool.submit(_run_lane, seconds, is_over) for _ in range(num_others)]
            counts = deliver_due(seconds=seconds, should_stop=is_over)
            return sum((other.result() for other in others), counts)
        except BaseException:
            # The others finish the letter they have in hand and no more.
            is_ending.set()
            raise


def _is_much_due() -> bool:
    return Delivery.objects.due().order_by()[BATCH : BATCH + 1].exists()


def _run_lane(seconds: float | None, should_stop: Callable[[], bool]) -> Counter:
    try:
        return deliver_due(seconds=seconds, should_stop=should_stop)
    except Exception:
        logger.exception("a lane failed")
        return Counter(errors=1)
    finally:
        connections.close_all()
