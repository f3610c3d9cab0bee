"""Every page in every state, as people meet it on a phone (R112 to R115): axe-core, width, headings, and nobody else asked."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Error, Page

from tests.browser.looking import look_at, watched
from tests.browsing import open_browser
from tests.serving import Site

SETTINGS = "tests.browser.settings_mirrored"
SEED = "from tests.browser.rooms import show; show()"
# The first thing a form does: the button that Enter would press is not always it.
PRESS = "main form :is(button.button, button.button-danger)"


@dataclass(frozen=True)
class House:
    """A running site with rows for everything, and a browser."""

    site: Site
    paths: dict[str, str]
    sessions: dict[str, str]
    browser: object

    def url(self, place: str) -> str:
        """Return the address of "name rest", where name is one of rooms.py, or of a path."""
        if place.startswith("/"):
            return self.site.url + place
        name, _space, rest = place.partition(" ")
        return self.site.url + self.paths[name] + rest


@pytest.fixture(scope="module")
def house(tmp_path_factory, chromium_path):
    folder = tmp_path_factory.mktemp("house")
    with (
        Site(folder / "site", workers=0, DJANGO_SETTINGS_MODULE=SETTINGS) as site,
        open_browser(chromium_path) as browser,
    ):
        site.manage("load_towns")
        facts = json.loads(site.shell(SEED).splitlines()[-1])
        site.manage("deliver", "--once", check=False)
        yield House(site, facts["paths"], facts["sessions"], browser)


# What is done on a page after it is opened ---------------------------------------------------------------------------


def press(page: Page) -> None:
    """Press the first button of the page's own form, as it is."""
    page.locator(PRESS).first.click()


def send_nothing(page: Page) -> None:
    """Send the page's form without what its button says."""
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form').submit()")


def choose(name: str, value: str):
    def act(page: Page) -> None:
        page.locator(f'main button[name={name}][value="{value}"]').first.click()

    return act


def choose_language(code: str):
    def act(page: Page) -> None:
        page.locator(f"button[name=speak][value={code}]").click()

    return act


def tick_nothing(page: Page) -> None:
    press(page)
    page.wait_for_selector("main [name=sure]")
    press(page)


def leave_the_evening(page: Page) -> None:
    press(page)
    page.check("main [name=sure]")
    press(page)


def find_it_fine(page: Page) -> None:
    page.check("#fine_read")
    choose("fine", "1")(page)


def end_the_link(page: Page) -> None:
    page.check("main [name=sure]")
    press(page)


def take_back(page: Page) -> None:
    choose("scope", "meetup")(page)
    page.click("main button[name=again]")


def fill(then: str = PRESS, **fields: str):
    def act(page: Page) -> None:
        for name, value in fields.items():
            page.fill(f"main [name={name}]", value)
        page.locator(then).first.click()

    return act


def ask_for_a_seat(page: Page) -> None:
    page.fill("[name=name]", "Kim")
    page.fill("[name=email]", "kim@example.net")
    # The form of a person takes longer than that of a script.
    page.wait_for_timeout(2100)
    press(page)


def look_over_a_list(page: Page) -> None:
    fill(addresses="Lena <lena@example.net>, moe@example.net\nnot-an-address, guest@example.org")(page)


def send_a_list(page: Page) -> None:
    look_over_a_list(page)
    page.check("[name=knows]")
    page.locator("button[name=send]").click()


def send_a_list_untold(page: Page) -> None:
    look_over_a_list(page)
    page.locator("button[name=send]").click()


def type_a_wrong_code(page: Page) -> None:
    fill(email="kim@example.net")(page)
    fill(code="000000")(page)


def take_too_late(page: Page) -> None:
    """Press for a dish that is not there any more."""
    page.evaluate("document.querySelector('main button[name=take]').value = 'gone'")
    page.locator("main button[name=take]").first.click()


def stop_the_outbox(page: Page) -> None:
    page.click("main button[value=pause]")


