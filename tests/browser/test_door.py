"""The evening on two phones, in a real browser: without network in the middle of check-in, and one truth when it is back."""

import json
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page_check import check_page
from tests.browsing import TIMEOUT_MS
from tests.serving import Site

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=TIMEOUT_MS)
NAMES = ["Ben", "Chandra", "Dov", "Eva"]
SEED = """
import json
from tests.evening.tables import make_door, make_evening
from tests.factories import make_guest
meetup = make_evening(seats=8)
for name in ["Ben", "Chandra", "Dov", "Eva"]:
    make_guest(meetup, name=name, rsvp="yes")
print(json.dumps([meetup.code, make_door(meetup)[1]]))
"""
TRUTH = """
import json
from meetups.models import DoorAct, Guest
guests = Guest.objects.filter(meetup__code="{code}").order_by("name", "pk")
acts = DoorAct.objects.filter(meetup__code="{code}")
print(json.dumps([[[guest.name, guest.attended is True] for guest in guests], acts.count()]))
"""
ACT = """
from meetups.models import Meetup
from meetups.evening.services.door_link import end_link
end_link(Meetup.objects.get(code="{code}"))
"""
# Everything that a phone keeps of the site.
KEPT = """async () => ({
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
# The next request reaches the site, and its answer is lost on the way back.
LOSE_ONE_ANSWER = """() => {
    const real = window.fetch;
    window.fetch = async (...what) => { window.fetch = real; await real(...what); throw new TypeError("lost"); };
}"""


class Evening:
    """A running site with one evening, and phones that have opened its door page."""

    def __init__(self, site: Site, browser) -> None:
        self.site, self.browser, self.contexts = site, browser, []
        self.code, path = json.loads(site.shell(SEED).splitlines()[-1])
        self.url = site.url + path

    def phone(self) -> Page:
        context = self.browser.new_context(viewport=PHONE, locale="en-US", has_touch=True, is_mobile=True)
        context.set_default_timeout(TIMEOUT_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(self.url)
        page.wait_for_selector("[data-kept=yes]")
        return page

    def truth(self) -> tuple[list, int]:
        """Return who is here as the database has it, and how many taps were done."""
        names, num_acts = json.loads(self.site.shell(TRUTH.format(code=self.code)).splitlines()[-1])
        return names, num_acts


@pytest.fixture
def evening(tmp_path, browser):
    with Site(tmp_path / "site", workers=0) as site:
        house = Evening(site, browser)
        yield house
        for context in house.contexts:
            context.close()


def assert_soon_nothing_is_kept(page: Page) -> None:
    """Wait until the phone has deleted all that it kept of the site: the browser does it beside the page."""
    page.wait_for_function(f"({KEPT})().then(kept => Object.values(kept).every(number => number === 0))")


def tap(page: Page, name: str) -> None:
    page.locator(".door-guest", has_text=name).tap()


def add(page: Page, name: str) -> None:
    form = page.locator("[data-walk-in]")
    if not form.get_attribute("open") and form.get_attribute("open") != "":
        form.locator("summary").tap()
    page.get_by_label("Their name").fill(name)
    page.get_by_role("button", name="Add them").tap()


def shown(page: Page) -> list:
    """Return who is here as the page shows it, in the order of names."""
    rows = page.locator(".door-list > li").evaluate_all(
        "rows => rows.map(row => [row.querySelector('.door-name').textContent,"
        " row.querySelector('button').getAttribute('aria-pressed') === 'true'])"
    )
    return sorted(rows)


def catch_up(page: Page) -> None:
    """Let a page ask the site now, and wait until nothing of it waits any more and it has heard the answer."""
    with page.expect_response(lambda response: "/sync" in response.url and response.ok):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says]")).not_to_contain_text(re.compile("wait|No network"))


@contextmanager
def without_network(page: Page):
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def test_two_phones_one_without_network_and_one_truth_in_the_end(evening):
    first, second = evening.phone(), evening.phone()
    tap(first, "Ben")
    expect(first.locator("[data-says]")).to_have_text("Everything is sent.")

    with without_network(first):
        tap(first, "Chandra")
        tap(first, "Dov")
        tap(first, "Dov")
        expect(first.locator("[data-says]")).to_contain_text("3 taps wait for the network.")
        expect(first.locator("[data-says]")).to_contain_text("No network.")
        expect(first.locator("[data-count=num_here]")).to_have_text("2")
        assert shown(first) == [["Ben", True], ["Chandra", True], ["Dov", False], ["Eva", False]]
        # Meanwhile, at the same table: a walk-in, and somebody whom the first phone had taken back before.
        add(second, "Kim")
        tap(second, "Dov")
        expect(second.locator("[data-says]")).to_have_text("Everything is sent.")
        # And the other way round: tapped on the second, then on the first, which cannot know.
        tap(second, "Eva")
        expect(second.locator("[data-says]")).to_have_text("Everything is sent.")
        assert shown(second) == [["Ben", True], ["Chandra", False], ["Dov", True], ["Eva", True], ["Kim", True]]
        tap(first, "Eva")
        tap(first, "Eva")
        assert evening.truth()[0] == [["Ben", True], ["Chandra", False], ["Dov", True], ["Eva", True], ["Kim", True]]
        # And one more comes in while neither has a network.
        with without_network(second):
            add(second, "Lee")
            expect(second.locator("[data-says]")).to_contain_text("1 tap waits for the network.")
            assert ["Lee", True] in shown(second) and ["Lee", True] not in shown(first)

    catch_up(second)
    catch_up(first)
    catch_up(second)

    one_truth = [["Ben", True], ["Chandra", True], ["Dov", True], ["Eva", False], ["Kim", True], ["Lee", True]]
    assert shown(first) == shown(second) == one_truth
    truth, num_acts = evening.truth()
    num_here = sum(here for _name, here in truth)
    print(f"\n10 taps on two phones, 6 of them without network: {num_acts} done, {num_here} here on both")
    assert (truth, num_acts) == (one_truth, 10)
    assert [page.locator("[data-count=num_here]").inner_text() for page in (first, second)] == ["5", "5"]
    assert check_page(first) == []


def test_a_walk_in_is_added_once_although_the_answer_was_lost(evening):
    phone = evening.phone()
    catch_up(phone)
    phone.evaluate(LOSE_ONE_ANSWER)

    add(phone, "Kim")
    expect(phone.locator("[data-says]")).to_contain_text("1 tap waits for the network.")
    assert ["Kim", True] in evening.truth()[0]
    catch_up(phone)

    assert shown(phone).count(["Kim", True]) == 1
    assert evening.truth()[0].count(["Kim", True]) == 1


def test_a_walk_in_without_network_can_be_taken_back_before_it_was_sent(evening):
    phone = evening.phone()
    with without_network(phone):
        add(phone, "Kim")
        tap(phone, "Kim")
        assert ["Kim", False] in shown(phone)

    catch_up(phone)

    assert (
        shown(phone) == evening.truth()[0] == [["Ben", False], ["Chandra", False], ["Dov", False], ["Eva", False], ["Kim", False]]
    )


def test_opened_once_it_opens_while_the_site_is_away_and_no_other_page_does(evening):
    phone = evening.phone()
    other = phone.context.new_page()
    other.goto(f"{evening.site.url}/find/")
    assert other.evaluate("navigator.serviceWorker.controller") is None
    evening.site.kill_web()

    phone.reload()
    tap(phone, "Ben")
    expect(phone.locator("[data-says]")).to_contain_text("1 tap waits for the network.")
    # The phone is put away and taken out again.
    phone.reload()
    expect(phone.locator("[data-says]")).to_contain_text("1 tap waits for the network.")
    assert ["Ben", True] in shown(phone)
    assert phone.evaluate("getComputedStyle(document.querySelector('.door-guest')).display") == "flex"
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        other.goto(f"{evening.site.url}/find/")

    evening.site.start_web()
    catch_up(phone)
    assert evening.truth()[0][0] == ["Ben", True]


def test_a_phone_forgets_all_when_the_link_was_ended_and_says_so(evening):
    phone = evening.phone()
    with without_network(phone):
        tap(phone, "Ben")
        evening.site.shell(ACT.format(code=evening.code))

    expect(phone.locator("h1")).to_have_text("This page is over")
    assert "The host has ended this link" in phone.inner_text("main")
    assert phone.evaluate(KEPT) == {"databases": 0, "caches": 0, "workers": 0}
    assert evening.truth() == ([[name, False] for name in NAMES], 0)


def test_a_phone_that_opens_an_ended_link_forgets_it_too(evening):
    phone = evening.phone()
    phone.goto("about:blank")
    evening.site.shell(ACT.format(code=evening.code))

    phone.goto(evening.url)

    assert "The host has ended this link" in phone.inner_text("main")
    # The worker goes with its last page, which is this one.
    phone.goto("about:blank")
    phone.goto(f"{evening.site.url}/find/")
    assert phone.evaluate(KEPT) == {"databases": 0, "caches": 0, "workers": 0}


def test_what_a_phone_has_kept_is_deleted_after_the_evening_without_network(evening):
    phone = evening.phone()
    until = int(phone.get_attribute("[data-door]", "data-until"))
    # An answer that came after its watch was moved would set it back by the site's.
    catch_up(phone)
    evening.site.kill_web()
    phone.clock.set_fixed_time(until + 60)

    phone.reload()

    expect(phone.locator("main .notice")).to_have_text("This evening is over. What this phone had kept is deleted.")
    assert "Ben" not in phone.inner_text("body")
    assert_soon_nothing_is_kept(phone)


def test_the_question_of_now_is_turned_and_the_card_comes_up_before_the_end(evening):
    phone = evening.phone()
    expect(phone.locator(".questions li:visible")).to_have_count(1)
    phone.get_by_role("button", name="The next question").tap()
    expect(phone.locator(".questions li:visible")).to_have_text("What would you try here?")
    assert not phone.locator(".ask-card").is_visible()
    since = phone.evaluate("Date.now() / 1000")

    phone.clock.set_fixed_time(since + 6 * 60 + 5)
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-minutes]")).to_have_text("6 minutes on this question")

    # With the network there the phone would set its watch by the site's.
    with without_network(phone):
        phone.clock.set_fixed_time(int(phone.get_attribute(".ask-card", "data-from")) + 600)
        phone.evaluate("window.dispatchEvent(new Event('online'))")
        expect(phone.locator(".ask-card")).to_be_visible()
