"""The outbox: claiming letters that are due and handing them to the relay. `delivery` owes them.

Claim (a short transaction), commit, render, talk SMTP with no transaction open, commit the outcome where the lease is still
ours. A process may die at any point: the lease ends, and the row tells the next one how far it came.
"""

import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Case, F, Min, Prefetch, Q, Value, When

# The reason is kept in English and translated by whoever shows it.
from django.utils.translation import gettext_noop as _

from meetups import clock
from meetups.emails import find_roots, sharing_facts, thread_of, write_message
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Dish, Heartbeat, Meetup
from meetups.poke import poke_worker
from meetups.returning import envelope_sender
from meetups.services import relaypace
from meetups.services.bounces import note_refusal
from meetups.services.breaker import INVITATIONS, invitations_are_held, let_invitations_go
from meetups.services.inhand import begin_body, note_sent, repeat_outcomes
from meetups.services.oneaday import OneADay
from meetups.services.recheck import Verdict, suppressed_pairs, why_not
from meetups.smtp import CannotSend, Envelope, Files, NotTaken, Relay, Stage, nothing_follows, open_relay

logger = logging.getLogger(__name__)

State = Delivery.State

BATCH = 100
LEASE = timedelta(minutes=5)
# What is left of a batch after this long goes back, so that no lease ends under a letter that is being sent.
SECONDS_FOR_A_BATCH = 60
BACKOFF_SECONDS = [60, 300, 900, 3600, 10_800]
GIVE_UP_AFTER = timedelta(hours=72)
MIN_ATTEMPTS = len(BACKOFF_SECONDS)
MAX_RENDERINGS = 3
MAX_LEASES = 3
# A row that was in hand twice when its worker died is claimed alone from then on, so that it takes no others with it.
SUSPECT_LEASES = 2
SUSPECT, UNSUSPECTED, EVERYTHING = Q(num_leases__gte=SUSPECT_LEASES), Q(num_leases__lt=SUSPECT_LEASES), Q()
AFTER_UNKNOWN = timedelta(minutes=5)
RELAY_DOWN = "relay_down"
RELAY_REST = timedelta(seconds=60)
PAUSED = "outbox_paused"
# Connections lost one after another: then it is the relay and not the letters.
MAX_LOST_IN_A_ROW = 2
MAX_WORDS = 300


def never() -> bool:
    return False


# Claiming ------------------------------------------------------------------------------------------------------------


def claim_deliveries(limit: int = BATCH, *, of: Q = EVERYTHING) -> list[Delivery]:
    """Take up to `limit` due letters in hand for five minutes and return them, the most urgent first.

    `of` keeps it to some of them: SUSPECT or UNSUSPECTED.

    Each is joined with guest, user and mailing; letters of one meetup share its object. In the same transaction every letter
    is asked whether it is still wanted; those that are not get their end state and their reason, and are not returned. An
    empty list means that nothing is due. Two at once never get the same letter (SKIP LOCKED; on SQLite, IMMEDIATE).
    """
    while True:
        with transaction.atomic():
            repeat_outcomes()
            rows = _take(limit, of)
            wanted = _sort_out(rows)
        if wanted or not rows:
            return wanted


def _take(limit: int, of: Q) -> list[Delivery]:
    now, token = clock.now(), secrets.token_hex(16)
    if invitations_are_held():
        of &= ~Q(kind__in=INVITATIONS)
    due = list(Delivery.objects.due().filter(of).select_for_update(skip_locked=True).values_list("pk", "num_leases")[:limit])
    if due and due[0][1] >= SUSPECT_LEASES:
        due = due[:1]
    else:
        due = [row for row in due if row[1] < SUSPECT_LEASES]
    mine = Delivery.objects.filter(pk__in=[pk for pk, _leases in due])
    mine.pending().update(state=State.SENDING, lease_token=token, lease_until=now + LEASE, num_leases=F("num_leases") + 1)
    rows = mine.filter(lease_token=token).select_related("guest", "user", "mailing").order_by("priority", "next_try_at", "pk")
    return _join_meetups(list(rows))


