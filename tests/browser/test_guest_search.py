"""A phoned answer among sixty guests in a real browser: found, written down and taken back in few taps."""

import json

import pytest

from tests.browser.page_check import check_page
from tests.browsing import TIMEOUT_MS, press
from tests.serving import Site

pytestmark = pytest.mark.slow

SEED = """
import json
from tests.browser.page_states import sign_in
from tests.factories import make_guest, make_meetup, make_user
host = make_user("ana@example.org", shown_name="Ana")
meetup = make_meetup(host, title="Soup of the harbor")
for number in range(60):
    rsvp = ["yes", "invited", "no", "invited", "maybe", "invited"][number % 6] if number < 36 else "invited"
    make_guest(meetup, f"guest{number}@example.org", name=f"Guest {number}", rsvp=rsvp)
make_guest(meetup, "jose@example.org", name="José Ñandú")
print(json.dumps([sign_in(host), meetup.code]))
"""


@pytest.fixture
def page(tmp_path, browser):
    with Site(tmp_path / "site", workers=0) as site:
        session, code = json.loads(site.shell(SEED))
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US")
        context.set_default_timeout(TIMEOUT_MS)
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
        page = context.new_page()
        page.goto(f"{site.url}/host/{code}/")
        yield page
        context.close()


def test_one_of_sixty_is_found_and_a_phoned_answer_written_down_in_four_taps_from_the_list(page, tmp_path):
    press(page.get_by_role("link", name="The list of all 61 guests, to search"))
    found = check_page(page)
    page.screenshot(path=tmp_path / "list.png", full_page=True)
    page.get_by_label("Name or address").fill("nandu")
    taps = [
        page.get_by_role("button", name="Search"),
        page.get_by_role("link", name="José Ñandú"),
        page.get_by_role("radio", name="yes"),
        page.get_by_role("button", name="Write it down"),
    ]
    press(taps[0])
    found += check_page(page)
    press(taps[1])
    found += check_page(page)
    taps[2].check()
    press(taps[3])
    print(f"\na phoned answer among 61 guests, from their list: {len(taps)} taps")

    assert "José Ñandú has a seat." in page.inner_text("body")
    found += check_page(page)
    page.screenshot(path=tmp_path / "desk.png", full_page=True)
    press(page.get_by_role("button", name="Take it back"))
    found += check_page(page)

    assert found == []
    assert "José Ñandú has not answered yet, as before." in page.inner_text("body")