def let_them_go_on(page: Page) -> None:
    page.click("main button[value=resume]")


def first_letter(page: Page) -> None:
    page.locator("main a[href^='/mailbox/']").last.click()


# All pages, in all states ---------------------------------------------------------------------------------------------
# (who, place, what is done there): "" is nobody; the place begins with the name of a path in rooms.py, or is a path.

PUBLIC = [
    ("", "/", None),
    ("", "/?town=Hamilton", None),
    ("", "/?town=Nowhere", None),
    ("", "/find/", None),
    ("", "/find/?town=Sudbury", None),
    ("", "/find/?town=Hamilton", None),
    ("", "/find/?town=Hamilton&page=2", None),
    ("", "/find/?town=Nowhere", None),
    ("", "meetup_listed", None),
    ("", "meetup_listed", press),
    ("", "meetup_by_link", ask_for_a_seat),
    ("", "meetup_by_link", None),
    ("", "meetup_full", None),
    ("", "meetup_canceled", None),
    ("", "meetup_begun", None),
    ("", "meetup_held", None),
    ("", "meetup_fresh", None),
    ("", "meetup_private", None),
    ("", "campaign", None),
    ("", "campaign_empty", None),
    ("", "recap", None),
    ("", "recap_bare", None),
    ("", "recap share/", None),
    ("", "book", None),
    ("", "book_report", None),
    ("", "hold", None),
    ("", "hold", press),
    ("", "hold", fill(town="Leeds", email="kim2@example.net")),
    ("", "recap_gone", None),
    ("", "removal", None),
    ("", "removal", press),
    ("", "removal_asked", None),
    ("", "/privacy/", None),
    ("", "/report/", None),
    ("", "/report/", press),
    ("", "/report/", fill(what="There is something odd on this page.")),
    ("", "/accounts/login/", None),
    ("", "/accounts/login/", press),
    ("", "/accounts/login/", fill(email="kim@example.net")),
    ("", "/accounts/login/", type_a_wrong_code),
    ("", "/mailbox/", None),
    ("", "/mailbox/", first_letter),
    ("", "/nothing/here/", None),
]
GUESTS = [
    ("", "guest_invited", None),
    ("", "guest_invited ?rsvp=yes", None),
    ("", "guest_invited ?rsvp=no", None),
    ("", "guest_invited", send_nothing),
    ("", "guest_yes", None),
    ("", "guest_yes ?rsvp=no", None),
    ("", "guest_yes ?rsvp=maybe", None),
    ("", "guest_maybe", None),
    ("", "guest_no", None),
    ("", "guest_again", None),
    ("", "guest_could_host", None),
    ("", "guest_needs_ride", None),
    ("", "guest_invited ?rsvp=again", None),
    ("", "guest_waiting", None),
    ("", "guest_second", None),
    ("", "guest_offered", None),
    ("", "guest_at_full", None),
    ("", "guest_unproven", None),
    ("", "guest_canceled", None),
    ("", "guest_begun", None),
    ("", "guest_here", None),
    ("", "guest_ended", None),
    ("", "guest_ended_no", None),
    ("", "guest_soon", None),
    ("", "guest_yes /calendar", None),
    ("", "guest_yes /map", None),
    ("", "guest_yes /data", None),
    ("", "guest_yes /leave", None),
    ("", "guest_yes /leave", press),
    ("", "guest_yes /leave", tick_nothing),
    ("", "guest_seated /table", None),
    ("", "guest_seated /leave", leave_the_evening),
    ("", "guest_maybe", choose_language("fr")),
    ("", "guest_soon /confirm", None),
    ("", "guest_soon /confirm?say=more", None),
    ("", "guest_soon /confirm?say=ride", None),
    ("", "guest_soon /confirm", send_nothing),
    ("", "guest_soon /confirm", choose("coming", "yes")),
    ("", "guest_invited /confirm", None),
    ("", "guest_invited /not-me", None),
    ("", "guest_invited /not-me", press),
    ("", "guest_refuses /not-me", end_the_link),
    ("", "guest_yes /table", None),
    ("", "guest_yes /ask", None),
    ("", "/mine/", None),
    ("", "/mine/", press),
    ("", "/mine/", fill(email="kim@example.net")),
    ("", "mine", None),
    ("", "passed_on", None),
    ("", "passed_on", press),
    ("", "passed_on", ask_for_a_seat),
    ("", "passed_by_link", None),
    ("", "passed_by_link", ask_for_a_seat),
    ("", "friend_new", None),
    ("", "friend_new", send_nothing),
    ("", "friend_asked", None),
    ("", "friend_refused", None),
    ("", "guest_yes /not-me", None),
    ("", "mine_empty", None),
    ("", "mine /data", None),
    ("", "mine /leave", None),
    ("", "mine /leave", press),
    ("", "guest_invited /everything", None),
    ("", "guest_invited /everything", press),
    ("", "guest_yes /ask", press),
    ("", "guest_invited /ask", None),
    ("", "guest_yes /table", fill("main form:last-of-type button", words="")),
    ("", "guest_yes /table", take_too_late),
    ("", "guest_invited /table", None),
    ("", "guest_soon /table", None),
    ("", "guest_begun /table", None),
    ("", "guest_ended /after", None),
    ("", "guest_ended /after", send_nothing),
    ("", "guest_ended_no /after", None),
    ("", "guest_ended /after", choose("attended", "yes")),
    ("", "guest_ended /after", press),
    ("", "guest_ended_waiting /after", choose("attended", "no")),
    ("", "guest_came /after", None),
    ("", "guest_came /after", fill(sentence="", shown_as="")),
    ("", "guest_came /after", choose("could_host", "yes")),
    ("", "guest_missed /after", None),
    ("", "words", None),
    ("", "words", fill(sentence="")),
    ("", "words", choose("take_out", "1")),
    ("", "words_gone", None),
    ("", "words_late", None),
    ("", "guest_late /after", None),
    ("", "guest_says /after", None),
    ("", "guest_refused /after", None),
    ("", "words_shown", None),
    ("", "words_shown", choose("fine", "1")),
    ("", "words_shown", choose("agrees", "yes")),
    ("", "words_shown", find_it_fine),
    ("", "unsubscribe_leaves", None),
    ("", "unsubscribe_leaves", choose("scope", "host")),
    ("", "unsubscribe_refuses", take_back),
    ("", "unsubscribe_host", None),
    ("", "unsubscribe_host", choose("scope", "everything")),
    ("", "/u/nobody-knows-this", None),
    ("", "/r/nobody-knows-this", None),
]
HOSTS = [
    ("nameless", "/host/new/", None),
    ("nameless", "/accounts/name/", press),
    ("newcomer", "/host/", None),
    ("newcomer", "/host/new/", None),
    ("newcomer", "/host/new/", press),
    ("newcomer", "/host/new/", fill(title="See www.example.org", date="2020-01-01", seats="0", book_link="ftp")),
    ("newcomer", "/host/new/?from=with-a-photo", None),
    ("newcomer", "/host/new/?campaign=read-together", None),
    ("newcomer", "/host/new/?from=nothing", None),
    ("host", "/host/", None),
    ("host", "desk_bare", None),
    ("host", "desk_bare edit/", None),
    ("host", "desk_bare publish/", None),
    ("host", "desk_bare delete/", None),
    ("host", "desk_ready", None),
    ("host", "desk_ready edit/", None),
    ("host", "desk_ready edit/", fill(title="")),
    ("host", "desk_ready publish/", None),
    ("host", "desk_ready publish/", press),
    ("host", "meetup_ready", None),
    ("host", "desk_listed", None),
    ("host", "desk_full", None),
    ("host", "desk_begun", None),
    ("host", "desk_held", None),
    ("host", "desk_fresh", None),
    ("host", "desk_told", None),
    ("host", "desk_canceled", None),
    ("host", "desk_listed edit/", None),
    ("host", "desk_listed edit/", fill(seats="1")),
    ("host", "desk_listed move/", None),
    ("host", "desk_listed move/", fill(date="", town_name="")),
    ("host", "desk_listed cancel/", None),
    ("host", "desk_one cancel/", press),
    ("host", "desk_listed invite/", None),
    ("host", "desk_listed invite/", press),
    ("host", "desk_listed invite/", look_over_a_list),
    ("host", "desk_listed invite/", send_a_list_untold),
    ("host", "desk_listed invite/", send_a_list),
    ("host", "desk_listed guests/add/", None),
    ("host", "desk_listed guests/add/", press),
    ("host", "desk_listed guests/add/", fill(name="Nora")),
    ("host", "desk_listed table/", None),
    ("host", "desk_listed table/", fill(main="99")),
    ("host", "desk_ready table/", None),
    ("host", "desk_listed print/", None),
    ("host", "desk_one print/", None),
    ("host", "desk_full table/", None),
    ("host", "desk_listed table/add/", None),
    ("host", "desk_listed table/add/", fill(feeds="99")),
    ("host", "dish", None),
    ("host", "dish_free", None),
    ("host", "guest_row", None),
    ("host", "guest_row answer/", None),
    ("host", "guest_row answer/", press),
    ("host", "guest_row", fill(party_size="99")),
    ("host", "guest_row remove/", None),
    ("host", "phoned_row", None),
    ("host", "desk_fresh came/", None),
    ("host", "desk_fresh came/", press),
    ("host", "desk_fresh debrief/", send_nothing),
    ("host", "desk_fresh debrief/", None),
    ("host", "desk_fresh recap/", None),
    ("host", "desk_drafted recap/", None),
    ("host", "desk_drafted recap/publish/", None),
    ("host", "desk_one cover/", None),
    ("host", "desk_ready cover/", press),
    ("host", "desk_bare cover/", None),
    ("host", "desk_drafted recap/publish/", press),
    ("host", "desk_held recap/", None),
    ("host", "desk_held recap/publish/", None),
    ("host", "desk_held recap/take-down/", None),
    ("host", "desk_held recap/reach/", None),
    ("host", "desk_held recap/reach/", fill(hello="me@example.org")),
    ("host", "desk_held_on", None),
    ("host", "hold draft/", None),
    ("host", "hold draft/", press),
    ("host", "desk_gone recap/", None),
    ("host", "desk_shown", None),
    ("host", "desk_shown recap/", None),
    ("host", "desk_shown recap/publish/", None),
    ("host", "desk_asked recap/", None),
    ("host", "desk_waits", None),
    ("host", "desk_waits came/", None),
    ("host", "desk_waits recap/", None),
    ("host", "desk_waits recap/", choose("then", "show")),
    ("host", "desk_taken recap/publish/", None),
]
OTHERS = [
    ("host", "/accounts/", None),
    ("host", "/accounts/name/", None),
    ("host", "/accounts/name/", fill(shown_name="")),
    ("host", "/accounts/delete/", None),
    ("newcomer", "/accounts/delete/", None),
    ("host", "/accounts/logout/", None),
    ("host", "/accounts/2fa/", None),
    ("host", "/accounts/2fa/totp/activate/", None),
    ("host", "/accounts/2fa/totp/activate/", press),
    ("host", "/accounts/2fa/webauthn/", None),
    ("host", "/accounts/2fa/webauthn/add/", None),
    ("guarded", "/accounts/2fa/", None),
    ("guarded", "/accounts/2fa/recovery-codes/", None),
    ("guarded", "/accounts/2fa/recovery-codes/generate/", None),
    ("guarded", "/accounts/2fa/totp/deactivate/", None),
    ("newcomer", "/c/new/", None),
    ("newcomer", "/c/new/", press),
    ("newcomer", "campaign_empty dashboard/", None),
    ("organizer", "campaign dashboard/", None),
    ("organizer", "campaign dashboard/?page=2", None),
    ("organizer", "campaign dashboard/?show=held", None),
    ("organizer", "campaign edit/", None),
    ("organizer", "campaign edit/", fill(name="")),
    ("organizer", "campaign organizers/", None),
    ("organizer", "campaign_recap", None),
    ("organizer", "campaign_recap", press),
    ("organizer", "campaign_recap_down", None),
    ("organizer", "campaign organizers/", press),
    ("staff", "/operator/outbox/", None),
    ("staff", "/operator/outbox/", stop_the_outbox),
    ("staff", "/operator/outbox/", let_them_go_on),
]
# What is not there, or not for this reader, in a state that is looked at on purpose.
NOT_FOUND = {"meetup_private", "recap_gone", "/nothing/here/", "/r/nobody-knows-this"}

