"""The whole way of a campaign: an organizer calls, a host begins from the call and is cared for, the evening is held and told, a
guest of it holds their own, and the night counts that it led on; with a real worker and a real relay."""

import re
from datetime import date, datetime, time, timedelta
from time import sleep as wait
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.browsing import press
from tests.flows.story import Story, open_story

pytestmark = pytest.mark.slow

TORONTO = ZoneInfo("America/Toronto")
# A Saturday, as is the day two weeks before it, when the organizer has news: on Mondays these have numbers too.
EVENING = date.today() + timedelta(days=20 + (5 - date.today().weekday()) % 7)
NEXT_EVENING = 21
OLGA, ANA = "olga@example.org", "ana@example.org"
BO, CARL, DANA, EVA = (f"{name}@example.net" for name in ["bo", "carl", "dana", "eva"])
HURRIED = "tests.flows.settings_hurried"
# With Ana's they are enough for a number.
OTHERS = """
from tests.factories import day, make_debrief, make_meetup, make_user
campaign = Campaign.objects.get(slug="{slug}")
for number in range(19):
    host = make_user(f"other{{number}}@example.com", shown_name="Other")
    make_debrief(make_meetup(host, campaign=campaign, title=f"Table {{number}}", date=day("{day}")), num_came=4, did_happen=True)
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory, chromium_path):
    with open_story(tmp_path_factory.mktemp("campaign"), chromium_path, DJANGO_SETTINGS_MODULE=HURRIED) as told:
        yield told


def wall(days: int, hour: int, minute: int = 0) -> datetime:
    """Return the moment when the wall at the table shows this, so many days from the evening."""
    return datetime.combine(EVENING + timedelta(days=days), time(hour, minute), tzinfo=TORONTO)


def test_one_call_leads_to_an_evening_and_that_to_the_next(story: Story):
    story.move_clock(wall(-15, 11))
    organizer, host = story.host_page(), story.host_page(with_script=False)
    slug = starts_a_campaign(story, organizer)
    code = begins_from_its_page(story, host, slug)
    is_cared_for(story, organizer, slug)
    links = invites_and_is_answered(story, host, code)
    holds_and_tells(story, host, code)
    others_hold_theirs(story, slug)
    assert counted(story, organizer, slug, day=2) == (20, "0.00")
    child = a_guest_holds_their_own(story, links[BO])
    assert counted(story, organizer, slug, day=NEXT_EVENING + 2) == (21, "0.05")
    the_family_is_seen(organizer, child)
    assert "Traceback" not in story.site.logs


def starts_a_campaign(story: Story, organizer: Page) -> str:
    """Olga signs in, types a name and a call, takes a kit from the shelf, and has a public page."""
    story.sign_in(organizer, OLGA, "Olga", path="/c/new/")
    organizer.fill("[name=name]", "Open Doors")
    organizer.fill("[name=call]", "Open your door once this season, to people whom you do not know yet.")
    organizer.select_option("[name=choose]", index=1)
    press(organizer.locator("main form#typed button.button"))
    organizer.wait_for_url("**/spread/")
    assert "Your campaign is live." in organizer.inner_text("body")
    return re.search(r"/c/([-\w]+)/", organizer.url)[1]


def begins_from_its_page(story: Story, host: Page, slug: str) -> str:
    """Ana finds the call, signs in on the way, and publishes at once; Olga hears of it the next morning."""
    host.goto(f"{story.url}/c/{slug}/")
    press(host.locator("main a:has-text('Open your door for it')"))
    story.sign_in(host, ANA, "Ana", path=host.url.removeprefix(story.url))
    press(host.locator("main form button.button").last)
    code = re.search(r"/host/(\w+)/", host.url)[1]
    publishes(story, host, code, title="Soup at Ana's", day=EVENING, street="12 Lindenblossom Street")
    story.move_clock(wall(-14, 11))
    assert "Soup at Ana's" in story.letter_to(OLGA, "Now public:").text
    return code


def publishes(story: Story, host: Page, code: str, *, title: str, day: date, street: str) -> None:
    """Fill in what the kit cannot know, look it over, publish."""
    host.goto(f"{story.url}/host/{code}/edit/all/")
    assert host.input_value("[name=questions]"), "the words of the kit are in the draft"
    words = {"title": title, "date": day.isoformat(), "time": "19:00", "town_name": "Toronto", "street": street, "seats": "6"}
    for name, typed in words.items():
        host.fill(f"[name={name}]", typed)
    if host.locator("[name=zone]").is_visible():
        host.select_option("[name=zone]", "America/Toronto")
    press(host.locator("main form button.button[name=then][value=look]"))
    press(host.locator("main form button.button"))
    assert "It is published" in host.inner_text("body")


def is_cared_for(story: Story, organizer: Page, slug: str) -> None:
    """Three days later nobody is invited: Olga writes to Ana by one button, from her by name, and sees that it went out."""
    story.move_clock(wall(-11, 11))
    organizer.goto(f"{story.url}/c/{slug}/care/")
    assert "Nobody has been invited yet." in organizer.inner_text("main")
    press(organizer.locator("main a:has-text('Write to Ana')"))
    press(organizer.locator("main form#typed button.button"))
    organizer.wait_for_url("**/care/")
    assert "Nobody needs a hand right now." in organizer.inner_text("main")
    story.move_by(minutes=6)
    letter = story.letter_to(ANA, "a word from Olga")
    assert "Olga via Longtable" in str(letter.message["From"])
    assert "Do you want to think of names together?" in " ".join(letter.text.split())
    organizer.reload()
    assert "Soup at Ana's: wrote to the host, Olga" in " ".join(organizer.inner_text("main").split())


def invites_and_is_answered(story: Story, host: Page, code: str) -> dict[str, str]:
    """Ana invites three people, who all come; return their links."""
    invites(story, host, code, {"Bo": BO, "Carl": CARL, "Dana": DANA})
    links = {}
    for address in (BO, CARL, DANA):
        letter = story.letter_to(address, "Soup at Ana's")
        assert "Ana via Longtable" in str(letter.message["From"])
        links[address] = story.link_in(letter, "/r/").partition("?")[0]
        says_yes(story, links[address])
    return links


def invites(story: Story, host: Page, code: str, people: dict[str, str]) -> None:
    host.goto(f"{story.url}/host/{code}/invite/")
    host.fill("[name=addresses]", ", ".join(f"{name} <{address}>" for name, address in people.items()))
    press(host.locator("main form button.button:has-text('See what was understood')"))
    host.check("[name=knows]")
    press(host.locator("button[name=send]"))


def says_yes(story: Story, link: str) -> None:
    page = story.guest_page()
    page.goto(link)
    page.click("fieldset.answers button[value=yes] >> nth=0")
    assert "You are coming" in page.inner_text("main")
    page.context.close()


def holds_and_tells(story: Story, host: Page, code: str) -> None:
    """The evening is held; the next evening Ana says how it was, and publishes the recap."""
    story.move_clock(wall(1, 18, 1))
    story.letter_to(ANA, f"/host/{code}/debrief/")
    host.goto(f"{story.url}/host/{code}/debrief/")
    host.check("[name=did_happen][value=yes]")
    host.fill("[name=num_came]", "4")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/")
    host.fill("[name=text]", "Four of us, and soup for six.")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/publish/")
    press(host.locator("main form button:has-text('Publish it')").last)


def others_hold_theirs(story: Story, slug: str) -> None:
    """Hold nineteen evenings of others, the night before Ana's."""
    story.site.shell(OTHERS.format(slug=slug, day=EVENING - timedelta(days=1)))


