"""A host invites from a file in a real browser: the columns, the people, and what was not understood, each page checked."""

import json

import pytest

from tests.browser.page_check import check_page
from tests.browsing import TIMEOUT_MS, press
from tests.serving import Site

pytestmark = pytest.mark.slow

SEED = """
import json
from tests.browser.page_states import sign_in
from tests.factories import make_meetup, make_user
host = make_user("ana@example.org", shown_name="Ana")
print(json.dumps([sign_in(host), make_meetup(host, title="Soup of the harbor").code]))
"""
ROWS = """First Name;Last Name;Email;Phone;Notes
Ben;Wu;ben@example.org;416-555-0100;brings soup
José;Ñandú;jose@example.org;;
Cleo;Oh;;;
"""
FILE = {"name": "guests.csv", "mimeType": "text/csv", "buffer": ROWS.encode("cp1252")}


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("file"), workers=0) as site:
        yield site, browser, *json.loads(site.shell(SEED))


@pytest.fixture
def page(house):
    site, browser, session, code = house
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US")
    context.set_default_timeout(TIMEOUT_MS)
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = context.new_page()
    page.goto(f"{site.url}/host/{code}/invite/")
    yield page
    context.close()


def test_each_step_of_a_file_can_be_read_and_used_by_anybody(page, tmp_path):
    found = check_page(page)
    page.get_by_label("Addresses").fill("Dora <dora@example.org>\nEmma")
    page.get_by_label("Or a file").set_input_files(FILE)
    press(page.get_by_role("button", name="See what was understood"))
    page.get_by_label("The address stands in").select_option(index=0)
    press(page.get_by_role("button", name="See what was understood"))
    assert "There is no address in this column." in page.inner_text("main")
    found += check_page(page)
    page.screenshot(path=tmp_path / "columns.png", full_page=True)
    page.get_by_label("The address stands in").select_option(label="C: Email, ben@example.org")
    press(page.get_by_role("button", name="See what was understood"))
    found += check_page(page)
    page.screenshot(path=tmp_path / "people.png", full_page=True)
    assert [box.input_value() for box in page.locator("[name=to]").all()] == [
        "dora@example.org",
        "ben@example.org",
        "jose@example.org",
    ]
    assert "José Ñandú · jose@example.org" in page.inner_text("main")
    page.get_by_label("I know these people").check()
    press(page.get_by_role("button", name="Send the invitations"))
    found += check_page(page)
    page.screenshot(path=tmp_path / "invited.png", full_page=True)

    assert found == []
    assert "3 people are added to your list. 2 lines were not understood." in page.inner_text("main")
    assert page.get_by_label("Addresses").input_value() == "Emma\nCleo Oh"
