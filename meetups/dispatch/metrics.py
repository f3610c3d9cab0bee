"""Figures of the outbox for the operator's page and for /metrics. Writes nothing."""

import platform
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import celery
import django
import tzdata
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from meetups.dispatch.health import PROBLEMS, outbox_health
from meetups.dispatch.relay_state import RELAY_DOWN
from meetups.models import Delivery, Guest, Heartbeat
from meetups.text.clean import AN_ADDRESS
from meetups.times import clock

State = Delivery.State
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
MOST_TROUBLES = 20
# Relays often repeat the address, so one reason comes in as many variants as there are addresses.
MOST_GROUPS = 500
OPEN_STATES = [State.QUEUED, State.WAITING, State.SENDING]


def _counted(rows: QuerySet[Delivery], *fields: str) -> list[tuple[Any, ...]]:
    return list(rows.order_by().values_list(*fields).annotate(n=Count("pk")).order_by(*fields))


def open_letters() -> dict[str, int]:
    """Return how many letters are in each open state."""
    counts = dict(_counted(Delivery.objects.open(), "state"))
    return {str(state): counts.get(state, 0) for state in OPEN_STATES}


def ended_letters() -> list[tuple[str, str, int]]:
    """Return state, kind and number of the letters that ended in the last 24 hours."""
    return _counted(Delivery.objects.filter(finished_at__gt=clock.now() - A_DAY), "state", "kind")


def came_back() -> dict[str, int]:
    """Return what came back in seven days, and how many guests are undeliverable or paused now."""
    now = clock.now()
    guests = Guest.objects.exclude(email=None)
    return {
        "bounces": Delivery.objects.filter(bounced_at__gt=now - A_WEEK).count(),
        "complaints": Delivery.objects.filter(complained_at__gt=now - A_WEEK).count(),
        "undeliverable": guests.filter(undeliverable_at__isnull=False).count(),
        "paused_addresses": guests.filter(mail_paused_until__gt=now).count(),
    }


@dataclass(frozen=True)
class Trouble:
    """Letters that failed or wait for the same reason."""

    state: str
    code: int | None
    words: str
    number: int


def troubles() -> list[Trouble]:
    """Return why letters failed in the last week or wait now, the most frequent first. Addresses are taken out of the words."""
    since = clock.now() - A_WEEK
    failed = Delivery.objects.filter(state__in=[State.FAILED, State.UNKNOWN], finished_at__gt=since)
    waiting = Delivery.objects.filter(state=State.WAITING).exclude(last_words="")
    found: Counter[tuple[str, int | None, str]] = Counter()
    for rows in (failed, waiting):
        grouped = rows.order_by().values_list("state", "last_code", "last_words").annotate(n=Count("pk")).order_by("-n")
        for state, code, words, number in grouped[:MOST_GROUPS]:
            found[state, code, " ".join(AN_ADDRESS.sub("", words).split())] += number
    return [Trouble(state, code, words, number) for (state, code, words), number in found.most_common(MOST_TROUBLES)]


def failed_letters() -> QuerySet[Delivery]:
    """Return the letters that can be tried again: failed or unknown, and still useful."""
    return Delivery.objects.filter(state__in=[State.FAILED, State.UNKNOWN], not_after__gt=clock.now())


def operator_facts() -> dict[str, Any]:
    """Return the figures of the operator's page; `troubles` returns the reasons."""
    health = outbox_health()
    facts = health.facts() | {"problems": health.problems, "open": open_letters(), "back": came_back()}
    ended: dict[str, int] = {}
    for state, _kind, number in ended_letters():
        ended[state] = ended.get(state, 0) + number
    rest = Heartbeat.objects.filter(name=RELAY_DOWN).first() if facts["relay_down"] else None
    disk = shutil.disk_usage(settings.VAR_DIR)
    return facts | {
        "ended": ended,
        "rests_until": rest.at if rest else None,
        "num_failed": failed_letters().count(),
        "disk_free": disk.free,
        "disk_percent": round(100 * disk.free / disk.total),
        "versions": versions(),
    }


def versions() -> list[tuple[str, str]]:
    """Return name and version of what runs."""
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(connection.vendor, connection.vendor)
    database = f"{name} {'.'.join(map(str, connection.get_database_version()))}"
    return [
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("Celery", celery.__version__),
        ("tzdata", tzdata.IANA_VERSION),
        (_("database"), database),
    ]


def metrics_text() -> str:
    """Return the numbers in Prometheus' text format, version 0.0.4. No address, no title and no token is in it."""
    health, back = outbox_health(), came_back()
    lines: list[str] = []

    def gauge(name: str, about: str, values: Iterable[tuple[str, float]]) -> None:
        lines.append(f"# HELP longtable_{name} {about}")
        lines.append(f"# TYPE longtable_{name} gauge")
        lines.extend(f"longtable_{name}{labels} {value}" for labels, value in values)

    gauge("letters_open", "Letters by state, those still to be sent.", [(_labels(state=s), n) for s, n in open_letters().items()])
    ended = [(_labels(state=state, kind=kind), number) for state, kind, number in ended_letters()]
    gauge("letters_ended_24h", "Letters that came to an end in the last 24 hours, by state and kind.", ended)
    gauge(
        "oldest_overdue_seconds",
        "For how long the oldest letter that is still wanted has been due.",
        [("", health.oldest_overdue)],
    )
    if health.beat_age is not None:
        gauge("beat_age_seconds", "Seconds since the last sweep.", [("", health.beat_age)])
    gauge("relay_down", "1 while the relay rests.", [("", int(health.relay_down))])
    gauge("relay_failing_seconds", "For how long the relay has taken no letter.", [("", health.relay_failing)])
    gauge("letters_stuck", "Letters that are leased to nobody.", [("", health.num_stuck)])
    gauge("outbox_paused", "1 while staff have stopped the outbox.", [("", int(health.paused))])
    is_so = {problem.code: int(problem in health.problems) for problem in PROBLEMS}
    gauge("problem", "1 for each problem that makes /healthz red.", [(_labels(code=code), n) for code, n in is_so.items()])
    gauge("came_back_7d", "What came back in seven days.", [(_labels(what=w), back[w]) for w in ("bounces", "complaints")])
    gauge("disk_free_bytes", "Free space where the site keeps its files.", [("", shutil.disk_usage(settings.VAR_DIR).free)])
    return "\n".join(lines) + "\n"


def _labels(**words: str) -> str:
    return "{" + ",".join(f'{name}="{word}"' for name, word in words.items()) + "}"
