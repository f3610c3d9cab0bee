"""What the benchmarks of letters share: a relay that takes everything, a process of the site that sends, the figures of pairs."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.serving import CAN_PIN, CLIENT_CORE, SERVER_CORE, BenchSite, spread
from tests.serving import ROOT


@contextmanager
def site_with_relay(folder: str, *, seconds_for_each_answer: float = 0, **env: str) -> Iterator[BenchSite]:
    """Start the relay and make a site that sends to it. Whatever the site runs is on one core, the relay on the other."""
    command = [sys.executable, "-m", "bench.sink", str(seconds_for_each_answer)]
    relay = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        port = int(relay.stdout.readline())
        if CAN_PIN:
            os.sched_setaffinity(relay.pid, {CLIENT_CORE})
            os.sched_setaffinity(0, {SERVER_CORE})
        with BenchSite(Path(folder, "site")) as site:
            site.env |= {"EMAIL_URL": f"smtp://127.0.0.1:{port}"} | env
            yield site
    finally:
        relay.kill()
        relay.wait()


def run_inside(site: BenchSite, expression: str):
    """Return what an expression over the functions of bench.letters gives inside the site, by way of JSON."""
    code = f"import json; from bench.letters import *; print(json.dumps({expression}))"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
    done = subprocess.run(command, cwd=ROOT, env=site.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def figures_of(pairs: list[tuple[float, float]]) -> dict:
    """Return the figures of (ours, ceiling) in so many a second, measured in turn; the ratio is that of each pair."""
    ours, bare, ratios = [pair[0] for pair in pairs], [pair[1] for pair in pairs], [one / other for one, other in pairs]
    return {
        "per_second": round(statistics.median(ours), 1),
        "per_second_spread": spread(ours),
        "bare_per_second": round(statistics.median(bare), 1),
        "bare_per_second_spread": spread(bare),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": spread(ratios),
    }
