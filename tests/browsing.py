"""A real Chromium for tests: pages as a person opens them, and what axe-core says of them."""

import contextlib
import re
from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

# What the window around a page does: the list below the address bar is two pages more in each window, which are drawn anew with
# each size and each address. Only the last list counts, so what Playwright switches off and a test may meet stands here too.
SWITCHED_OFF = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "HttpsUpgrades", "MediaRouter"]
SWITCHED_OFF += [
    "PaintHolding",
    "HttpsFirstBalancedModeAutoEnable",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "PreconnectToSearch",
]
SWITCHED_OFF += ["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "LensOverlay", "AimEnabled"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
ARGUMENTS += [f"--disable-features={','.join(SWITCHED_OFF)}"]
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = {"width": 360, "height": 740}
SMALLEST = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
TIMEOUT_MS = 15_000


@contextlib.contextmanager
def open_browser(path: str) -> Iterator[Browser]:
    """Yield a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def plain_context(browser: Browser, **options) -> BrowserContext:
    """Return a context of somebody who follows a link in a mail app: no script, on a small phone."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US", **options)
    context.set_default_timeout(TIMEOUT_MS)
    return context


def press(target: Locator) -> None:
    """Press a button that leads to another page, and wait for that page: what is read next is read there."""
    with target.page.expect_navigation():
        target.click()


def links_in(text: str, url: str) -> list[str]:
    """Return the links of our own site in a letter's text."""
    return re.findall(rf"{re.escape(url)}[^\s>\"')]*", text)


def axe_findings(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page, a line each; empty when it finds nothing."""
    results = Axe().run(page, options=AXE_OPTIONS).response
    return [
        f"{page.url} {violation['id']}: {node['html'][:160]} ({violation['help']})"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
