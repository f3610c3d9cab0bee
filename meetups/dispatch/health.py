"""How the outbox is doing: one function for /healthz, the operator's page, `manage.py check` and /metrics (R20, R126).

A letter is late from its `due_at` on, in whatever state it is, as long as it is still wanted. A delay on purpose (quiet hours,
the daily limit, an address that had its share or whose letters came back) moves `due_at`: until then the letter is not due.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meetups.dispatch.claim import CLOCKS_DIFFER, LEASE
from meetups.dispatch.relay_state import failing_for, outbox_is_paused, relay_is_resting
from meetups.models import Delivery, Heartbeat
from meetups.outbox.circuit_breaker import invitations_are_paused
from meetups.outbox.fate import MAY_BE_LATE
from meetups.times import clock

State = Delivery.State
BEAT_MAY_BE_OLD = timedelta(minutes=3)
# One failure passes with the next try.
RELAY_MAY_FAIL = timedelta(minutes=2)
# A sweep releases what is past its lease within seconds.
LEASE_MAY_BE_OVER = timedelta(minutes=2)


@dataclass(frozen=True)
class Problem:
    """Something that keeps letters from leaving: a short code for programs and a sentence for people."""

    code: str
    words: str | Promise


# The most telling one first: the operator's page shows them in this order.
PAUSED = Problem("paused", _("The outbox is stopped: no letter leaves."))
INVITATIONS_PAUSED = Problem(
    "invitations_paused", _("More invitations than usual are owed, so they wait until you have looked. Everything else leaves.")
)
NO_BEAT = Problem("no_beat", _("No worker has looked for letters in the last three minutes."))
CLOCK = Problem("clock", _("The clock was set back: the last sweep lies in the future."))
RELAY = Problem("relay", _("The relay takes no letters: nobody answers there, or it refuses us."))
STUCK = Problem("stuck", _("Letters are still called “being sent” long after their worker ended."))
LATE = Problem("late", _("Letters are late: the oldest should have left more than ten minutes ago."))
PROBLEMS = [PAUSED, INVITATIONS_PAUSED, CLOCK, NO_BEAT, RELAY, STUCK, LATE]


@dataclass(frozen=True)
class OutboxHealth:
    """The figures of the outbox, and what is wrong.

    `oldest_overdue`: for how many seconds the oldest letter that is still wanted has been due (0: none is). `beat_age`: seconds
    since the last sweep (None: never; less than 0: its clock was ahead). `relay_failing`: for how many seconds the relay has
    taken nothing (0: it does, or was not tried lately). `num_stuck`: letters leased to nobody.
    """

    oldest_overdue: int
    beat_age: int | None
    relay_down: bool
    relay_failing: int
    num_stuck: int
    paused: bool
    held: bool
    states: dict[str, int]
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.problems

    def facts(self) -> dict[str, Any]:
        """Return what /healthz shows. No address, no title and no token is in it."""
        shown = {name: value for name, value in vars(self).items() if name != "problems"}
        return shown | {"problems": [problem.code for problem in self.problems]}


def outbox_health() -> OutboxHealth:
    """Look at the outbox, the beat and the relay. Writes nothing."""
    now = clock.now()
    beat = Heartbeat.objects.filter(name="sweep").first()
    overdue, counts = _open_letters()
    sending = Delivery.objects.filter(state=State.SENDING)
    is_over = Q(lease_until__lt=now - LEASE_MAY_BE_OVER) | Q(lease_until__gt=now + LEASE + CLOCKS_DIFFER)
    failed_today = Delivery.objects.filter(state=State.FAILED, finished_at__gt=now - timedelta(hours=24)).count()
    health = OutboxHealth(
        oldest_overdue=overdue,
        beat_age=int((now - beat.at).total_seconds()) if beat else None,
        relay_down=relay_is_resting(),
        relay_failing=int(failing_for().total_seconds()),
        num_stuck=sending.filter(is_over).count(),
        paused=outbox_is_paused(),
        held=invitations_are_paused(),
        states={state: counts[state] for state in ("queued", "waiting", "sending")} | {"failed_today": failed_today},
    )
    health.problems.extend(_problems_of(health))
    return health


def _open_letters() -> tuple[int, Counter[str]]:
    """Return for how many seconds the oldest wanted letter has been due, and how many letters are in each open state."""
    now, oldest, counts = clock.now(), [], Counter[str]()
    is_wanted = Q(due_at__lte=now, not_after__gte=now)
    # Two queries, because each kind of open letter has a partial index of its own.
    for states in ([State.QUEUED, State.WAITING], [State.SENDING]):
        rows = Delivery.objects.filter(state__in=states).order_by().values("state")
        for row in rows.annotate(number=Count("pk"), due_at=Min("due_at", filter=is_wanted)):
            counts[row["state"]] += row["number"]
            oldest += [row["due_at"]] if row["due_at"] else []
    return int((now - min(oldest, default=now)).total_seconds()), counts


def _problems_of(health: OutboxHealth) -> list[Problem]:
    is_late = health.oldest_overdue > MAY_BE_LATE.total_seconds()
    beat_age = health.beat_age
    found = [
        (PAUSED, health.paused and is_late),
        (INVITATIONS_PAUSED, health.held and is_late),
        (CLOCK, beat_age is not None and beat_age < -CLOCKS_DIFFER.total_seconds()),
        (NO_BEAT, beat_age is None or beat_age > BEAT_MAY_BE_OLD.total_seconds()),
        (RELAY, health.relay_failing > RELAY_MAY_FAIL.total_seconds()),
        (STUCK, health.num_stuck > 0),
        (LATE, is_late),
    ]
    return [problem for problem, is_so in found if is_so]