def _join_meetups(rows: list[Delivery]) -> list[Delivery]:
    numbers = {row.meetup_id for row in rows if row.meetup_id}
    # Dishes for all tables at once: their letters would ask for them table by table.
    dishes = Prefetch("dishes", Dish.objects.select_related("guest").in_order())
    meetups = Meetup.objects.with_kit().select_related("recap", "town").prefetch_related(dishes).in_bulk(numbers)
    for row in rows:
        row.meetup = meetups.get(row.meetup_id)
        if row.guest is not None and row.meetup is not None:
            row.guest.meetup = row.meetup
    return rows


def _sort_out(rows: list[Delivery]) -> list[Delivery]:
    """Give an end to every letter that is not wanted any more and return the others."""
    suppressed, day = suppressed_pairs(rows), OneADay(rows)
    wanted = []
    for row in rows:
        verdict = _ask(row, suppressed) or day.why_not(row)
        if verdict is None:
            day.leaves(row)
            wanted.append(row)
        else:
            _apply(row, verdict)
    return wanted


def _ask(row: Delivery, suppressed: set[tuple[str, str]]) -> Verdict | None:
    """Return why_not's verdict; a row that cannot even be asked about is given up, so that it does not jam those behind it."""
    try:
        return why_not(row, suppressed)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, MeetupError):
        logger.exception("letter %s of kind %s cannot be asked about", row.pk, row.kind)
        return Verdict(State.FAILED, _("Something in this letter's meetup or guest cannot be read."))


def _apply(row: Delivery, verdict: Verdict) -> bool:
    if verdict.next_try_at is not None:
        return _settle(row, verdict.state, verdict.words, next_try_at=verdict.next_try_at, num_attempts=0)
    # It was handed over once and nobody knows whether it arrived: that stays true.
    state = State.UNKNOWN if row.body_begun_at else verdict.state
    return _settle(row, state, verdict.words, num_attempts=0)


def release_leases() -> int:
    """Take back the letters of workers that died, and return how many. A second call finds none.

    A letter whose body was begun may have arrived: it rests five minutes and goes once more with the same Message-ID. One
    that was in hand four times without an outcome is given up: it may be what ends its workers (R15).
    """
    now = clock.now()
    ended = Delivery.objects.filter(state=State.SENDING, lease_until__lt=now)
    free = {"lease_token": "", "lease_until": None}
    poison = ended.filter(num_leases__gt=MAX_LEASES).update(
        state=Case(When(body_begun_at=None, then=Value(State.FAILED)), default=Value(State.UNKNOWN)),
        last_words=_("Given up: the worker ended each time it had this letter in hand."),
        finished_at=now,
        **free,
    )
    if poison:
        logger.error("%d letters ended their worker again and again and were given up", poison)
    words = _("The worker ended while it had this letter in hand.")
    begun = ended.filter(body_begun_at__isnull=False).update(
        state=State.WAITING, next_try_at=F("body_begun_at") + AFTER_UNKNOWN, last_words=words, **free
    )
    return poison + begun + ended.update(state=State.WAITING, last_words=words, **free)


# Outcomes: written only where the lease is still ours ----------------------------------------------------------------


def _in_hand(row: Delivery, **facts):
    return Delivery.objects.filter(pk=row.pk, state=State.SENDING, lease_token=row.lease_token, **facts)


def _settle(row: Delivery, state: str, words: str = "", *, code=None, next_try_at=None, num_attempts: int = 1, **fields) -> bool:
    """Write what became of a letter and give the lease back; False, and nothing written, when somebody else has it."""
    fields |= {"next_try_at": next_try_at} if next_try_at else {"finished_at": clock.now()}
    return bool(
        _in_hand(row).update(
            state=state,
            last_words=words[:MAX_WORDS],
            last_code=code,
            attempts=F("attempts") + num_attempts,
            num_leases=0,
            lease_token="",
            lease_until=None,
            **fields,
        )
    )


def _settle_sent(row: Delivery) -> None:
    """Write that the relay took a letter, also where the lease ended meanwhile and nobody has taken it up again yet."""
    if note_sent(row, clock.now()):
        return
    released = Delivery.objects.filter(pk=row.pk, state=State.WAITING, body_begun_at__isnull=False)
    if not released.update(state=State.SENT, last_words="", last_code=250, attempts=F("attempts") + 1, finished_at=clock.now()):
        logger.warning("letter %s was taken by the relay after its lease had ended", row.pk)


