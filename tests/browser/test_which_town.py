"""Which town is meant, asked in a real browser without a script: read aloud, answered by keyboard, nothing typed lost."""

import json

import pytest

from tests.browser.page_check import check_page
from tests.browsing import TIMEOUT_MS, press
from tests.serving import Site

pytestmark = pytest.mark.slow

SEED = """
import json
from meetups.towns import load_towns
from tests.browser.page_states import sign_in
from tests.factories import make_meetup, make_user
from tests.towns import town_of
load_towns()
host = make_user("ana@example.org", shown_name="Ana")
maine = town_of("Portland", "ME", "US")
make_meetup(host, visibility="listed", title="Lobster soup", town=maine, town_name="Portland")
print(json.dumps(sign_in(host)))
"""
SAVED = """
import json
from meetups.models import Meetup
draft = Meetup.objects.get(title="Soup of the harbor")
print(json.dumps([draft.zone, draft.region, draft.door, draft.town.region]))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("town"), workers=0) as site:
        yield site, browser, json.loads(site.shell(SEED))


def open_asked(house, **options):
    """Return the page of a host who has typed a name that several towns share."""
    site, browser, session = house
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US", **options)
    context.set_default_timeout(TIMEOUT_MS)
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = context.new_page()
    page.goto(f"{site.url}/host/new/all/")
    page.get_by_label("What do you call the evening?").fill("Soup of the harbor")
    page.get_by_label("Town", exact=True).fill("Portland")
    page.get_by_label("The door").fill("second bell")
    press(page.get_by_role("button", name="Save").first)
    return page


def test_the_question_is_one_that_a_screen_reader_reads(house, tmp_path):
    page = open_asked(house)
    group = page.get_by_role("group", name="Which town?")
    said = group.get_attribute("aria-describedby")

    found = check_page(page)
    page.screenshot(path=tmp_path / "asked.png", full_page=True)

    assert found == []
    assert page.locator(f"#{said}").inner_text() == "Several places are called Portland. Which one do you mean?"
    assert "Portland, Oregon, United States (there it is " in group.inner_text()
    page.context.close()


def test_a_host_answers_without_a_script_by_keyboard_and_nothing_typed_is_lost(house):
    page = open_asked(house, java_script_enabled=False)
    radios = page.get_by_role("group", name="Which town?").get_by_role("radio")
    num_ticked = sum(radio.is_checked() for radio in radios.all())

    radios.first.focus()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert num_ticked == 0
    assert json.loads(house[0].shell(SAVED)) == ["America/New_York", "Maine", "second bell", "ME"]
    page.context.close()


def test_a_reader_is_asked_which_town_and_follows_a_link(house):
    site, browser, _session = house
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US")
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(f"{site.url}/find/?town=Portland")

    found = check_page(page)
    press(page.get_by_role("link", name="Portland, Maine, United States"))

    assert found == []
    assert page.locator("h1").inner_text() == "Tables in Portland, Maine, United States"
    assert page.get_by_role("link", name="Lobster soup").is_visible()
    context.close()
