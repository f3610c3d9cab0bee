"""Claim due deliveries: one short transaction that gives each row a lease. Nothing is sent here."""

import logging
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, F, Prefetch, Q, QuerySet, Value, When

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from meetups.dispatch.daily_limit import OneADay
from meetups.dispatch.lease_sql import replay_lost_outcomes
from meetups.dispatch.outcome import AFTER_UNKNOWN, settle
from meetups.dispatch.recheck import Verdict, suppressed_pairs, why_not
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Dish, Meetup
from meetups.outbox.circuit_breaker import invitations_are_paused
from meetups.outbox.letter_kinds import kinds_where
from meetups.times import clock

State = Delivery.State
logger = logging.getLogger(__name__)

BATCH = 100
LEASE = timedelta(minutes=5)
# The clocks of two processes differ by less.
CLOCKS_DIFFER = timedelta(minutes=1)
MAX_LEASES = 3
# A row that was leased twice when its worker died is claimed alone from then on, so that no other row is lost with it.
SUSPECT_LEASES = 2
SUSPECT, UNSUSPECTED, EVERYTHING = Q(num_leases__gte=SUSPECT_LEASES), Q(num_leases__lt=SUSPECT_LEASES), Q()


def claim_deliveries(limit: int = BATCH, *, of: Q = EVERYTHING) -> list[Delivery]:
    """Lease up to `limit` due deliveries for five minutes and return them, the most urgent first.

    `of` restricts the claim to SUSPECT or UNSUSPECTED rows. Each row comes joined with guest, user and mailing; rows of one
    meetup share its object. In the same transaction every row is checked again: one that is no longer wanted gets its end
    state and reason and is not returned. An empty list means that nothing is due. Two calls at once never return the same
    row (SKIP LOCKED; on SQLite, IMMEDIATE).
    """
    while True:
        with transaction.atomic():
            replay_lost_outcomes()
            rows = _lease_due(limit, of)
            wanted = _filter_wanted(rows)
        if wanted or not rows:
            return wanted


def _lease_due(limit: int, of: Q) -> list[Delivery]:
    now, token = clock.now(), secrets.token_hex(16)
    if invitations_are_paused():
        of &= ~Q(kind__in=kinds_where(lambda kind: kind.is_invitation))
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
    meetup_ids = {row.meetup_id for row in rows if row.meetup_id}
    # One query for the dishes of all meetups, instead of one for each meetup when its letters are rendered.
    dishes = Prefetch("dishes", Dish.objects.select_related("guest").in_order(), to_attr="dishes_read_ahead")
    meetups = Meetup.objects.with_kit().select_related("recap", "town").prefetch_related(dishes).in_bulk(meetup_ids)
    for row in rows:
        row.meetup = meetups.get(row.meetup_id) if row.meetup_id else None
        if row.guest is not None and row.meetup is not None:
            row.guest.meetup = row.meetup
    return rows


def _filter_wanted(rows: list[Delivery]) -> list[Delivery]:
    """End every row that is no longer wanted, and return the others."""
    suppressed, day = suppressed_pairs(rows), OneADay(rows)
    wanted = []
    for row in rows:
        verdict = _verdict_on(row, suppressed) or day.why_not(row)
        if verdict is None:
            day.leaves(row)
            wanted.append(row)
        else:
            apply_verdict(row, verdict)
    return wanted


def _verdict_on(row: Delivery, suppressed: set[tuple[str, str]]) -> Verdict | None:
    """Return why_not's verdict. A row whose check raises fails, so that it does not block those behind it."""
    try:
        return why_not(row, suppressed)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, MeetupError):
        logger.exception("letter %s of kind %s cannot be checked", row.pk, row.kind)
        return Verdict(State.FAILED, _("Something in this letter's meetup or guest cannot be read."))


def apply_verdict(row: Delivery, verdict: Verdict) -> bool:
    """Write a verdict into a leased row; False when the lease is lost."""
    if verdict.next_try_at is not None:
        # After a delay on purpose the letter is due then, and not late before (R126).
        due_at = verdict.next_try_at if verdict.is_on_purpose else row.due_at
        return settle(row, verdict.state, verdict.words, next_try_at=verdict.next_try_at, num_attempts=0, due_at=due_at)
    # A row whose body was begun may have arrived, whatever the verdict.
    state = State.UNKNOWN if row.body_begun_at else verdict.state
    return settle(row, state, verdict.words, num_attempts=0)


def release_leases() -> int:
    """Release the leases of workers that died, and return how many. A second call finds none.

    A row whose body was begun may have arrived: it waits five minutes and is sent once more with the same Message-ID. A row
    that was leased four times without an outcome fails: it may be what ends its workers (R15).
    """
    if not _ended_leases().exists():
        return 0
    with transaction.atomic():
        replay_lost_outcomes()
        # Skipped: rows that somebody else has locked, or that another worker releases at this moment.
        return _release(list(_ended_leases().select_for_update(skip_locked=True).values_list("pk", flat=True)))


def _ended_leases() -> QuerySet[Delivery]:
    """Return the rows whose lease has ended, or ends later than one that was given by this clock: that clock was ahead."""
    now = clock.now()
    is_over = Q(lease_until__lt=now) | Q(lease_until__gt=now + LEASE + CLOCKS_DIFFER)
    return Delivery.objects.filter(is_over, state=State.SENDING)


def _release(pks: list[int]) -> int:
    now, ended = clock.now(), Delivery.objects.filter(pk__in=pks, state=State.SENDING)
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
    waiting = {"state": State.WAITING, "last_words": words} | free
    begun = ended.filter(body_begun_at__lte=now).update(next_try_at=F("body_begun_at") + AFTER_UNKNOWN, **waiting)
    # Begun by a clock that was ahead.
    begun += ended.filter(body_begun_at__gt=now).update(next_try_at=now + AFTER_UNKNOWN, **waiting)
    return poison + begun + ended.update(**waiting)
