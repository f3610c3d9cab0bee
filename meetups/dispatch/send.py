"""Send claimed deliveries.

Claim (a short transaction), commit, render, talk SMTP with no transaction open, commit the outcome if the lease still holds.
A process may die at any point: its leases end, and each row tells the next worker how far it came. A relay that hangs on one
letter keeps back no other: see Standby.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from django.db import connections

from meetups.dispatch import throttle
from meetups.dispatch.claim import claim_deliveries, release_leases
from meetups.dispatch.letter import ConnectionLost, RelayIsDown, RenderedLetter, Roots, render_ahead, send_delivery
from meetups.dispatch.outcome import put_back
from meetups.dispatch.relay import FileRelay, Relay, open_relay
from meetups.dispatch.relay_state import note_relay_works, outbox_is_paused, relay_is_resting, rest_relay
from meetups.dispatch.smtp import Envelope
from meetups.letters import find_roots, sharing_facts, thread_of
from meetups.models import Delivery
from meetups.outbox.wake_worker import never, poke_worker

logger = logging.getLogger(__name__)
# What is left of a batch after this long is put back, so that no lease ends while its letter is being sent.
SECONDS_FOR_A_BATCH = 60
# So many connections lost in a row are the relay's fault and not the letters'.
MAX_LOST_IN_A_ROW = 2
# A letter that takes longer keeps back no others: they leave over another connection.
HANGING_SECONDS = 5

# Given a function that says when to stop, sends what is due.
TakeOver = Callable[[Callable[[], bool]], Counter[str]]


class Batch:
    """Claimed rows being sent. While the relay thinks about one letter, the next is rendered and, if allowed, announced."""

    def __init__(self, rows: list[Delivery], should_stop: Callable[[], bool]) -> None:
        self._left = list(rows)
        self._lock = threading.Lock()
        self.roots: Roots = find_roots(rows)
        self._should_stop, self._began = should_stop, time.monotonic()
        self._letter_began: float | None = None
        self._rendered: RenderedLetter | None = None

    def goes_on(self) -> bool:
        return bool(self._left) and not self._should_stop() and time.monotonic() - self._began < SECONDS_FOR_A_BATCH

    def send_next(self, relay: Relay | FileRelay) -> str:
        """Send the first row that is left, as `send_delivery` does; "" where none is."""
        with self._lock:
            if not self._left:
                return ""
            row, rendered = self._left.pop(0), self._rendered
            self._rendered, self._letter_began = None, time.monotonic()
        try:
            return send_delivery(row, relay, self.roots, rendered=rendered, next_envelope=partial(self._render_next, row))
        finally:
            self._letter_began = None

    def hangs(self) -> bool:
        """Tell whether one letter takes longer than HANGING_SECONDS."""
        began = self._letter_began
        return began is not None and time.monotonic() - began > HANGING_SECONDS

    def take_rest(self) -> list[Delivery]:
        """Return the rows that are left, and leave none."""
        with self._lock:
            rest, self._left = self._left, []
            return rest

    def _render_next(self, row: Delivery) -> Envelope | None:
        """Render the letter after this one, and return its envelope.

        None when it may not follow: the per-minute limit applies, or this letter begins the thread that the next belongs to.
        """
        with self._lock:
            following = self._left[0] if self.goes_on() else None
        if following is None or throttle.is_limited() or thread_of(following) == thread_of(row):
            return None
        self._rendered = render_ahead(following, self.roots)
        return self._rendered.envelope


class Standby:
    """A thread that watches a batch. While the relay hangs on one letter, it puts the rest back and lets others leave.

    `take_over` sends what is due over another connection until the letter that hangs has its outcome; without one, what was put
    back is left to other workers.
    """

    def __init__(self, batch: Batch, take_over: TakeOver | None) -> None:
        self.counts: Counter[str] = Counter()
        self._batch, self._take_over = batch, take_over
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="standby", daemon=True)

    def __enter__(self) -> "Standby":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(1):
            if self._batch.hangs():
                self._step_in()

    def _step_in(self) -> None:
        try:
            put_back(self._batch.take_rest())
            if self._take_over is not None:
                self.counts += self._take_over(self._is_over.is_set)
        except Exception:
            logger.exception("the second connection failed")
            self.counts["errors"] += 1
        finally:
            connections.close_all()


class Losses:
    """How many connections were lost in a row, over all connections of one `deliver_due`."""

    def __init__(self) -> None:
        self._number = 0

    def note(self, is_lost: bool) -> None:
        """Count a lost connection, or begin anew; rests the relay and raises RelayIsDown after too many."""
        self._number = self._number + 1 if is_lost else 0
        if self._number >= MAX_LOST_IN_A_ROW:
            rest_relay()
            raise RelayIsDown


def send_claimed(
    rows: list[Delivery],
    relay: Relay | FileRelay,
    *,
    should_stop: Callable[[], bool] = never,
    losses: Losses | None = None,
    take_over: TakeOver | None = None,
) -> Counter[str]:
    """Send claimed rows one after another and count them by state. Rows that are not tried are put back.

    Ends early when `should_stop` returns true, when the batch takes too long, when the relay is down ("relay_down"), or when
    the letters of this minute are used up ("slowed"). `take_over` sends other letters while the relay hangs on one.
    """
    counts: Counter[str] = Counter()
    losses, batch = losses or Losses(), None
    try:
        batch = Batch(rows, should_stop)
        with Standby(batch, take_over) as standby:
            try:
                _send_batch(batch, relay, losses, counts)
            except RelayIsDown:
                counts["relay_down"] += 1
        counts += standby.counts
    finally:
        put_back(batch.take_rest() if batch else rows)
    if counts["sent"] or counts["failed"]:
        note_relay_works()
    return counts


def _send_batch(batch: Batch, relay: Relay | FileRelay, losses: Losses, counts: Counter[str]) -> None:
    while batch.goes_on():
        if not throttle.may_send_one():
            counts["slowed"] += 1
            return
        try:
            state, is_lost = batch.send_next(relay), False
        except ConnectionLost as lost:
            state, is_lost = lost.state, True
        if state:
            counts[state] += 1
        losses.note(is_lost)


def deliver_due(
    *,
    seconds: float | None = None,
    should_stop: Callable[[], bool] = never,
    claim: Callable[[], list[Delivery]] = claim_deliveries,
) -> Counter[str]:
    """Send every due delivery, for at most so many seconds (None: no limit); return counts by state.

    "relay_down" is counted while the relay rests, "paused" while staff paused the outbox, "slowed" when the letters of this
    minute are used up or all connections are in use (R23). Safe to run many times at once.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    losses = Losses()

    def is_over() -> bool:
        return should_stop() or time.monotonic() > deadline

    def take_over(is_back: Callable[[], bool]) -> Counter[str]:
        return _deliver(claim, lambda: is_back() or is_over(), losses, take_over=None)

    release_leases()
    if relay_is_resting():
        return Counter(relay_down=1)
    counts = _deliver(claim, is_over, losses, take_over)
    if is_over():
        # More may be due: another worker goes on.
        poke_worker()
    return counts


def _deliver(
    claim: Callable[[], list[Delivery]], is_over: Callable[[], bool], losses: Losses, take_over: TakeOver | None
) -> Counter[str]:
    """Claim and send over one connection until nothing is due, `is_over`, or no letter may leave."""
    counts: Counter[str] = Counter()
    with throttle.connection() as slot, open_relay() as relay:
        if slot is None:
            return Counter(slowed=1)
        while not is_over():
            if outbox_is_paused():
                return counts + Counter(paused=1)
            if throttle.is_spent():
                return counts + Counter(slowed=1)
            rows = claim()
            if not rows:
                return counts
            with sharing_facts():
                counts += send_claimed(rows, relay, should_stop=is_over, losses=losses, take_over=take_over)
            slot.keep()
            if counts["relay_down"] or counts["slowed"]:
                return counts
    return counts
