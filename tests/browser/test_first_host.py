"""Somebody who never hosted, on a phone of 390 by 844: taps and keys from the home page to a published evening, and to twelve
invitations. Both are printed; `pytest -s` shows them.

A tap is a press, on a field too; a key a character that is typed. A date is picked and not typed: four taps, to open the
calendar, to the next month, on the day and on "Set". A choice from a list is two taps. Pasting is two, to hold and to press
"Paste". Signing in is counted by itself: the address, the six digits from the letter, the name.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page

from tests.browsing import TIMEOUT_MS, scrolls_sideways
from tests.serving import Site

pytestmark = pytest.mark.slow

SIZE = {"width": 390, "height": 844}
MOST_TAPS, MOST_KEYS = 16, 60
GUESTS = "\n".join(f"Guest {number} <guest{number}@example.net>" for number in range(12))
SEED = "from meetups.towns import load_towns; load_towns()"
STATE = """
import json
from meetups.models import Meetup
meetup = Meetup.objects.select_related("kit__book").get(host__email="{email}")
has_all = bool(meetup.kit.book and meetup.kit.questions and meetup.kit.meal)
print(json.dumps([meetup.status, meetup.title, meetup.kit.shelf, has_all, meetup.zone, meetup.guests.count(),
                  meetup.deliveries.filter(kind="invitation").count()]))
