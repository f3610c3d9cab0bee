"""French and Spanish in a browser: words that are longer still fit a small phone, and the switch needs no script (R116)."""

import json

import pytest

from tests.browser.page_check import check_page, watched
from tests.browsing import plain_context
from tests.serving import Site

pytestmark = pytest.mark.slow

SEED = "from tests.browser.language_states import print_states; print_states()"


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("languages") / "site", workers=0) as site:
        yield site, browser, json.loads(site.shell(SEED).splitlines()[-1])


@pytest.mark.parametrize("language", ["fr", "es"])
def test_pages_of_guests_fit_and_are_readable_in_every_language(house, language):
    site, browser, paths = house
    found = {}
    with watched(browser, site.url, locale=language) as (page, watcher):
        for name, path in paths.items():
            page.goto(site.url + path)
            wrong = check_page(page, with_axe=name in ("invited", "yes", "yes leave")) + watcher.take()
            wrong += [] if page.get_attribute("html", "lang") == language else ["is in another language"]
            found |= {name: wrong} if wrong else {}

    assert found == {}


def test_a_guest_without_script_or_cookies_switches_the_language_in_the_middle_of_a_sentence(house):
    site, browser, paths = house
    context = plain_context(browser)
    page = context.new_page()
    page.goto(site.url + paths["typing"])
    page.locator("details summary").first.click()
    page.fill("[name=note]", "We bring a bench.")

    page.get_by_role("button", name="Français").click()

    assert page.get_attribute("html", "lang") == "fr"
    assert page.input_value("[name=note]") == "We bring a bench."
    page.locator("button[name=rsvp][value=yes]", has_text="Oui, avec ceci").click()
    assert page.inner_text("h1") == "Vous venez"
    assert "We bring a bench." in page.input_value("[name=note]")
    page.goto(site.url + paths["typing"])
    assert page.inner_text("h1") == "Vous venez"
    assert context.cookies() == []
    context.close()
