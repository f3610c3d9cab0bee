"""P2: a guest's link page with a seat, twelve guests and six dishes, against a bare Django page with one query.

It is never kept: who sees what depends on who opens it, and a press a moment ago must show.
"""

import tempfile
from pathlib import Path

from bench.serving import IS_QUICK, BenchSite, Load, ask, compare, pin_client, report

NUM_REQUESTS = 20 if IS_QUICK else 240
NUM_WARM = 8 if IS_QUICK else 40
CLIENTS = 4
BARE = "/bare/page/open/"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        rows = "[make_evening('open', seats=10), *(lambda path: [path, count_page_queries(path)])(make_full_table())]"
        _code, path, num_queries = site.call(rows)
        site.start_web()
        pin_client()

        def get(path: str, number: int) -> Load:
            load = ask(site, [("GET", path, None)] * number, clients=CLIENTS)
            assert load.statuses == {200}, load.statuses
            return load

        get(path, NUM_WARM)
        bare_bytes = get(BARE, NUM_WARM).num_bytes
        figures, loads = compare(lambda: get(path, NUM_REQUESTS), lambda: get(BARE, NUM_REQUESTS))
    pages = {"html_bytes": loads[0].num_bytes, "bare_html_bytes": bare_bytes, "queries": num_queries, "bare_queries": 1}
    report("p2_guest_page", figures | pages | {"p99_ms": loads[-1].percentile(0.99)})


if __name__ == "__main__":
    main()
