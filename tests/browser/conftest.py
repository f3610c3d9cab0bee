"""One Chromium for all tests of pages that run in the same process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsing import open_browser


# Ends with this package: while Playwright's event loop runs, Django refuses database queries in the test's own process.
@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    with open_browser(chromium_path) as browser:
        yield browser
