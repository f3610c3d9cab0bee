"""The sweep: do what is due. The worker runs it every few seconds, `manage.py deliver` runs it without Celery."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from billiard.exceptions import SoftTimeLimitExceeded

from meetups.circles.services.circle import make_due_evenings
from meetups.dispatch.claim import CLOCKS_DIFFER
from meetups.dispatch.clock_jump import undo_clock_jump
from meetups.dispatch.parallel import deliver_in_threads
from meetups.guests.services.link_recovery import answer_link_requests
from meetups.guests.services.seats import give_back_dishes_of_unseated, lapse_offers
from meetups.inviting.services.askers import close_requests, remind_of_askers
from meetups.models import Heartbeat
from meetups.outbox.circuit_breaker import watch_invitations
from meetups.outbox.fan_out import fan_out_due
from meetups.outbox.wake_worker import never
from meetups.pictures.renditions import make_sizes
from meetups.recaps.services.preview import publish_due
from meetups.sharing.reader_count import fold_readers
from meetups.times import clock

logger = logging.getLogger(__name__)

HEARTBEAT = "sweep"
BEAT_EVERY = timedelta(seconds=10)
# Counted by `deliver_in_threads` where no letter can be sent for a while.
NOTHING_LEAVES = ("relay_down", "paused", "slowed")
STEPS: list[Callable[[], object]] = [
    publish_due,
    make_due_evenings,
    fan_out_due,
    lapse_offers,
    give_back_dishes_of_unseated,
    remind_of_askers,
    close_requests,
    fold_readers,
    answer_link_requests,
]


def sweep(*, seconds: float | None = None, should_stop: Callable[[], bool] = never) -> Counter[str]:
    """Deliver what is due, then publish due recaps and evenings of circles, fan out due mailings, let offers lapse, free the
    dishes of lost seats, see to those who wait for a host's yes, store reader counts, answer requests for links, deliver what
    these steps have made due, and resize photos; return counts of letters by state.

    Delivering comes first, so that a step that waits for something keeps no letter back (R127). A step that fails is logged
    and counted as "errors", and the others run. Two sweeps at once do nothing twice.
    """
    began, counts = time.monotonic(), Counter[str]()

    def deliver() -> Counter[str]:
        left = None if seconds is None else max(0.0, seconds - (time.monotonic() - began))
        return deliver_in_threads(seconds=left, should_stop=should_stop)

    before: list[Callable[[], object]] = [write_heartbeat, watch_invitations]
    for step in before:
        counts += _run_step(step)
    try:
        counts += deliver()
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        # The steps still run; the second try below raises what does not pass by itself.
        logger.exception("letters could not be delivered")
        counts["errors"] += 1
    for step in STEPS:
        counts += _run_step(step)
    if not any(counts[word] for word in NOTHING_LEAVES):
        counts += deliver()
    # Photos last: until then their originals are shown.
    counts += _run_step(partial(_resize_photos, counts, should_stop))
    if counts:
        logger.info("sweep: %s", ", ".join(f"{number} {state}" for state, number in sorted(counts.items())))
    return counts


def _run_step(step: Callable[[], object]) -> Counter[str]:
    """Run one step; an exception is logged and counted, and does not keep the others from running."""
    try:
        step()
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("%s failed", getattr(step, "__name__", step))
        return Counter(errors=1)
    return Counter()


def _resize_photos(counts: Counter[str], should_stop: Callable[[], bool]) -> None:
    if number := make_sizes(should_stop=should_stop):
        counts["pictures"] += number


def write_heartbeat() -> None:
    """Record that the sweep runs; a row that is seconds old is not written again.

    A last sweep that lies in the future was run by a clock that was ahead: what it skipped is owed again first.
    """
    now = clock.now()
    rows = Heartbeat.objects.filter(name=HEARTBEAT)
    last = rows.values_list("at", flat=True).first()
    if last is not None and now - BEAT_EVERY < last <= now:
        return
    if last is not None and last > now + CLOCKS_DIFFER:
        undo_clock_jump(last)
    if not rows.update(at=now):
        Heartbeat.objects.get_or_create(name=HEARTBEAT, defaults={"at": now})