# An evening whose words have no end: nothing on it may be wider than the window.
LONG = [
    ("", "/find/?town=Donau", None),
    ("", "meetup_long", None),
    ("", "recap_long", None),
    ("", "recap_long share/", None),
    ("", "guest_long", None),
    ("", "guest_long ?rsvp=no", None),
    ("", "guest_long /calendar", None),
    ("", "guest_long /map", None),
    ("", "guest_long /leave", press),
    ("", "guest_long /not-me", None),
    ("", "guest_long_held /after", None),
    ("guarded", "/host/", None),
    ("guarded", "/accounts/", None),
    ("guarded", "desk_long", None),
    ("guarded", "desk_long edit/", None),
    ("guarded", "desk_long cancel/", None),
    ("guarded", "row_long", None),
    ("guarded", "row_long remove/", None),
    ("guarded", "desk_long_held", None),
    ("guarded", "desk_long_held came/", None),
    ("guarded", "desk_long_held recap/", None),
    ("guarded", "desk_long_held recap/publish/", None),
    ("organizer", "campaign dashboard/", None),
    ("organizer", "campaign dashboard/?show=held", None),
]


def complaints(house: House, visits: list, *, who: str = "", is_mirrored: bool = False, **options) -> list[str]:
    """Make the visits of one person, one after another, and return everything that is wrong, each with its place."""
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
            wrong = look_at(page) + watcher.take()
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