def put_back(rows: list[Delivery]) -> None:
    """Give letters back as they were before the claim: nothing was tried."""
    for row in rows:
        state = State.WAITING if row.attempts else State.QUEUED
        _in_hand(row).update(state=state, lease_token="", lease_until=None, num_leases=F("num_leases") - 1)


def _wait(row: Delivery, words: str, *, code: int | None = None) -> str:
    """Let a letter wait with full jitter, or end it when no try is left before its time is past (R10)."""
    now = clock.now()
    step = BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)]
    next_try_at = now + timedelta(seconds=max(1.0, random.uniform(0, step)))  # noqa: S311 (jitter, not a secret)
    if next_try_at > row.not_after:
        state = State.UNKNOWN if row.body_begun_at else State.EXPIRED
        _settle(row, state, words, code=code)
    elif now > row.due_at + GIVE_UP_AFTER and row.attempts + 1 >= MIN_ATTEMPTS:
        state = State.FAILED
        _settle(row, state, words, code=code)
    else:
        state = State.WAITING
        _settle(row, state, words, code=code, next_try_at=next_try_at, body_begun_at=row.body_begun_at)
    return state


def _after_unknown(row: Delivery, words: str) -> str:
    """The dot was sent and no answer came: once more after five minutes, and then nobody knows (R12)."""
    next_try_at = clock.now() + AFTER_UNKNOWN + timedelta(seconds=random.uniform(0, 60))  # noqa: S311 (jitter, not a secret)
    words = " ".join([words, _("The letter may have arrived all the same.")])
    if row.body_begun_at is not None or next_try_at > row.not_after:
        _settle(row, State.UNKNOWN, words)
        return State.UNKNOWN
    _settle(row, State.WAITING, words, next_try_at=next_try_at)
    return State.WAITING


# Sending -------------------------------------------------------------------------------------------------------------


class RelayIsDown(Exception):
    """The relay takes no letters now; all of them wait."""


class TooLate(Exception):
    """The last useful moment of a letter is past."""


class ConnectionLost(Exception):
    """The connection broke under a letter, whose state was written down."""

    def __init__(self, state: str):
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class Written:
    """A letter as it will be handed over, or why it will not be."""

    envelope: Envelope | None = None
    data: bytes = b""
    no: Exception | None = None


def write_ahead(row: Delivery, roots: dict[tuple, str] | None = None) -> Written:
    """Write one claimed letter and change nothing. Raises nothing but the worker's own end: what went wrong is in `no`."""
    if clock.now() > row.not_after:
        return Written(no=TooLate())
    try:
        recipient, data = _write(row, roots)
        return Written(Envelope.of(envelope_sender(row), recipient, data), data)
    except SoftTimeLimitExceeded:
        raise
    except MeetupError as no:
        return Written(no=no)
    except Exception as no:
        logger.exception("letter %s of kind %s could not be written", row.pk, row.kind)
        return Written(no=no)


def send_delivery(
    row: Delivery,
    relay: Relay | Files,
    roots: dict[tuple, str] | None = None,
    *,
    written: Written | None = None,
    then: Callable[[], Envelope | None] = nothing_follows,
) -> str:
    """Write and hand over one claimed letter; return the state it got, or "" when it went back untouched.

    `roots` are the threads that have begun, as `find_roots` knows them; a letter that is sent may begin one more. `written` is
    the letter where that was done already, and `then` is asked for the next one's envelope while the relay thinks.
    Raises RelayIsDown when no letter can go now and ConnectionLost when this one may have been the reason; what became of
    the letter is written down before.
    """
    written = written or write_ahead(row, roots)
    if written.no is not None:
        return _after_no_letter(row, written.no)

    def may_begin() -> bool:
        now = clock.now()
        return now <= row.not_after and begin_body(row, now, LEASE)

    try:
        relay.send(written.envelope.sender, written.envelope.recipient, written.data, before_data=may_begin, then=then)
    except CannotSend:
        put_back([row])
        return ""
    except NotTaken as trouble:
        return _after_trouble(row, trouble)
    _settle_sent(row)
    if roots is not None:
        roots.setdefault(thread_of(row), row.message_id)
    return State.SENT


