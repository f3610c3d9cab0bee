"""What a flow through a whole evening needs: a running site, a relay, a browser, and a clock that can be moved."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browsing import DESK, TIMEOUT_MS, open_browser, plain_context
from tests.serving import Site
from tests.smtpsink import Received, Sink

LETTER_SECONDS = 40


@dataclass
class Story:
    """One running site with its relay and browser."""

    site: Site
    sink: Sink
    browser: Browser
    clock_file: Path

    @property
    def url(self) -> str:
        return self.site.url

    def letter_to(self, address: str, saying: str) -> Received:
        """Wait for a letter to this address that says these words in its subject or text, and return the latest one."""

        def found(sink: Sink) -> Received | None:
            return next((one for one in reversed(sink.to(address)) if saying in f"{one.subject}\n{one.text}"), None)

        return self.sink.wait_for(found, LETTER_SECONDS)

    def link_in(self, letter: Received, start: str) -> str:
        """Return the first link of the letter's text that begins with this path."""
        match = re.search(rf"{re.escape(self.url)}{start}[\w/?=&%.-]*", letter.text)
        assert match, f"no link to {start} in:\n{letter.text}"
        return match.group()

    def guest_page(self) -> Page:
        """Return a fresh page of somebody in a mail app: no script, no cookies, a small phone."""
        return plain_context(self.browser).new_page()

    def host_page(self, *, with_script: bool = True) -> Page:
        context = self.browser.new_context(java_script_enabled=with_script, viewport=DESK, locale="en-US")
        context.set_default_timeout(TIMEOUT_MS)
        return context.new_page()

    def sign_in(self, page: Page, address: str, name: str, *, path: str = "/host/") -> None:
        """Sign in with a mailed code, and say what to be called when asked."""
        page.goto(f"{self.url}{path}")
        page.fill("input[name=email]", address)
        page.click("main form button:not([name])")
        page.fill("input[name=code]", self.code_for(address))
        page.click("button:has-text('Sign in') >> nth=-1")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        if page.locator("input[name=shown_name]").count():
            page.fill("input[name=shown_name]", name)
            page.click("main form button.button")

    def code_for(self, address: str) -> str:
        """Wait for a sign-in code to this address and return the latest one."""
        return re.search(r"\b\d{6}\b", self.letter_to(address, "sign-in code").text).group()

    def move_clock(self, to: datetime) -> None:
        """Set the clock of all processes to a moment."""
        self.clock_file.write_text("0")
        seconds = (to - datetime.now(to.tzinfo)).total_seconds()
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.clock_file)

    def move_by(self, **delta: float) -> None:
        """Let so much time pass."""
        passed = float(self.clock_file.read_text() or 0) + timedelta(**delta).total_seconds()
        self.clock_file.write_text(str(passed))


@contextlib.contextmanager
def open_story(folder: Path, chromium: str, **options) -> Iterator[Story]:
    """Yield a story with a site that mails through a real SMTP server, a worker, and a browser."""
    clock_file = folder / "clock"
    clock_file.write_text("0")
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(Sink())
        words = {"TEST_CLOCK_FILE": str(clock_file), "SWEEP_SECONDS": "1"} | options
        site = stack.enter_context(Site(folder / "site", email_url=sink.url, **words))
        site.manage("load_towns")
        browser = stack.enter_context(open_browser(chromium))
        yield Story(site, sink, browser, clock_file)
