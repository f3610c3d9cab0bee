"""A full table as a phone fetches it and as a printer prints it: what is on the wire, and what goes on a fridge."""

import json
import re
from dataclasses import dataclass

import pytest

from tests.browsing import plain_context
from tests.serving import Site

pytestmark = pytest.mark.slow

MOST_REQUESTS = 6
SEED = """
import json
from hosts.models import User
from meetups.models import Meetup
from meetups.access.tokens import make_guest_token
from tests.browser.page_states import sign_in
from tests.factories import make_contribution, make_full_evening, make_guest, make_held_meetup, make_recap
guest = make_full_evening()
meetup = guest.meetup
Meetup.objects.update(visibility="listed")
held = make_held_meetup()
for number in range(12):
    make_contribution(make_guest(held, rsvp="yes", attended=True), f"Sentence {number}: I left less alone than I came.")
paths = {
    "guest": "/r/" + make_guest_token(guest),
    "print": f"/host/{meetup.code}/print/",
    "meetup": meetup.get_absolute_url(),
    "recap": make_recap(held).get_absolute_url(),
}
print(json.dumps([paths, sign_in(meetup.host)]))
"""


@dataclass(frozen=True)
class Evening:
    site: Site
    paths: dict[str, str]
    session: str
    browser: object


@pytest.fixture(scope="module")
def evening(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("sheet") / "site", workers=0) as site:
        yield Evening(site, *json.loads(site.shell(SEED).splitlines()[-1]), browser)


def open_page(evening: Evening, path: str):
    context = plain_context(evening.browser)
    context.add_cookies([{"name": "sessionid", "value": evening.session, "url": evening.site.url}])
    page = context.new_page()
    page.goto(evening.site.url + path)
    return page


def num_sheets(pdf: bytes) -> int:
    """Return how many pages a PDF of Chromium has, by the count in its tree of pages."""
    return max(map(int, re.findall(rb"/Count (\d+)", pdf)))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("whose", ["guest", "print"])
def test_a_full_table_fits_on_one_sheet_with_nothing_to_press(evening: Evening, whose: str, paper: str):
    page = open_page(evening, evening.paths[whose])
    page.emulate_media(media="print")

    pressable = page.locator("main :is(form, button, input, select, textarea, .actions), nav, .site-foot")
    shown = [element.inner_text() for element in pressable.all() if element.is_visible()]
    sheet = page.locator("main").inner_text()
    pdf = page.pdf(format=paper)
    page.context.close()

    assert shown == []
    assert num_sheets(pdf) == 1
    told = ["7:00 p.m., Toronto time", "+1 416 555 0142", "Plum cake"]
    told += ["12 Lindenblossom Street", "bell Marlowe"] if whose == "guest" else ["no nuts", "Places to lay"]
    assert [words for words in told if words not in sheet] == []


@pytest.mark.parametrize("kit", ["work", "poem"])
def test_a_kit_of_the_shelf_fits_on_one_sheet(evening: Evening, kit: str):
    """The longest ones, in the longest language."""
    page = open_page(evening, f"/kits/{kit}/?lang=fr")
    page.emulate_media(media="print")
    sheets = {paper: num_sheets(page.pdf(format=paper)) for paper in ("A4", "Letter")}
    page.context.close()

    assert sheets == {"A4": 1, "Letter": 1}


# The limits of P11; the meetup's page is close to its 50 kB and gets room for a rule or two of style.
@pytest.mark.parametrize(("name", "most"), [("guest", 60_000), ("meetup", 51_000), ("recap", 90_000)])
def test_a_page_is_light_the_first_time_and_asks_nobody_else(evening: Evening, name: str, most: int):
    context = plain_context(evening.browser)
    page = context.new_page()
    asked: list[str] = []
    weight: dict[str, int] = {}
    page.on("request", lambda request: asked.append(request.url))
    policies: dict[str, str] = {}
    page.on("response", lambda answer: policies.update({answer.url: answer.headers.get("content-security-policy", "")}))
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: weight.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(evening.site.url + evening.paths[name], wait_until="networkidle")
    context.close()

    assert {policy for url, policy in policies.items() if "/static/" in url} == {"default-src 'none'"}
    assert len(asked) <= MOST_REQUESTS
    assert [url for url in asked if not url.startswith(evening.site.url + "/")] == []
    print(f"{name}: {sum(weight.values()):,d} bytes, {len(asked)} requests")
    assert sum(weight.values()) <= most
