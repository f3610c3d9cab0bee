"""P6: a relay that takes five milliseconds for each answer, and several connections, against finished bytes over as many."""

import os
import tempfile

from bench.serving import IS_QUICK, REPEATS, report
from bench.worker import figures_of, run_inside, site_with_relay

SECONDS = 0.005
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS") or (2 if IS_QUICK else 4))
TABLES = 6 if IS_QUICK else 60


def main() -> None:
    lanes = {"seconds_for_each_answer": SECONDS, "SENDING_THREADS": str(CONNECTIONS)}
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder, **lanes) as site:
        pairs = run_inside(site, f"measure_lanes({REPEATS}, {TABLES}, {CONNECTIONS})")
    report("p6_slow_relay", figures_of(pairs) | {"connections": CONNECTIONS, "ms_for_each_answer": 1000 * SECONDS})


if __name__ == "__main__":
    main()
