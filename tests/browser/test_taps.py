"""How many taps a guest needs, on the smallest phones, without a script and with cookies blocked. Two to answer."""

import json
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page

from tests.browsing import TIMEOUT_MS, scrolls_sideways
from tests.serving import Site

pytestmark = pytest.mark.slow

WIDTHS = [320, 390]
SEED = """
import json
from meetups.access.tokens import make_guest_token
from tests.browser.page_states import _at
from tests.factories import make_guest, make_meetup, make_user
host = make_user("ana@example.org", shown_name="Ana")
tables = {"ahead": make_meetup(host), "soon": make_meetup(host, **_at(hours=20)), "begun": make_meetup(host, **_at(hours=-1))}
paths = {}
for width in (320, 390):
    for name, rsvp in [("ahead", "invited"), ("soon", "yes"), ("begun", "yes")]:
        paths[f"{name}{width}"] = "/r/" + make_guest_token(make_guest(tables[name], rsvp=rsvp))
print(json.dumps(paths))
"""
STATE = """
import json
from meetups.access.tokens import read_guest_token
guests = [read_guest_token(token) for token in {tokens}]
print(json.dumps([[guest.rsvp, guest.confirmed_at is not None, guest.attended, guest.party_size] for guest in guests]))
"""


@dataclass
class Thumb:
    """Somebody with one thumb: each tap is counted, and has to be possible without scrolling sideways."""

    page: Page
    url: str
    taps: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Tap a link in a letter."""
        self.taps.append("the link in the letter")
        self.page.goto(self.url + path)

    def tap(self, words: str) -> None:
        """Tap a button or a link by what is written on it."""
        target = self.page.get_by_role("button", name=words, exact=False).or_(self.page.get_by_role("link", name=words)).first
        box = target.bounding_box()
        assert box["height"] >= 24, words
        assert not scrolls_sideways(self.page)
        self.taps.append(words)
        target.click()
        self.page.wait_for_load_state()

    def pick(self, words: str) -> None:
        """Tap one choice of several by what is written on it."""
        self.taps.append(words)
        self.page.get_by_role("radio", name=words, exact=True).check()

    def heading(self) -> str:
        return " ".join(self.page.locator("h1").inner_text().split())

    def counted(self) -> int:
        number, self.taps = len(self.taps), []
        return number


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("taps"), workers=0) as site:
        yield site, browser, json.loads(site.shell(SEED))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_guest_answers_in_two_taps_and_does_everything_else_in_as_few(house, width):
    site, browser, paths = house
    size = {"width": width, "height": 640}
    context = browser.new_context(java_script_enabled=False, viewport=size, locale="en-US", has_touch=True, is_mobile=True)
    context.set_default_timeout(TIMEOUT_MS)
    # A cookie would be refused; none may even be offered.
    offered = []
    context.on("response", lambda response: offered.append(response.url) if response.headers.get("set-cookie") else None)
    thumb = Thumb(context.new_page(), site.url)
    ahead, soon, begun = (paths[f"{name}{width}"] for name in ("ahead", "soon", "begun"))

    # Answer: the link in the letter, and one press.
    thumb.open(f"{ahead}?rsvp=yes")
    assert thumb.page.get_by_role("button", name="No, I can't").first.bounding_box()["y"] < size["height"]
    thumb.tap("Yes, I will come")
    assert (thumb.heading(), thumb.counted()) == ("You are coming", 2)

    # Change it, from the page that stands open: to the place and one press.
    thumb.tap("Make it a maybe")
    assert (thumb.heading(), thumb.counted()) == ("You said maybe", 1)
    thumb.tap("Yes, I will come")
    thumb.counted()

    # Withdraw: the link in any letter, and one press.
    thumb.open(f"{ahead}?rsvp=no")
    thumb.tap("No, I can't")
    assert (thumb.heading(), thumb.counted()) == ("You said no", 2)
    thumb.open(f"{ahead}?rsvp=again")
    thumb.tap("Not this time, but ask me again")
    assert (thumb.heading(), thumb.counted()) == ("You said not this time", 2)

    # Confirm, and bring one more.
    thumb.open(f"{soon}/confirm")
    thumb.tap("I'm coming")
    assert (thumb.heading(), thumb.counted()) == ("You are coming, for certain", 2)
    thumb.open(f"{soon}/confirm?say=more")
    thumb.tap("I'm coming, and bring one more")
    assert thumb.counted() == 2

    # Check in, and take it back.
    thumb.open(begun)
    thumb.tap("I am here")
    assert (thumb.heading(), thumb.counted()) == ("You are here", 2)
    thumb.tap("I am not here yet")
    assert (thumb.heading(), thumb.counted()) == ("The evening has begun", 1)

    tokens = [path.removeprefix("/r/") for path in (ahead, soon, begun)]
    states = json.loads(site.shell(STATE.format(tokens=tokens)))
    assert states == [["no", False, None, 1], ["yes", True, None, 2], ["yes", False, None, 1]]
    assert (offered, context.cookies()) == ([], [])
    context.close()


# The same people again -------------------------------------------------------------------------------------------------

AGAIN_SEED = """
import json
from tests.browser.page_states import sign_in
from tests.factories import make_guest, make_held_meetup, make_user
host = make_user("again@example.org", shown_name="Ana")
held = make_held_meetup(host, title="Soup and one question")
for name in ("Maria", "Ben", "Cy"):
    make_guest(held, f"{name.lower()}@example.org", name=name, rsvp="yes", attended=True)
