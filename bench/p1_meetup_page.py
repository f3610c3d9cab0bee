"""P1: the public meetup page, anonymous, against a bare Django page with one query behind the same middleware.

Twice: one page that many read, and (`cold_…`) as many pages as there are requests, each seen for the first time.
"""

import tempfile
from pathlib import Path

from bench.serving import IS_QUICK, REPEATS, BenchSite, Load, ask, compare, pin_client, report

NUM_REQUESTS = 20 if IS_QUICK else 1500
NUM_COLD = 20 if IS_QUICK else 300
NUM_WARM = 8 if IS_QUICK else 100
CLIENTS = 4
BARE = "/bare/page/open/"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        made = f"[make_open_table() for _ in range({1 + REPEATS * NUM_COLD})]"
        rows = f"[make_evening('open', seats=10), {made}, count_page_queries(make_open_table())]"
        _code, (path, *others), num_queries = site.call(rows)
        site.start_web()
        pin_client()
        cold_paths = iter(others)

        def get(paths: list[str]) -> Load:
            load = ask(site, [("GET", path, None) for path in paths], clients=CLIENTS)
            assert load.statuses == {200}, load.statuses
            return load

        get([path] * NUM_WARM)
        bare_bytes = get([BARE] * NUM_WARM).num_bytes
        figures, loads = compare(lambda: get([path] * NUM_REQUESTS), lambda: get([BARE] * NUM_REQUESTS))
        cold, _loads = compare(lambda: get([next(cold_paths) for _ in range(NUM_COLD)]), lambda: get([BARE] * NUM_COLD))
    pages = {"html_bytes": loads[0].num_bytes, "bare_html_bytes": bare_bytes, "queries": num_queries, "bare_queries": 1}
    firsts = {f"cold_{name}": cold[name] for name in ("per_second", "per_second_spread", "ratio", "ratio_spread")}
    report("p1_meetup_page", figures | firsts | pages | {"p99_ms": loads[-1].percentile(0.99)})


if __name__ == "__main__":
    main()
