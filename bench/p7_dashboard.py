"""P7: the dashboard of a campaign of 20,000 evenings among 200,000 with 2,000,000 guests, and its files. PostgreSQL alone."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

from bench.serving import CLIENT_CORE, IS_QUICK, REPEATS, BenchSite, Load, ask, compare, pin_client, report, spread
from tests.serving import ROOT

MEETUPS, GUESTS, OF_CAMPAIGN = (2_000, 20_000, 600) if IS_QUICK else (200_000, 2_000_000, 20_000)
NUM_REQUESTS, CLIENTS = (20, 2) if IS_QUICK else (200, 4)
BARE = "/bare/page/open/"
QUERY_BAR, RATIO_BAR = 12, 15


def run_inside(site: BenchSite, expression: str):
    """Return what an expression over the functions of bench.campaign_rows gives inside the site; it may take minutes."""
    code = f"import json; from bench.campaign_rows import *; print(json.dumps({expression}))"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
    done = subprocess.run(command, cwd=ROOT, env=site.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def memory(site: BenchSite) -> int:
    """Return the resident kilobytes of the largest process of the web server."""
    found = subprocess.run(["ps", "-o", "rss=", "--ppid", str(site.web.pid)], capture_output=True, text=True, check=True).stdout
    return max(int(number) for number in found.split())


def peak_while(site: BenchSite, act) -> int:
    """Return the most kilobytes that the web server took while `act` ran."""
    seen, is_over = [memory(site)], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.05):
            seen.append(memory(site))

    thread = threading.Thread(target=watch)
    thread.start()
    act()
    is_over.set()
    thread.join()
    return max(seen)


def measure_export(site: BenchSite, path: str, cookie: str) -> dict:
    """Return bytes, seconds, and the megabytes by which the web server grew while the file was read, the second time."""
    sizes: list[int] = []

    def read() -> None:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=600)
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        assert response.status == 200, response.status
        size = 0
        while chunk := response.read(65_536):
            size += len(chunk)
        sizes.append(size)
        connection.close()

    before = memory(site)
    grown = peak_while(site, read) - before
    started, before = time.perf_counter(), memory(site)
    grown_again = peak_while(site, read) - before
    spent = time.perf_counter() - started
    return {
        "bytes": sizes[-1],
        "seconds": round(spent, 1),
        "grown_mb": round(grown / 1024, 1),
        "again_mb": round(grown_again / 1024, 1),
    }


def main() -> None:
    assert os.environ.get("DATABASE_URL"), "P7 wants PostgreSQL: DATABASE_URL=postgres://…"
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        # One process, so that it is the one whose memory is read.
        site.env["WEB_WORKERS"] = "1"
        site.call("make_evening('open', seats=10)")
        started = time.perf_counter()
        slug, session = run_inside(site, f"make_large_site({MEETUPS}, {GUESTS}, {OF_CAMPAIGN})")
        made = round(time.perf_counter() - started)
        queries = run_inside(site, f"count_board_queries({slug!r}, {session!r})")
        site.start_web()
        pin_client()
        path, cookie = f"/c/{slug}/dashboard/", f"sessionid={session}"

        def get(address: str, number: int, clients: int = CLIENTS) -> Load:
            load = ask(site, [("GET", address, None)] * number, clients=clients, headers={"Cookie": cookie})
            assert load.statuses == {200}, load.statuses
            return load

        # First, while the process is small: what a count leaves free would hide what a file takes.
        get(BARE, 20)
        files = {name: measure_export(site, f"/c/{slug}/{name}", cookie) for name in ("dashboard.csv", "dashboard.xlsx")}

        cold = [get(f"{path}?since=2020-01-0{number + 1}", 1, 1).milliseconds[0] for number in range(REPEATS)]
        get(path, 3, 1)
        get(BARE, 20)
        # Within the minute for which it is kept; a worker would count it again before that ends.
        figures, loads = compare(lambda: (get(path, 1, 1), get(path, NUM_REQUESTS))[1], lambda: get(BARE, NUM_REQUESTS))
        found = {"recount_ms": [run_inside(site, f"time_recount({slug!r})") for _ in range(REPEATS)]}
    times_bare = round(1 / figures["ratio"], 1)
    report(
        "p7_dashboard",
        figures
        | {"times_bare": times_bare, "times_bare_bar": RATIO_BAR, "queries": queries, "query_bar": QUERY_BAR}
        | {"cold_ms": spread(cold), "html_bytes": loads[0].num_bytes, "p99_ms": loads[-1].percentile(0.99)}
        | {"exports": files, "made_in_seconds": made, "client_core": CLIENT_CORE}
        | found,
    )


if __name__ == "__main__":
    main()