"""


@dataclass
class Thumb:
    """Somebody with one thumb: each tap and each key is counted, and what is tapped is never beside the screen."""

    page: Page
    taps: int = 0
    keys: int = 0
    counts: list[tuple[str, int, int]] = field(default_factory=list)

    def tap(self, target: Locator, *, times: int = 1, leads_on: bool = False) -> None:
        assert not scrolls_sideways(self.page)
        self.taps += times
        if leads_on:
            with self.page.expect_navigation():
                target.click()
        else:
            target.click()

    def press(self, words: str) -> None:
        """Press a button or a link that leads to another page."""
        named = self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words))
        self.tap(self.page.locator("main").locator(named).first, leads_on=True)

    def type(self, name: str, words: str) -> None:
        """Type into the field of this name."""
        target = self.page.locator(f"main input[name={name}]")
        self.tap(target)
        self.keys += len(words)
        target.fill("")
        target.press_sequentially(words)

    def pick_a_day(self) -> None:
        self.taps += 4
        self.page.locator("main input[name=date]").fill((datetime.now(UTC) + timedelta(days=30)).date().isoformat())

    def paste(self, words: str) -> None:
        self.taps += 2
        self.page.locator("main textarea[name=addresses]").fill(words)

    def count(self, what: str) -> tuple[int, int]:
        """Note and return what was counted since the last time."""
        taps, keys, self.taps, self.keys = self.taps, self.keys, 0, 0
        self.counts.append((what, taps, keys))
        return taps, keys


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("first"), workers=0) as site:
        site.shell(SEED)
        yield site, browser


@pytest.fixture
def thumb(house, request):
    site, browser = house
    context = browser.new_context(
        viewport=SIZE, locale="en-US", has_touch=True, is_mobile=True, java_script_enabled=getattr(request, "param", True)
    )
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(site.url)
    yield Thumb(page)
    context.close()


def sign_in(thumb: Thumb, site: Site, email: str) -> None:
    """Sign in for the first time, and count that apart."""
    before = thumb.taps, thumb.keys
    thumb.taps = thumb.keys = 0
    thumb.type("email", email)
    thumb.press("Mail me a code")
    newest = max((site.var_dir / "mail").glob("*"), key=os.path.getmtime)
    code = next(line.strip() for line in newest.read_text().splitlines() if line.strip().isdigit() and len(line.strip()) == 6)
    thumb.type("code", code)
    thumb.tap(thumb.page.locator("main button.button").first, leads_on=True)
    thumb.type("shown_name", "Ana")
    thumb.tap(thumb.page.locator("main form button.button").first, leads_on=True)
    thumb.count("to sign in")
    thumb.taps, thumb.keys = before


def assert_one_screen(page: Page) -> None:
    """What the step asks and its buttons stand on one screen, without scrolling."""
    assert page.evaluate("window.scrollY") == 0
    bottoms = page.evaluate(
        "[document.querySelector('main').getBoundingClientRect().bottom, "
        "...[...document.querySelectorAll('main button')].map(one => one.getBoundingClientRect().bottom)]"
    )
    assert max(bottoms) <= SIZE["height"], (page.url, bottoms)


def when_where_who_and_publish(thumb: Thumb) -> None:
    assert_one_screen(thumb.page)
    thumb.pick_a_day()
    thumb.type("town_name", "Toronto")
    thumb.type("street", "12 Elm Street")
    thumb.press("Next: who")
    assert_one_screen(thumb.page)
    thumb.press("Look it over")
    thumb.press("Publish it")


def invite_twelve(thumb: Thumb) -> None:
    thumb.press("Invite guests")
    thumb.paste(GUESTS)
    thumb.tap(thumb.page.locator("main form button.button").first, leads_on=True)
    thumb.tap(thumb.page.locator("[name=knows]"))
    thumb.tap(thumb.page.locator("button[name=send]"), leads_on=True)


def state_of(site: Site, email: str) -> list:
    return json.loads(site.shell(STATE.format(email=email)))


def say(thumb: Thumb) -> None:
    print("".join(f"\n{what}: {taps} taps, {keys} keys" for what, taps, keys in thumb.counts))


@pytest.mark.parametrize(("thumb", "email"), [(True, "ana@example.org"), (False, "ann@example.org")], indirect=["thumb"])
def test_the_barest_evening_is_published_in_sixteen_taps_and_sixty_keys(house, thumb, email):
    site = house[0]
    thumb.press("Start a meetup")
    sign_in(thumb, site, email)
    assert_one_screen(thumb.page)
    thumb.type("title", "Soup and a question")
    thumb.press("Next: when and where")
    when_where_who_and_publish(thumb)
    taps, keys = thumb.count("to a published evening")
    invite_twelve(thumb)
    thumb.count("from there to twelve invitations")

    say(thumb)
    assert state_of(site, email) == ["published", "Soup and a question", "", False, "America/Toronto", 12, 12]
    assert (taps <= MOST_TAPS, keys <= MOST_KEYS) == (True, True), (taps, keys)


def test_an_evening_with_a_kits_book_questions_and_meal_takes_no_more(house, thumb):
    site, email = house[0], "bea@example.org"
    thumb.press("Choose a kit")
    thumb.tap(thumb.page.locator("main .shelf a").first, leads_on=True)
    thumb.press("Host this evening")
    sign_in(thumb, site, email)
    assert_one_screen(thumb.page)
    thumb.press("Next: when and where")
    when_where_who_and_publish(thumb)
    taps, keys = thumb.count("to a published evening with a kit")
    invite_twelve(thumb)
    thumb.count("from there to twelve invitations")

    say(thumb)
    status, _title, shelf, has_all, *rest = state_of(site, email)
    assert (status, bool(shelf), has_all, rest) == ("published", True, True, ["America/Toronto", 12, 12])
    assert (taps <= MOST_TAPS, keys <= MOST_KEYS) == (True, True), (taps, keys)


BEGUN = """
import json
from meetups.models import Meetup
meetup = Meetup.objects.select_related("kit", "campaign").get(host__email="{email}")
print(json.dumps([meetup.campaign.slug, bool(meetup.title and meetup.kit.questions), meetup.kit.copied_version]))
"""
MOST_TO_FIRST_HOST = 15


def test_from_nothing_to_the_first_host_of_a_campaign_in_fifteen_taps(house, thumb):
    """The organizer's taps until the link can be sent, and those of the first host until their evening has begun as a draft."""
    site = house[0]
    thumb.press("Start a campaign")
    sign_in(thumb, site, "olga@example.org")
    thumb.type("name", "Read Together")
    call = thumb.page.locator("main textarea[name=call]")
    thumb.tap(call)
    call.fill("Read one book this autumn, at a table.")
    thumb.taps += 2
    thumb.page.locator("main select[name=choose]").select_option(index=1)
    thumb.press("Start the campaign")
    link = thumb.page.locator("#share-link").input_value()
    taps = thumb.count("to a campaign that can be sent around")[0]

    thumb.page.context.clear_cookies()
    thumb.taps += 1
    thumb.page.goto(link)
    thumb.press("Open your door for it")
    sign_in(thumb, site, "hana@example.org")
    thumb.press("Next: when and where")
    taps += thumb.count("to the first host")[0]

    say(thumb)
    assert json.loads(site.shell(BEGUN.format(email="hana@example.org"))) == ["read-together", True, 1]
    assert taps <= MOST_TO_FIRST_HOST
