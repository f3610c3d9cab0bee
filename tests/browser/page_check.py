"""What is checked of every page in the browser; each finding is a line of text."""

import contextlib
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tests.browsing import AXE_OPTIONS, DESK, PHONE, SMALLEST, TIMEOUT_MS, scrolls_sideways

AXE = Axe().axe_script
# The dark scheme changes colors and nothing else, so only contrast is checked again.
COLORS_ONLY = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
ALL_RULES = {"runOnly": {"type": "tag", "values": AXE_OPTIONS["runOnly"]}, "resultTypes": ["violations"]}


class Watcher:
    """Collects the console messages, the script errors and the requests to other hosts of all pages of a context."""

    def __init__(self, context: BrowserContext, url: str):
        self.own = urlsplit(url).netloc
        self.heard: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.heard.append(f"script error: {error.error}"))
        context.on("request", self._request)

    def take(self) -> list[str]:
        """Return what was collected since the last call."""
        heard, self.heard = self.heard, []
        return heard

    def _console(self, message: ConsoleMessage) -> None:
        # The browser also reports pages that answer 404 on purpose.
        if message.type in ("error", "warning") and "Failed to load resource: the server responded with" not in message.text:
            self.heard.append(f"console: {message.text[:200]}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.own:
            self.heard.append(f"asks another host: {request.url[:120]}")


def check_page(page: Page, *, with_axe: bool = True) -> list[str]:
    """Return what is wrong with an open page: axe in light and dark, its width at 320, 1280 and 360 px, its h1."""
    found = []
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"has {headings} h1")
    if not page.title().strip() or "Longtable" not in page.title():
        found.append(f"has the title {page.title()!r}")
    for size in (SMALLEST, DESK, PHONE):
        page.set_viewport_size(size)
        if scrolls_sideways(page):
            found.append(f"scrolls sideways at {size['width']} px: {widest(page)}")
    if with_axe:
        page.evaluate(AXE)
        found += [f"light {line}" for line in run_axe(page, ALL_RULES)]
        page.emulate_media(color_scheme="dark")
        found += [f"dark {line}" for line in run_axe(page, COLORS_ONLY)]
        page.emulate_media(color_scheme="light")
    return found


def run_axe(page: Page, options: dict) -> list[str]:
    """Return what axe, already in the page, finds wrong: a line for each element."""
    violations = page.evaluate("options => axe.run(document, options).then(results => results.violations)", options)
    return [
        f"{violation['id']}: {node['html'][:140]} ({(node['any'] or [{'message': violation['help']}])[0]['message'][:160]})"
        for violation in violations
        for node in violation["nodes"][:3]
    ]


def widest(page: Page) -> str:
    """Return the HTML of elements that are wider than the window."""
    return page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(element => {
            const box = element.getBoundingClientRect();
            return box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1)
                && !element.closest('.away, .visually-hidden, .skip');
        }).slice(-3).map(element => element.outerHTML.slice(0, 120)).join(' | ')"""
    )


@contextlib.contextmanager
def watched(browser, url: str, session: str = "", **options):
    """Yield a page of somebody on a phone, and its watcher; with a session, of somebody who signed in."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", **({"locale": "en-US"} | options))
    context.set_default_timeout(TIMEOUT_MS)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    try:
        yield context.new_page(), Watcher(context, url)
    finally:
        context.close()
