"""The pages of a host's letters as a browser sees them (R112 to R115)."""

import json

import pytest

from tests.browser.page_check import check_page, watched
from tests.serving import Site

SETTINGS = "tests.browser.settings_mirrored"
SEED = "from tests.browser.letter_states import print_states; print_states()"
PAGES = [
    *("letters", "letters_none", "letters_draft", "letters_new"),
    *("letter_three_days", "letter_please_confirm", "letter_places_to_lay", "letter_gone", "letter_draft"),
    *("letter_three_days edit/", "letter_three_days move/", "letter_three_days send/", "letter_draft edit/", "words"),
]
# Each form is sent with empty fields, and has to say what is missing.
EMPTY = "document.querySelectorAll('main form input:not([type=hidden]), main form textarea').forEach(e => e.value = '')"
FORMS = ["letters_new", "letter_three_days move/", "letter_draft edit/"]


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("letters") / "site", workers=0, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
        yield site, browser, json.loads(site.shell(SEED).splitlines()[-1])


@pytest.mark.slow
def test_every_page_of_letters_is_readable_by_everybody(house):
    site, browser, facts = house
    wrong = {}
    with watched(browser, site.url, facts["session"]) as (page, watcher):
        for place in PAGES:
            name, _space, rest = place.partition(" ")
            page.goto(site.url + facts["paths"][name] + rest)
            wrong[place] = check_page(page) + watcher.take()
        for place in FORMS:
            name, _space, rest = place.partition(" ")
            page.goto(site.url + facts["paths"][name] + rest)
            page.evaluate(EMPTY)
            page.locator("main form button.button").first.click()
            page.wait_for_load_state()
            found = [] if page.title().startswith("Error:") else [f"no error in the title {page.title()!r}"]
            wrong[f"{place} empty"] = found + check_page(page) + watcher.take()

    assert {place: found for place, found in wrong.items() if found} == {}
