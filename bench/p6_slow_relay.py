"""P6: a relay that takes five milliseconds for each answer, and several connections, against finished bytes over as many.

The relay listens to several commands at once and still takes its time for each, so what k connections can carry is k letters in
four answers, whoever speaks. `ratio` is to finished bytes of which each is named along with the last dot, the quickest there is;
`smtplib_…` to smtplib, which says one command after the other.
"""

import os
import tempfile

from bench.serving import IS_QUICK, REPEATS, report
from bench.worker import figures_of, run_inside, site_with_relay

SECONDS = 0.005
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS") or (2 if IS_QUICK else 4))
TABLES = 6 if IS_QUICK else 60


def main() -> None:
    words = {"seconds_for_each_answer": SECONDS, "SENDING_THREADS": str(CONNECTIONS)}
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder, **words) as site:
        measured = run_inside(site, f"measure_lanes({REPEATS}, {TABLES}, {CONNECTIONS})")
    figures = figures_of([(ours, breath) for ours, breath, _one_by_one in measured])
    plain = figures_of([(ours, one_by_one) for ours, _breath, one_by_one in measured])
    facts = {"smtplib_per_second": plain["bare_per_second"], "smtplib_ratio": plain["ratio"]}
    report("p6_slow_relay", figures | facts | {"connections": CONNECTIONS, "ms_for_each_answer": 1000 * SECONDS})


if __name__ == "__main__":
    main()
