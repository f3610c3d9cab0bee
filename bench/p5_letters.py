"""P5: letters from due rows to committed outcomes in one process, against Django's own way of sending as many.

Twice: tables of twelve, as tables are, and (`large_…`) one mailing to many. `ready_…` is smtplib alone with finished bytes,
`processor_…` the same ratio in processor time of the process that sends, without the database's.
"""

import tempfile

from bench.serving import IS_QUICK, REPEATS, report
from bench.worker import figures_of, run_inside, site_with_relay

TABLES, GUESTS = (2, 3) if IS_QUICK else (40, 12)
LARGE = 8 if IS_QUICK else 480


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, site_with_relay(folder) as site:
        small = run_inside(site, f"measure_letters({REPEATS}, {TABLES}, {GUESTS})")
        large = run_inside(site, f"measure_letters({REPEATS}, 1, {LARGE})")
        num_statements = run_inside(site, "count_statements()")
    figures = figures_of([(ours, django) for ours, django, *_more in small])
    raw = figures_of([(ours, ready) for ours, _django, ready, *_more in small])
    processor = figures_of([(ours, django) for *_per_second, ours, django in small])
    of_many = figures_of([(ours, django) for ours, django, *_more in large])
    facts = {"letters": TABLES * GUESTS, "guests_of_a_table": GUESTS, "statements_of_a_letter": num_statements}
    facts |= {f"large_{name}": of_many[name] for name in ("per_second", "ratio", "ratio_spread")}
    facts |= {"ready_per_second": raw["bare_per_second"], "ready_ratio": raw["ratio"]}
    facts |= {f"processor_{name}": processor[name] for name in ("ratio", "ratio_spread")}
    report("p5_letters", figures | facts)


if __name__ == "__main__":
    main()
