"""P3: many guests of one meetup answer yes at once, against a bare view that locks, counts and inserts.

After each storm the seats and the letters are counted: nobody beyond the seats, no answer lost, one letter for each guest.
"""

import os
import statistics
import tempfile
from pathlib import Path

from bench.serving import IS_QUICK, REPEATS, BenchSite, Load, ask, compare, pin_client, report

CLIENTS = 16
NUM_GUESTS, SEATS = (20, 5) if IS_QUICK else (300, 50)
# Small storms, all at once at the edge of the last seat.
NUM_STORMS = int(os.environ.get("BENCH_STORMS") or (1 if IS_QUICK else 20))
STORM_CLIENTS, STORM_GUESTS, STORM_SEATS = 8, 16, 5


def answer_all(site: BenchSite, paths: list[str], clients: int = CLIENTS) -> Load:
    """Let every guest press yes once."""
    load = ask(site, [("POST", path, {"rsvp": "yes", "party_size": "1"}) for path in paths], clients=clients)
    assert load.statuses == {303}, load.statuses
    return load


def answer_bare(site: BenchSite, code: str) -> Load:
    """Let as many names answer the ceiling."""
    load = ask(site, [("POST", f"/bare/answer/{code}/", {"name": f"Guest {n}"}) for n in range(NUM_GUESTS)], clients=CLIENTS)
    assert load.statuses == {303}, load.statuses
    return load


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        codes = [f"hot{number}" for number in range(REPEATS + 1)]
        made = f"[make_hot_table({NUM_GUESTS}, seats={SEATS}) for _ in range({REPEATS + 1})]"
        small = f"[make_hot_table({STORM_GUESTS}, seats={STORM_SEATS}) for _ in range({NUM_STORMS})]"
        evenings = f"[make_evening(code, seats={SEATS}) for code in {codes}]"
        hot, storms, num_queries, _codes = site.call(f"[{made}, {small}, count_answer_queries(), {evenings}]")
        site.start_web()
        pin_client()
        tables, evening = iter(hot), iter(codes)

        answer_bare(site, next(evening))
        answer_all(site, next(tables)[1])
        figures, loads = compare(lambda: answer_all(site, next(tables)[1]), lambda: answer_bare(site, next(evening)))
        for _pk, paths in storms:
            answer_all(site, paths, STORM_CLIENTS)
        pks = [pk for pk, _paths in hot + storms]
        checked, counted = site.call(f"[[check_storm(pk) for pk in {pks}], [count_answers(code) for code in {codes}]]")
    assert counted == [[SEATS, NUM_GUESTS]] * len(codes), counted
    facts = {
        "p99_ms": round(statistics.median(load.percentile(0.99) for load in loads), 1),
        "p50_ms": round(statistics.median(load.percentile(0.5) for load in loads), 1),
        "queries": num_queries,
        "bare_queries": 3,
        "storms": len(checked),
        "over": sum(over for over, _lost in checked),
        "lost": sum(lost for _over, lost in checked),
    }
    report("p3_rsvp_storm", figures | facts)


if __name__ == "__main__":
    main()