def counted(story: Story, organizer: Page, slug: str, *, day: int) -> tuple[int, str]:
    """Let a night pass; return how many evenings were held and the number of new hosts for each, as the organizer reads them."""
    story.move_clock(wall(day, 15))
    today = wall(day, 15).date()
    for _try in range(80):
        organizer.goto(f"{story.url}/c/{slug}/dashboard/generations/")
        if re.search(rf"last on \S+ {today.day}, {today.year},", organizer.inner_text("main")):
            held = organizer.locator("table.data >> nth=1").locator("td[data-label=Held]").all_inner_texts()
            return sum(map(int, held)), organizer.inner_text(".funnel dd >> nth=0")
        wait(0.5)
    raise AssertionError(f"the night did not count:\n{organizer.inner_text('main')}")


def a_guest_holds_their_own(story: Story, link: str) -> str:
    """Bo says that he came and could host, begins from Ana's table, and holds his own; return the title of his evening."""
    page = story.guest_page()
    page.goto(f"{link}/after")
    press(page.locator("button[name=attended][value=yes]"))
    press(page.locator("button[name=could_host][value=yes]"))
    press(page.locator("main a[href$='/next/'], main a[href$='/next']").first)
    url = page.url
    host = story.host_page(with_script=False)
    host.goto(url)
    press(host.locator("button[name=begin]"))
    host.fill("input[name=code]", story.code_for(BO))
    host.click("button:has-text('Sign in') >> nth=-1")
    host.wait_for_url("**/host/*/edit/*/")
    code, title = re.search(r"/host/(\w+)/", host.url)[1], "Soup at Bo's"
    publishes(story, host, code, title=title, day=EVENING + timedelta(days=NEXT_EVENING), street="7 Elm Street")
    invites(story, host, code, {"Eva": EVA})
    says_yes(story, story.link_in(story.letter_to(EVA, title), "/r/").partition("?")[0])
    story.move_clock(wall(NEXT_EVENING + 1, 18, 1))
    story.letter_to(BO, f"/host/{code}/debrief/")
    host.goto(f"{story.url}/host/{code}/debrief/")
    host.check("[name=did_happen][value=yes]")
    host.fill("[name=num_came]", "3")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/")
    return title


def the_family_is_seen(organizer: Page, child: str) -> None:
    """Below the number stands which evening led to which."""
    rows = organizer.locator("table.data tbody tr").all_text_contents()
    assert [row for row in rows if "Soup at Ana's" in row and child in row]