def _write(row: Delivery, roots: dict[tuple, str] | None) -> tuple[str, bytes]:
    """Return the envelope's recipient and the bytes of the message."""
    local, _at, domain = (row.guest.email if row.guest_id else row.user.email).rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}", write_message(row, roots)


def _after_no_letter(row: Delivery, no: Exception) -> str:
    """End a letter that could not be written, or let it wait; return its state."""
    if isinstance(no, TooLate):
        _apply(row, Verdict(State.EXPIRED, _("It was too late for this letter.")))
        return State.EXPIRED
    if isinstance(no, MeetupError):
        # There is nothing to say any more: the offer ended, the recap was taken down.
        _apply(row, Verdict(State.WITHDRAWN, str(no)))
        return State.WITHDRAWN
    return _after_bad_rendering(row)


def _after_bad_rendering(row: Delivery) -> str:
    words = _("This letter could not be written.")
    if row.attempts + 1 >= MAX_RENDERINGS:
        _settle(row, State.FAILED, words)
        return State.FAILED
    return _wait(row, words)


def _after_trouble(row: Delivery, trouble: NotTaken) -> str:
    logger.warning("letter %s: %s at %s", row.pk, trouble.code or "no answer", trouble.stage.name)
    if trouble.is_refused:
        _settle(row, State.FAILED, trouble.words, code=trouble.code)
        if trouble.stage == Stage.RCPT:
            note_refusal(row, trouble.words)
        return State.FAILED
    if trouble.is_relay:
        until = rest_relay()
        _settle(
            row,
            State.WAITING,
            trouble.words,
            code=trouble.code,
            next_try_at=until,
            num_attempts=0,
            body_begun_at=row.body_begun_at,
        )
        raise RelayIsDown from trouble
    state = _after_unknown(row, trouble.words) if trouble.is_unknown else _wait(row, trouble.words, code=trouble.code)
    if trouble.code is None and trouble.stage > Stage.HELLO:
        raise ConnectionLost(state) from trouble
    return state


class Batch:
    """Claimed letters on their way. While the relay thinks over one, the next is written and, where it may be, announced."""

    def __init__(self, rows: list[Delivery], should_stop: Callable[[], bool]) -> None:
        self.left = list(rows)
        self.roots = find_roots(rows)
        self._should_stop, self._began = should_stop, time.monotonic()
        self._written: Written | None = None

    def goes_on(self) -> bool:
        return bool(self.left) and not self._should_stop() and time.monotonic() - self._began < SECONDS_FOR_A_BATCH

    def send_next(self, relay: Relay | Files) -> str:
        """Hand over the first that is left, as `send_delivery` does."""
        row, written = self.left.pop(0), self._written
        self._written = None
        return send_delivery(row, relay, self.roots, written=written, then=partial(self._write_next, row))

    def _write_next(self, row: Delivery) -> Envelope | None:
        """Write the letter that follows this one, and return its envelope.

        None when it is not sure to follow: the relay has its measure, or the thread it belongs to begins just now.
        """
        if not self.goes_on() or relaypace.is_limited() or thread_of(self.left[0]) == thread_of(row):
            return None
        self._written = write_ahead(self.left[0], self.roots)
        return self._written.envelope


def send_claimed(rows: list[Delivery], relay: Relay | Files, *, should_stop: Callable[[], bool] = never) -> Counter:
    """Hand over claimed letters one by one and count them by state. What is not tried goes back.

    Ends early when `should_stop` says so, when the batch takes long, when the relay takes nothing ("relay_down"), or when it
    has had its letters for this minute ("slowed").
    """
    counts: Counter = Counter()
    lost_in_a_row, batch = 0, None
    try:
        batch = Batch(rows, should_stop)
        while batch.goes_on():
            if not relaypace.may_send_one():
                counts["slowed"] += 1
                break
            try:
                state = batch.send_next(relay)
                lost_in_a_row = 0
            except ConnectionLost as lost:
                state, lost_in_a_row = lost.state, lost_in_a_row + 1
            if state:
                counts[state] += 1
            if lost_in_a_row >= MAX_LOST_IN_A_ROW:
                rest_relay()
                raise RelayIsDown
    except RelayIsDown:
        counts["relay_down"] += 1
    finally:
        put_back(batch.left if batch else rows)
    return counts


