"""P10, the worker's part: the memory of one sending process after a thousand letters and after many, all due at once."""

import os
import tempfile

from bench.serving import IS_QUICK, report
from bench.worker import run_inside, site_with_relay

LETTERS = int(os.environ.get("BENCH_LETTERS") or (60 if IS_QUICK else 10_000))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder) as site:
        first, last = run_inside(site, f"measure_memory({min(1000, LETTERS // 2)}, {LETTERS})")
    report("p10_memory", {"letters": LETTERS, "pss_mb": [first, last], "grew_mb": round(last - first, 1)})


if __name__ == "__main__":
    main()
