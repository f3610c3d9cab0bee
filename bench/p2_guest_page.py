"""P2: a guest's link page with a seat, twelve guests and six dishes, against a bare Django page with one query.

Three times: one guest's page again and again; (`table_…`) each of twelve guests of many tables once, one table after the other,
as when an invitation has gone out; and (`cold_…`) one guest of each table, so that nothing like it was rendered before.
"""

import tempfile
from pathlib import Path

from bench.serving import IS_QUICK, REPEATS, BenchSite, Load, ask, compare, pin_client, report

NUM_REQUESTS = 20 if IS_QUICK else 600
NUM_TABLES = 2 if IS_QUICK else 20
NUM_COLD = 10 if IS_QUICK else 120
NUM_WARM = 8 if IS_QUICK else 60
CLIENTS = 4
BARE = "/bare/page/open/"
SHOWN = ("per_second", "per_second_spread", "ratio", "ratio_spread")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        tables = f"[make_table_links() for _ in range({REPEATS * (NUM_TABLES + NUM_COLD)})]"
        rows = f"[make_evening('open', seats=10), {tables}, *(lambda path: [path, count_page_queries(path)])(make_full_table())]"
        _code, tables, path, num_queries = site.call(rows)
        site.start_web()
        pin_client()
        waiting = iter(tables)

        def get(paths: list[str]) -> Load:
            load = ask(site, [("GET", path, None) for path in paths], clients=CLIENTS)
            assert load.statuses == {200}, load.statuses
            return load

        def get_bare(number: int) -> Load:
            return get([BARE] * number)

        get([path] * NUM_WARM)
        bare_bytes = get_bare(NUM_WARM).num_bytes
        figures, loads = compare(lambda: get([path] * NUM_REQUESTS), lambda: get_bare(NUM_REQUESTS))
        table, _loads = compare(
            lambda: get([link for _ in range(NUM_TABLES) for link in next(waiting)]), lambda: get_bare(12 * NUM_TABLES)
        )
        cold, _loads = compare(lambda: get([next(waiting)[0] for _ in range(NUM_COLD)]), lambda: get_bare(NUM_COLD))
    pages = {"html_bytes": loads[0].num_bytes, "bare_html_bytes": bare_bytes, "queries": num_queries, "bare_queries": 1}
    firsts = {f"{name}_{part}": found[part] for name, found in (("table", table), ("cold", cold)) for part in SHOWN}
    report("p2_guest_page", figures | firsts | pages | {"p99_ms": loads[-1].percentile(0.99)})


if __name__ == "__main__":
    main()