MIRRORED = [
    ("", "/", None),
    ("", "/find/?town=Hamilton", None),
    ("", "meetup_listed", press),
    ("", "campaign", None),
    ("", "recap", None),
    ("", "guest_invited", None),
    ("", "guest_yes", None),
    ("", "guest_yes /calendar", None),
    ("", "guest_yes /map", None),
    ("", "guest_yes /leave", tick_nothing),
    ("", "guest_came /after", None),
    ("", "removal", None),
    ("", "words_shown", None),
    ("", "/accounts/login/", press),
    ("host", "/host/", None),
    ("host", "/host/new/", press),
    ("host", "desk_listed", None),
    ("host", "desk_held recap/", None),
    ("host", "desk_listed invite/", look_over_a_list),
    ("organizer", "campaign dashboard/", None),
]


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
    """Press Tab and return where the focus is; it is to be seen there, with a ring and under nothing."""
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
        typed = {"title": "By hand", "questions": "What would you try?", "date": f"{evening:%m%d%Y}", "time": "0700PM"}
        typed |= {"town_name": "Toronto", "street": "12 Elm Street"}
        for name, words in typed.items():
            tab_to(page, name)
            page.keyboard.type(words)
        tab_to(page, "visibility")
        page.keyboard.press("ArrowDown")
        tab_to(page, "then", "look")
        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.url.endswith("/publish/"), page.inner_text("main")
        assert "By hand" in page.inner_text("main")
        assert f"{evening:%B %Y}" in page.inner_text("main")
