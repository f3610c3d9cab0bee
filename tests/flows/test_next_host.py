"""The whole story of one guest: sits at a table, says "I could host" in the room, gets the draft by mail, publishes and holds it,
and their recap names the table it came from; in a browser without a script, with a real worker and a real relay."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.browsing import press
from tests.flows.story import Story, open_story

pytestmark = pytest.mark.slow

TORONTO = ZoneInfo("America/Toronto")
EVENING = date.today() + timedelta(days=1)
NEXT_EVENING = 20
MARIA, BO = "maria@example.net", "bo@example.net"
QUESTION = "Where have you seen people change something together?"
SEED = """
from tests.evening.tables import make_door
from tests.factories import day, make_guest, make_meetup, make_user
ana = make_user("ana@example.org", shown_name="Ana")
meetup = make_meetup(ana, title="Soup and one question", date=day("{day}"), visibility="listed", plan=True)
make_guest(meetup, "maria@example.net", name="Maria", rsvp="yes")
make_guest(meetup, "bo@example.net", name="Bo", rsvp="yes")
print(make_door(meetup)[1])
"""
ANAS_RECAP = """
from meetups.models import Meetup
from tests.factories import make_debrief, make_recap
held = Meetup.objects.get(title="Soup and one question", host__email="ana@example.org")
make_debrief(held)
print(make_recap(held, slug="the-first-table", question="Who would open the next door?").slug)
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory, chromium_path):
    with open_story(tmp_path_factory.mktemp("next"), chromium_path) as told:
        yield told


def wall(days: int, hour: int, minute: int = 0) -> datetime:
    """Return the moment when the wall at the table shows this, so many days from the evening."""
    return datetime.combine(EVENING + timedelta(days=days), time(hour, minute), tzinfo=TORONTO)


def test_a_guest_becomes_a_host(story: Story):
    story.move_clock(wall(0, 18))
    door_page = story.site.shell(SEED.format(day=EVENING.isoformat())).splitlines()[-1]
    says_so_in_the_room(story, door_page)
    host, code = opens_the_draft_and_publishes(story)
    holds_it(story, host, code)
    tells_it(story, host, code)
    nobody_asks_again(story)


def says_so_in_the_room(story: Story, door_page: str) -> None:
    """Ten minutes before the end the card comes up; Maria types its letters and her address on her own phone."""
    story.move_clock(wall(0, 21, 51))
    door = story.guest_page()
    door.goto(f"{story.url}{door_page}")
    letters = door.inner_text(".ask-card .ask-code")
    assert re.fullmatch(r"[A-Z]{4}", letters)

    page = story.guest_page()
    page.goto(f"{story.url}/ask/")
    page.fill("[name=code]", letters.lower())
    press(page.locator("main form button.button"))
    press(page.locator("main .answers a >> nth=0"))
    page.fill("[name=email]", MARIA)
    press(page.locator("main form button.button"))
    assert "tomorrow at ten" in page.inner_text("main")
    assert page.context.cookies() == []
    # The room sees how many, and not who.
    door.reload()
    assert door.inner_text(".ask-card [data-count=num_hosts]") == "1"


def opens_the_draft_and_publishes(story: Story) -> tuple[Page, str]:
    """At ten the next morning the draft is there, beside the letter that asks who came; a mailed code opens it."""
    story.move_clock(wall(1, 9, 1))
    story.letter_to(MARIA, "/after")
    story.move_clock(wall(1, 10, 1))
    letter = story.letter_to(MARIA, "a draft for your own table")
    assert "Ana via Longtable" in str(letter.message["From"])
    assert story.site.shell(ANAS_RECAP).splitlines()[-1] == "the-first-table"

    page = story.host_page(with_script=False)
    page.goto(story.link_in(letter, "/next/"))
    assert QUESTION in page.inner_text("main")
    press(page.locator("button[name=begin]"))
    page.fill("input[name=code]", story.code_for(MARIA))
    page.click("button:has-text('Sign in') >> nth=-1")
    page.wait_for_url("**/host/*/edit/*/")
    code = re.search(r"/host/(\w+)/", page.url)[1]
    page.goto(f"{story.url}/host/{code}/edit/all/")
    words = {"title": "Soup at Maria's", "date": wall(NEXT_EVENING, 19).date().isoformat(), "time": "19:00"}
    words |= {"town_name": "Toronto", "street": "7 Elm Street", "seats": "6"}
    assert page.input_value("[name=title]") == "Soup and one question"
    for name, typed in words.items():
        page.fill(f"[name={name}]", typed)
    if page.locator("[name=zone]").is_visible():
        page.select_option("[name=zone]", "America/Toronto")
    press(page.locator("main form button.button[name=then]"))
    press(page.locator("main form button.button"))
    assert "It is published" in page.inner_text("body")
    return page, code


def holds_it(story: Story, host: Page, code: str) -> None:
    """Maria invites Bo, who comes."""
    host.goto(f"{story.url}/host/{code}/invite/")
    host.fill("[name=addresses]", f"Bo <{BO}>")
    press(host.locator("main form button.button:has-text('See what was understood')"))
    host.check("[name=knows]")
    press(host.locator("button[name=send]"))
    letter = story.letter_to(BO, "Soup at Maria's")
    assert "Maria via Longtable" in str(letter.message["From"])
    page = story.guest_page()
    page.goto(story.link_in(letter, "/r/"))
    page.click("fieldset.answers button[value=yes] >> nth=0")
    assert "You are coming" in page.inner_text("main")
    story.move_clock(wall(NEXT_EVENING + 1, 18, 1))
    story.letter_to(MARIA, f"/host/{code}/debrief/")


def tells_it(story: Story, host: Page, code: str) -> None:
    """Maria says how it was and publishes; anybody finds the table that hers came from."""
    host.goto(f"{story.url}/host/{code}/debrief/")
    host.check("[name=did_happen][value=yes]")
    host.fill("[name=num_came]", "2")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/")
    host.fill("[name=text]", "Two of us, and soup for six.")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/publish/")
    press(host.locator("main form button:has-text('Publish it')").last)
    slug = story.site.shell(f"print(Recap.objects.public().get(meetup__code='{code}').slug)")

    page = story.guest_page()
    page.goto(f"{story.url}/recaps/{slug}/")
    words = " ".join(page.inner_text("main").split())
    assert f"This conversation came from a table in Toronto, Ontario, {EVENING:%B %Y}: Who would open the next door?" in words
    press(page.locator("main a[href*='/recaps/the-first-table/']"))
    assert "Who would open the next door?" in page.inner_text("h1")


def nobody_asks_again(story: Story) -> None:
    """She has begun, so the two letters that were to follow are taken back."""
    states = story.site.shell("print(sorted(Delivery.objects.filter(kind='room_ask').values_list('state', flat=True)))")
    assert states == "['sent', 'withdrawn', 'withdrawn']"
    assert len([one for one in story.sink.to(MARIA) if "/next/" in one.text]) == 1
    assert "Traceback" not in story.site.logs