print(json.dumps(sign_in(host)))
"""
AGAIN_STATE = """
import json
from meetups.models import Delivery, Meetup
made = list(Meetup.objects.exclude(again_of=None))
asked = Delivery.objects.filter(kind="invitation", meetup__in=made).count()
print(json.dumps([[meetup.status for meetup in made], asked]))
"""


def test_a_host_holds_an_evening_again_in_three_taps_from_their_list(house):
    site, browser, _paths = house
    size = {"width": 390, "height": 844}
    context = browser.new_context(java_script_enabled=False, viewport=size, locale="en-US", has_touch=True, is_mobile=True)
    context.set_default_timeout(TIMEOUT_MS)
    context.add_cookies([{"name": "sessionid", "value": json.loads(site.shell(AGAIN_SEED)), "url": site.url}])
    thumb = Thumb(context.new_page(), site.url)
    thumb.page.goto(f"{site.url}/host/")

    # The held evening in the list, "Hold it again" on its desk, and the day is there: one press.
    thumb.tap("Soup and one question")
    thumb.tap("Hold it again")
    assert thumb.page.locator("[name=people]:checked").count() == 3
    thumb.tap("Publish and invite")

    taps = thumb.counted()
    print(f"\nhold it again, from the list of evenings to three invitations: {taps} taps")
    assert (thumb.heading(), taps) == ("Soup and one question", 3)
    assert "3 invitations are on their way" in thumb.page.inner_text("body")
    assert json.loads(site.shell(AGAIN_STATE)) == [["published"], 3]
    # The list leads there too, with one tap less.
    thumb.page.goto(f"{site.url}/host/")
    thumb.page.get_by_role("link", name="Hold it again").first.click()
    assert thumb.heading() == "Hold it again"
    context.close()


# An answer by telephone -------------------------------------------------------------------------------------------------

PHONED_SEED = """
import json
from tests.browser.page_states import sign_in
from tests.factories import make_guest, make_meetup, make_user
host = make_user("phoned@example.org", shown_name="Ana")
meetup = make_meetup(host, title="Soup of the harbor")
for number in range(11):
    make_guest(meetup, f"phoned{number}@example.org", name=f"Guest {number}")
make_guest(meetup, "jose@example.org", name="José Ñandú")
print(json.dumps(sign_in(host)))
"""
PHONED_STATE = "print(Guest.objects.get(email='jose@example.org').rsvp)"


def test_a_host_writes_down_a_phoned_answer_in_four_taps_from_their_list(house):
    site, browser, _paths = house
    size = {"width": 390, "height": 844}
    context = browser.new_context(java_script_enabled=False, viewport=size, locale="en-US", has_touch=True, is_mobile=True)
    context.set_default_timeout(TIMEOUT_MS)
    context.add_cookies([{"name": "sessionid", "value": json.loads(site.shell(PHONED_SEED)), "url": site.url}])
    thumb = Thumb(context.new_page(), site.url)
    thumb.page.goto(f"{site.url}/host/")

    thumb.tap("Soup of the harbor")
    thumb.tap("José Ñandú")
    thumb.pick("yes")
    thumb.tap("Write it down")

    taps = thumb.counted()
    print(f"\na phoned answer, from the list of evenings: {taps} taps and no key")
    assert taps == 4
    assert "José Ñandú has a seat." in thumb.page.inner_text("body")
    assert site.shell(PHONED_STATE) == "yes"
    context.close()
