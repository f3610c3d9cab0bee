"""P11: the first view of three pages on a throttled phone: bytes and requests over the wire, largest paint, layout shift.

Chromium with an empty cache, slow 4G and a processor four times slower (by its own DevTools protocol), 360 × 740, against the
site as it is served in production. No ratio: the ceiling of a first view is the same page without us.
"""

import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.serving import IS_QUICK, REPEATS, BenchSite, pin_client, report
from tests.browsing import PHONE, find_chromium, open_browser

PAGES = ("meetup", "guest", "recap")
# Lighthouse's slow 4G: 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms there and back.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
SETTLED_MS = 300 if IS_QUICK else 1500
PATIENCE = 40
# Before the page's own first line; no script of ours is in the page that is measured.
WATCH = """
window.seen = {lcp: 0, cls: 0};
new PerformanceObserver(list => { for (const entry of list.getEntries()) seen.lcp = entry.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.cls += entry.value; })
  .observe({type: "layout-shift", buffered: true});
"""


def first_view(browser, url: str) -> dict:
    """Open a page as a phone that was never here; return kilobytes, requests, largest paint in ms and layout shift."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="en-US")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sizes: dict[str, float] = {}
    hosts: set[str] = set()
    wire.on("Network.requestWillBeSent", lambda event: hosts.add(urlsplit(event["request"]["url"]).netloc))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    page.goto(url, wait_until="load")
    seen = wait_for_paint(page)
    context.close()
    assert hosts == {urlsplit(url).netloc}, hosts
    return {"kb": sum(sizes.values()) / 1000, "requests": len(sizes), "lcp_ms": seen["lcp"], "cls": seen["cls"]}


def wait_for_paint(page) -> dict:
    """Return what the page saw of itself once its largest paint was there and nothing moved for a while."""
    for _second in range(PATIENCE):
        page.wait_for_timeout(SETTLED_MS)
        seen = page.evaluate("seen")
        if seen["lcp"]:
            return seen
    raise AssertionError("nothing was painted")


def measure(browser, url: str) -> dict:
    """Return the median of some first views, and the spread of the largest paint."""
    views = [first_view(browser, url) for _ in range(REPEATS)]
    middle = {name: round(statistics.median(view[name] for view in views), 3) for name in views[0]}
    paints = [view["lcp_ms"] for view in views]
    return middle | {
        "kb": round(middle["kb"], 1),
        "lcp_ms": round(middle["lcp_ms"]),
        "lcp_spread": [*map(round, (min(paints), max(paints)))],
    }


def main() -> None:
    path = find_chromium()
    assert path, "P11 needs a Chromium; CHROMIUM may name it."
    with tempfile.TemporaryDirectory() as folder, BenchSite(Path(folder, "site")) as site:
        paths = dict(zip(PAGES, site.call("[make_open_table(), make_seated_guest(), make_told_recap()]"), strict=True))
        site.start_web()
        pin_client()
        with open_browser(path) as browser:
            first_view(browser, site.url + paths["meetup"])
            views = {name: measure(browser, site.url + paths[name]) for name in PAGES}
    report("p11_first_view", {f"{page}_{name}": value for page, view in views.items() for name, value in view.items()})


if __name__ == "__main__":
    main()
