"""P9: one mailing becomes a letter for each of very many guests, against a bare INSERT … SELECT of the same rows."""

import os
import tempfile

from bench.serving import IS_QUICK, REPEATS, report
from bench.worker import figures_of, run_inside, site_with_relay

GUESTS = int(os.environ.get("BENCH_GUESTS") or (200 if IS_QUICK else 100_000))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder) as site:
        measured = run_inside(site, f"measure_fan_out({REPEATS}, {GUESTS})")
    facts = {"guests": GUESTS, "memory_grew_mb": measured["grew_mb"]}
    report("p9_fan_out", figures_of(measured["pairs"]) | facts)


if __name__ == "__main__":
    main()
