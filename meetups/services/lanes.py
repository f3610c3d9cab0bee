"""Several connections at once: a relay that thinks over each answer is slow on one, and carries as much more as there are."""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import connections

from meetups.models import Delivery
from meetups.services import relaypace
from meetups.services.sending import (
    SECONDS_FOR_A_BATCH,
    SUSPECT,
    UNSUSPECTED,
    claim_deliveries,
    deliver_due,
    never,
    outbox_is_paused,
    put_back,
    relay_is_resting,
    release_leases,
)

logger = logging.getLogger(__name__)

# More than so many are worth several lanes; when less lies ready, the next batch is claimed.
MANY = 50
# What one lane takes at a time: a table's letters, which share one message, and few enough that no lane is the last for long.
LOT = 12


def deliver_in_lanes(*, seconds: float | None = None, should_stop: Callable[[], bool] = never) -> Counter:
    """Hand over every letter that is due as `deliver_due` does, over SENDING_THREADS connections where more than MANY are due.

    Each lane is a thread with a connection of its own to the database and to the relay. One more thread claims for all of
    them, always some ahead, so that no lane waits for a claim. What goes wrong in a thread beside the first is logged and
    counted as "errors".

    A letter that was in hand at two deaths leaves before the lanes begin, with nothing beside it: whoever dies then dies of
    it. What merely lay ready at a death is never given up for that, however often it happens.
    """
    num_others, began = settings.SENDING_THREADS - 1, time.monotonic()
    if not num_others or not _may_much_leave():
        return deliver_due(seconds=seconds, should_stop=should_stop)
    alone = _deliver_suspects(seconds, should_stop)
    if seconds is not None:
        seconds -= time.monotonic() - began
    is_ending = threading.Event()

    def is_over() -> bool:
        return is_ending.is_set() or should_stop()

    def deliver() -> Counter:
        return deliver_due(seconds=seconds, should_stop=is_over, claim=stock.take)

    stock = Stock(num_others + 1)
    with ThreadPoolExecutor(num_others + 1, thread_name_prefix="lane") as pool:
        filling = pool.submit(_run_apart, stock.fill)
        try:
            others = [pool.submit(_run_apart, deliver) for _ in range(num_others)]
            counts = deliver()
            counts = sum((other.result() for other in others), counts)
        except BaseException:
            # The others finish the letter they have in hand and no more.
            is_ending.set()
            raise
        finally:
            stock.close()
        return alone + counts + filling.result()


def _deliver_suspects(seconds: float | None, should_stop: Callable[[], bool]) -> Counter:
    """Hand over, one by one and on one connection, what was in hand when two workers died."""
    release_leases()
    if not Delivery.objects.due().filter(SUSPECT).order_by().exists():
        return Counter()
    return deliver_due(seconds=seconds, should_stop=should_stop, claim=partial(claim_deliveries, of=SUSPECT))


def _may_much_leave() -> bool:
    """Tell whether more than MANY are due and nothing holds it up: then it is not claimed only to be put back."""
    if relay_is_resting() or outbox_is_paused() or relaypace.is_spent():
        return False
    return Delivery.objects.due().order_by()[MANY : MANY + 1].exists()


def _run_apart(work: Callable[[], Counter]) -> Counter:
    try:
        return work()
    except Exception:
        logger.exception("a lane failed")
        return Counter(errors=1)
    finally:
        connections.close_all()


class Stock:
    """Letters that were claimed for whichever of so many lanes is free first. At most MANY and one claim lie here."""

    def __init__(self, num_lanes: int) -> None:
        self._num_lanes = num_lanes
        self._lots: deque[tuple[float, list[Delivery]]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def take(self) -> list[Delivery]:
        """Return the next lot, the most urgent first; wait for one that is being claimed. Empty when nothing is due any more.

        A lot that lay here too long goes back, so that its lease does not end under it. Towards the end lots get smaller, so
        that all lanes end at about the same time.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lots or self._is_closed)
                if not self._lots:
                    return []
                claimed_at, lot = self._lots.popleft()
                share = -(-(len(lot) + self._num_letters()) // self._num_lanes)
                if len(lot) > share:
                    self._lots.appendleft((claimed_at, lot[share:]))
                    lot = lot[:share]
                self._changed.notify_all()
            if time.monotonic() - claimed_at < SECONDS_FOR_A_BATCH:
                return lot
            put_back(lot)

    def fill(self) -> Counter:
        """Claim whenever less than MANY lie here, until nothing is due or somebody closes it."""
        try:
            while self._wants_more() and (rows := claim_deliveries(of=UNSUSPECTED)):
                if not self._add(rows):
                    put_back(rows)
        finally:
            self._end()
        return Counter()

    def close(self) -> None:
        """Claim no more, and give back what lies here. A second call does nothing."""
        self._end()
        with self._changed:
            left = [lot for _claimed_at, lot in self._lots]
            self._lots.clear()
        for lot in left:
            put_back(lot)

    def _num_letters(self) -> int:
        return sum(len(lot) for _claimed_at, lot in self._lots)

    def _add(self, rows: list[Delivery]) -> bool:
        """Lay claimed letters here; False when it was closed meanwhile, and nobody would take them."""
        with self._changed:
            if not self._is_closed:
                now = time.monotonic()
                self._lots.extend((now, lot) for lot in _lots_of(rows))
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


def _lots_of(rows: list[Delivery]) -> Iterator[list[Delivery]]:
    """Cut a batch into lots, between two tables where that is possible."""
    lot: list[Delivery] = []
    for row in rows:
        is_enough = len(lot) >= LOT and (row.meetup_id != lot[-1].meetup_id or len(lot) >= 2 * LOT)
        if is_enough:
            yield lot
            lot = []
        lot.append(row)
    if lot:
        yield lot
