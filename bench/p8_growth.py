"""P8, the worker's part: a sweep that finds nothing and one that sends, in a small and in a large site."""

import os
import statistics
import subprocess
import sys
import tempfile

from bench.serving import IS_QUICK, REPEATS, report, spread
from bench.worker import run_inside, site_with_relay
from tests.serving import ROOT

SMALL, LARGE = (20, 60) if IS_QUICK else (1_000, int(os.environ.get("BENCH_MEETUPS") or 10_000))
DUE = 5 if IS_QUICK else 100


def measure(meetups: int) -> tuple[float, float]:
    """Return the milliseconds of a sweep that finds nothing, and of each letter of one that sends, at that size."""
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder) as site:
        size = ["--meetups", str(meetups), "--guests", str(10 * meetups), "--due", str(2 * DUE)]
        command = [sys.executable, "manage.py", "demo", *size]
        subprocess.run(command, cwd=ROOT, env=site.env, stdout=subprocess.DEVNULL, check=True)
        return run_inside(site, f"measure_sweep({DUE})")


def main() -> None:
    pairs = [(measure(SMALL), measure(LARGE)) for _ in range(REPEATS)]
    idle = [large[0] / small[0] for small, large in pairs]
    letter = [large[1] / small[1] for small, large in pairs]
    figures = {
        "meetups": [SMALL, LARGE],
        "idle_ms": [round(pairs[-1][which][0], 2) for which in (0, 1)],
        "letter_ms": [round(pairs[-1][which][1], 2) for which in (0, 1)],
        "idle_ratio": round(statistics.median(idle), 3),
        "idle_ratio_spread": spread(idle),
        "letter_ratio": round(statistics.median(letter), 3),
        "letter_ratio_spread": spread(letter),
    }
    report("p8_growth", figures)


if __name__ == "__main__":
    main()
