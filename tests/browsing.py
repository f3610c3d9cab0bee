"""A real Chromium for tests: pages as a person opens them."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

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
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
CHROMIUM_ON_MACOS = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
PHONE = {"width": 360, "height": 740}
SMALLEST = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
TIMEOUT_MS = 15_000


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: CHROMIUM, then PATH, then where macOS puts it."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"] if Path(os.environ["CHROMIUM"]).exists() else None
    found = [shutil.which(name) for name in CHROMIUM_NAMES] + [path for path in CHROMIUM_ON_MACOS if Path(path).exists()]
    return next(filter(None, found), None)


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


def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
