"""Send over several connections at once: a relay that takes long over each answer is slow on one connection only."""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import connections

from meetups.dispatch import throttle
from meetups.dispatch.claim import SUSPECT, UNSUSPECTED, claim_deliveries, release_leases
from meetups.dispatch.outcome import put_back
from meetups.dispatch.relay_state import outbox_is_paused, relay_is_resting
from meetups.dispatch.send import SECONDS_FOR_A_BATCH, deliver_due
from meetups.models import Delivery
from meetups.outbox.wake_worker import never

logger = logging.getLogger(__name__)

# Several threads start only when more rows than this are due; the next claim is made when fewer than this are queued.
MANY = 50
# What one thread takes at a time: the rows of one meetup, which share a message template. Small, so that all threads end
# at about the same time.
THREAD_BATCH = 12


def deliver_in_threads(*, seconds: float | None = None, should_stop: Callable[[], bool] = never) -> Counter[str]:
    """Send every due delivery as `deliver_due` does, over SENDING_THREADS connections when more than MANY are due.

    Each thread has its own connection to the database and to the relay. One more thread claims ahead for all of them, so
    that no sending thread waits for a claim. An exception in any thread but the first is logged and counted as "errors".

    Rows that were leased at two worker deaths are sent before the threads start, one at a time: if a worker dies again, the
    row that is leased then is the cause. Rows that were only queued at a death are never given up for it.
    """
    num_others, began = settings.SENDING_THREADS - 1, time.monotonic()
    if not num_others or not _may_many_leave():
        return deliver_due(seconds=seconds, should_stop=should_stop)
    alone = _deliver_suspects(seconds, should_stop)
    if seconds is not None:
        seconds -= time.monotonic() - began
    is_ending = threading.Event()

    def is_over() -> bool:
        return is_ending.is_set() or should_stop()

    def deliver() -> Counter[str]:
        return deliver_due(seconds=seconds, should_stop=is_over, claim=queue.take)

    queue = ClaimedQueue(num_others + 1)
    with ThreadPoolExecutor(num_others + 1, thread_name_prefix="sender") as pool:
        filling = pool.submit(_run_in_thread, queue.fill)
        try:
            others = [pool.submit(_run_in_thread, deliver) for _ in range(num_others)]
            counts = deliver()
            counts = sum((other.result() for other in others), counts)
        except BaseException:
            # The other threads finish the letter they are sending and stop.
            is_ending.set()
            raise
        finally:
            queue.close()
        return alone + counts + filling.result()


def _deliver_suspects(seconds: float | None, should_stop: Callable[[], bool]) -> Counter[str]:
    """Send, one at a time and over one connection, the rows that were leased when two workers died."""
    release_leases()
    if not Delivery.objects.due().filter(SUSPECT).order_by().exists():
        return Counter()
    return deliver_due(seconds=seconds, should_stop=should_stop, claim=partial(claim_deliveries, of=SUSPECT))


def _may_many_leave() -> bool:
    """Tell whether more than MANY rows are due and may be sent now: else they would be claimed only to be put back."""
    if relay_is_resting() or outbox_is_paused() or throttle.is_spent():
        return False
    return Delivery.objects.due().order_by()[MANY : MANY + 1].exists()


def _run_in_thread(work: Callable[[], Counter[str]]) -> Counter[str]:
    try:
        return work()
    except Exception:
        logger.exception("a sending thread failed")
        return Counter(errors=1)
    finally:
        connections.close_all()


class ClaimedQueue:
    """Claimed batches, waiting for the next free thread. Holds at most MANY rows and one claim."""

    def __init__(self, num_threads: int) -> None:
        self._num_threads = num_threads
        self._batches: deque[tuple[float, list[Delivery]]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def take(self) -> list[Delivery]:
        """Return the next batch, the most urgent first; wait for one that is being claimed. Empty when nothing more is due.

        A batch that was queued too long is put back before its leases end. Towards the end batches get smaller, so that all
        threads end at about the same time.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._batches or self._is_closed)
                if not self._batches:
                    return []
                claimed_at, batch = self._batches.popleft()
                share = -(-(len(batch) + self._num_letters()) // self._num_threads)
                if len(batch) > share:
                    self._batches.appendleft((claimed_at, batch[share:]))
                    batch = batch[:share]
                self._changed.notify_all()
            if time.monotonic() - claimed_at < SECONDS_FOR_A_BATCH:
                return batch
            put_back(batch)

    def fill(self) -> Counter[str]:
        """Claim whenever fewer than MANY rows are queued, until nothing is due or the queue is closed."""
        try:
            while self._wants_more() and (rows := claim_deliveries(of=UNSUSPECTED)):
                if not self._add(rows):
                    put_back(rows)
        finally:
            self._end()
        return Counter()

    def close(self) -> None:
        """Claim no more, and put back what is queued. A second call does nothing."""
        self._end()
        with self._changed:
            left = [batch for _claimed_at, batch in self._batches]
            self._batches.clear()
        for batch in left:
            put_back(batch)

    def _num_letters(self) -> int:
        return sum(len(batch) for _claimed_at, batch in self._batches)

    def _add(self, rows: list[Delivery]) -> bool:
        """Queue claimed rows; False when the queue was closed meanwhile and no thread would take them."""
        with self._changed:
            if not self._is_closed:
                now = time.monotonic()
                self._batches.extend((now, batch) for batch in _cut_into_batches(rows))
                self._changed.notify_all()
            return not self._is_closed

    def _wants_more(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._num_letters() < MANY)
            return not self._is_closed

    def _end(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def _cut_into_batches(rows: list[Delivery]) -> Iterator[list[Delivery]]:
    """Cut a claim into batches, between two meetups where possible."""
    batch: list[Delivery] = []
    for row in rows:
        is_enough = len(batch) >= THREAD_BATCH and (row.meetup_id != batch[-1].meetup_id or len(batch) >= 2 * THREAD_BATCH)
        if is_enough:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
