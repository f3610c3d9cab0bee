"""What the benchmarks share: sites pinned to a core, a client on another, and the one JSON line."""

import http.client
import json
import math
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.serving import Site

IS_QUICK = os.environ.get("BENCH_QUICK") == "1"
REPEATS = 1 if IS_QUICK else 3
SERVER_CORE, CLIENT_CORE = 0, 1
REQUEST_SECONDS = 60
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# Server and client have a core each where the system lets a process say so.
CAN_PIN = hasattr(os, "sched_getaffinity") and {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0)


class BenchSite(Site):
    """The site with production settings, the ceilings beside it and no worker; its web server stays on one core."""

    tables = "bench"

    def __init__(self, folder: Path):
        super().__init__(folder, web=False, workers=0, LOG_LEVEL="WARNING", DJANGO_SETTINGS_MODULE="bench.bare.settings")

    def manage(self, *arguments: str, check: bool = True, **variables: str) -> str:
        """Run a management command; `migrate` makes the tables of the ceilings too."""
        extra = ["--run-syncdb"] if arguments[0] == "migrate" else []
        return super().manage(*arguments, *extra, check=check, **variables)

    def call(self, expression: str):
        """Return what an expression over the functions of bench.rows gives inside the site, by way of JSON."""
        return json.loads(self.shell(f"import json; from bench.rows import *; print(json.dumps({expression}))"))

    def _start(self, name: str, module: str, *arguments: str):
        process = super()._start(name, module, *arguments)
        if CAN_PIN:
            os.sched_setaffinity(process.pid, {SERVER_CORE})
        return process


@dataclass(frozen=True)
class Load:
    """What came of some requests: how many in a second, the milliseconds of each, the statuses, the bytes of the last body."""

    per_second: float
    milliseconds: list[float]
    statuses: set[int]
    num_bytes: int

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which that share of the requests was answered."""
        ordered = sorted(self.milliseconds)
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)


def ask(
    site: BenchSite, requests: list[tuple[str, str, dict | None]], *, clients: int, headers: dict[str, str] | None = None
) -> Load:
    """Send (method, path, form or None) over that many connections that stay open, each request once, and measure."""
    waiting, lock = iter(requests), threading.Lock()
    milliseconds: list[float] = []
    statuses: set[int] = set()
    sizes = [0]
    errors: list[Exception] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=REQUEST_SECONDS)
        try:
            for method, path, form in _shared(waiting, lock):
                started = time.perf_counter()
                connection.request(method, path, urlencode(form) if form else None, (FORM if form else {}) | (headers or {}))
                response = connection.getresponse()
                sizes[0] = len(response.read()) or sizes[0]
                milliseconds.append((time.perf_counter() - started) * 1000)
                statuses.add(response.status)
        except (OSError, http.client.HTTPException) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    if errors:
        raise errors[0]
    return Load(len(milliseconds) / spent, milliseconds, statuses, sizes[0])


def _shared(waiting: Iterator, lock: threading.Lock) -> Iterator:
    """Yield what no other thread has taken."""
    while True:
        with lock:
            request = next(waiting, None)
        if request is None:
            return
        yield request


def pin_client() -> None:
    """Keep this process off the server's core."""
    if CAN_PIN:
        os.sched_setaffinity(0, {CLIENT_CORE})


def spread(values: list[float]) -> list[float]:
    """Return the least and the greatest."""
    return [round(min(values), 2), round(max(values), 2)]


def compare(measure: Callable[[], Load], measure_bare: Callable[[], Load]) -> tuple[dict, list[Load]]:
    """Measure both in turn, several times; return the figures, the ratio that of each pair, and what was measured here."""
    pairs = [(measure_bare(), measure()) for _ in range(REPEATS)]
    ours, bare = [load.per_second for _, load in pairs], [load.per_second for load, _ in pairs]
    ratios = [load.per_second / ceiling.per_second for ceiling, load in pairs]
    figures = {
        "per_second": round(statistics.median(ours), 1),
        "per_second_spread": spread(ours),
        "bare_per_second": round(statistics.median(bare), 1),
        "bare_per_second_spread": spread(bare),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": spread(ratios),
    }
    return figures, [load for _, load in pairs]


def report(name: str, figures: dict) -> None:
    """Print the one JSON line."""
    facts = {
        "bench": name,
        "database": "postgresql" if os.environ.get("DATABASE_URL") else "sqlite",
        "broker": "redis" if os.environ.get("REDIS_URL") else "embedded",
        "repeats": REPEATS,
        "is_pinned": CAN_PIN,
        "python": platform.python_version(),
    }
    print(json.dumps(facts | figures))
    sys.stdout.flush()
