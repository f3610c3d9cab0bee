"""Every page in every state, as people meet it on a phone (R112 to R115): axe-core, width, headings, and nobody else asked."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Error, Page

from tests.browser.page_check import check_page, watched
from tests.browser.visits import GUESTS, HOSTS, LONG, MIRRORED, NOT_FOUND, OTHERS, PUBLIC
from tests.serving import Site

pytestmark = pytest.mark.slow
SETTINGS = "tests.browser.settings_mirrored"
SEED = "from meetups.towns import load_towns; load_towns(); from tests.browser.page_states import print_states; print_states()"


@dataclass(frozen=True)
class House:
    """A running site with rows for everything, and a browser."""

    site: Site
    paths: dict[str, str]
    sessions: dict[str, str]
    browser: object

    def url(self, place: str) -> str:
        """Return the address of "name rest", where name is one of page_states.py, or of a path."""
        if place.startswith("/"):
            return self.site.url + place
        name, _space, rest = place.partition(" ")
        return self.site.url + self.paths[name] + rest


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("house") / "site", workers=0, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
        facts = json.loads(site.shell(SEED).splitlines()[-1])
        site.manage("deliver", "--once", check=False)
        yield House(site, facts["paths"], facts["sessions"], browser)


def complaints(house: House, visits: list, *, who: str = "", is_mirrored: bool = False, **options) -> list[str]:
    """Make the visits of one person in order and return all findings, each with its page."""
    found = []
    session = house.sessions[who] if who else ""
    with watched(house.browser, house.site.url, session, **options) as (page, watcher):
        for _who, place, act in visits:
            done = getattr(act, "__qualname__", "").partition(".")[0]
            response = page.goto(house.url(place))
            if response.status >= 500 or (response.status >= 400) != (place in NOT_FOUND):
                found.append(f"{who or 'anybody'} {place} answers {response.status}")
                continue
            try:
                if act:
                    act(page)
                    page.wait_for_load_state()
            except Error as error:
                found.append(f"{who or 'anybody'} {place} {done}: {error.message[:300]}")
                continue
            wrong = check_page(page) + watcher.take()
            if page.get_attribute("html", "dir") != ("rtl" if is_mirrored else "ltr"):
                wrong.append("is written in the wrong direction")
            found += [f"{who or 'anybody'} {place} {done}: {line}" for line in wrong]
    return found


@pytest.mark.parametrize("visits", [PUBLIC, GUESTS], ids=["public", "guests"])
def test_nothing_stands_in_the_way_of_anybody(house: House, visits: list):
    found = complaints(house, visits)

    assert found == [], "\n".join(found)


@pytest.mark.parametrize("visits", [HOSTS, OTHERS, LONG], ids=["hosts", "others", "long"])
def test_nothing_stands_in_the_way_of_somebody_who_signed_in(house: House, visits: list):
    found = []
    for who in dict.fromkeys(who for who, _place, _act in visits):
        found += complaints(house, [visit for visit in visits if visit[0] == who], who=who)

    assert found == [], "\n".join(found)


# From right to left ----------------------------------------------------------------------------------------------------


def test_the_main_pages_stand_in_a_language_from_right_to_left_too(house: House):
    found = []
    for who in dict.fromkeys(who for who, _place, _act in MIRRORED):
        visits = [visit for visit in MIRRORED if visit[0] == who]
        found += complaints(house, visits, who=who, locale="ar", is_mirrored=True)

    assert found == [], "\n".join(found)


# By keyboard alone -----------------------------------------------------------------------------------------------------

WHERE_FOCUS_IS = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const label = at.labels && at.labels[0];
    return {
        name: at.name || "", value: at.value || "", type: at.type || "", tag: at.tagName, html: at.outerHTML.slice(0, 120),
        has_ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none",
        is_uncovered: !!top && (at.contains(top) || top.contains(at) || !!label && label.contains(top)),
    };
}"""


def tab(page: Page) -> dict:
    """Press Tab and return the element with the focus, which has to have a visible ring and nothing on top of it."""
    page.keyboard.press("Tab")
    stop = page.evaluate(WHERE_FOCUS_IS)
    assert stop["has_ring"], f"no ring around {stop['html']}"
    assert stop["is_uncovered"], f"something covers {stop['html']}"
    return stop


def tab_to(page: Page, name: str, value: str = "") -> None:
    """Press Tab until the field or button of this name has the focus."""
    for _ in range(80):
        stop = tab(page)
        if stop["name"] == name and (not value or stop["value"] == value):
            return
    raise AssertionError(f"no way to {name} {value} by Tab")


def test_a_guest_answers_by_keyboard_alone(house: House):
    with watched(house.browser, house.site.url, java_script_enabled=True) as (page, _watcher):
        page.goto(house.url("guest_leaves"))
        tab_to(page, "rsvp", "yes")
        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.inner_text("h1") == "You are coming"


def test_a_host_writes_a_new_evening_by_keyboard_alone(house: House):
    with watched(house.browser, house.site.url, house.sessions["newcomer"]) as (page, _watcher):
        page.goto(house.url("/host/new/"))
        evening = date.today() + timedelta(days=30)
        where = {"date": f"{evening:%m%d%Y}", "town_name": "Toronto", "street": "12 Elm Street"}
        for step in ({"title": "By hand"}, where, {"seats": "8"}):
            for name, words in step.items():
                tab_to(page, name)
                page.keyboard.type(words)
            if "seats" in step:
                tab_to(page, "visibility")
                page.keyboard.press("ArrowDown")
            tab_to(page, "then", "next")
            with page.expect_navigation():
                page.keyboard.press("Enter")

        assert page.url.endswith("/publish/"), page.inner_text("main")
        assert "By hand" in page.inner_text("main")
        assert f"{evening:%B %Y}" in page.inner_text("main")