def deliver_due(
    *,
    seconds: float | None = None,
    should_stop: Callable[[], bool] = never,
    claim: Callable[[], list[Delivery]] = claim_deliveries,
) -> Counter:
    """Hand over every letter that is due, within so many seconds (None: however long it takes); return counts by state.

    "relay_down" is counted when the relay rests, "paused" when staff stopped the outbox, "slowed" when the relay has had its
    letters for this minute or all its connections are in use (R23). Safe to run many times at once.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")

    def is_over() -> bool:
        return should_stop() or time.monotonic() > deadline

    release_leases()
    if relay_is_resting():
        return Counter(relay_down=1)
    counts: Counter = Counter()
    with relaypace.connection() as slot, open_relay() as relay:
        if slot is None:
            return Counter(slowed=1)
        while not is_over():
            if outbox_is_paused():
                return counts + Counter(paused=1)
            if relaypace.is_spent():
                return counts + Counter(slowed=1)
            rows = claim()
            if not rows:
                return counts
            with sharing_facts():
                counts += send_claimed(rows, relay, should_stop=is_over)
            slot.keep()
            if counts["relay_down"] or counts["slowed"]:
                return counts
    # There may be more: whoever is free goes on.
    poke_worker()
    return counts


# The relay's rest, and how the outbox is doing -----------------------------------------------------------------------


def rest_relay():
    """Let the relay rest for a minute: no worker tries it until then. Return when the rest ends."""
    until = clock.now() + RELAY_REST
    Heartbeat.objects.update_or_create(name=RELAY_DOWN, defaults={"at": until})
    logger.warning("the relay takes no letters now; all wait for %d s", RELAY_REST.total_seconds())
    return until


def relay_is_resting() -> bool:
    """Tell whether the relay was found to be down less than a minute ago. A clock that was set back ends the rest."""
    now = clock.now()
    return Heartbeat.objects.filter(name=RELAY_DOWN, at__gt=now, at__lte=now + RELAY_REST).exists()


def pause_outbox() -> None:
    """Let no letter leave until somebody says go on; what is in hand is finished. A second call changes nothing."""
    Heartbeat.objects.get_or_create(name=PAUSED, defaults={"at": clock.now()})


def resume_outbox() -> None:
    """Let letters leave again, invitations that were held too. A second call changes nothing."""
    let_invitations_go()
    Heartbeat.objects.filter(name=PAUSED).delete()
    poke_worker()


def outbox_is_paused() -> bool:
    return Heartbeat.objects.filter(name=PAUSED).exists()


def outbox_facts() -> dict:
    """Return how the outbox is doing, for /healthz.

    `oldest_overdue`: for how many seconds the letter that waits longest could have left (0: none does). `beat_age`: how many
    seconds ago the last sweep ran (None: never). `relay_down`: whether the relay rests. `paused`: whether staff stopped it.
    `held`: whether invitations wait for staff. `states`: how many letters are in each state that is not an end, and how many
    failed in the last 24 hours.
    """
    now = clock.now()
    oldest = Delivery.objects.due().order_by().aggregate(at=Min("next_try_at"))["at"]
    beat = Heartbeat.objects.filter(name="sweep").first()
    states = Counter(Delivery.objects.open().order_by().values_list("state", flat=True))
    recent = Delivery.objects.filter(state=State.FAILED, finished_at__gt=now - timedelta(hours=24))
    return {
        "oldest_overdue": max(0, int((now - oldest).total_seconds())) if oldest else 0,
        "beat_age": int((now - beat.at).total_seconds()) if beat else None,
        "relay_down": relay_is_resting(),
        "paused": outbox_is_paused(),
        "held": invitations_are_held(),
        "states": {state: states[state] for state in ("queued", "waiting", "sending")} | {"failed_today": recent.count()},
    }
