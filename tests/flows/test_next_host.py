"""The whole story of one guest: sits at a table, says "I could host", gets the draft by mail, publishes, and their recap names
the table it came from; in a browser without a script, with a real worker and a real relay."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browsing import press
from tests.flows.story import Story, open_story

pytestmark = pytest.mark.slow

TORONTO = ZoneInfo("America/Toronto")
MARIA = "maria@example.net"
SEED = """
from datetime import timedelta
from meetups.access.tokens import make_guest_token
from meetups.guests.services.rsvp import offer_to_host
from tests.factories import make_debrief, make_guest, make_held_meetup, make_recap
held = make_held_meetup(title="Soup and one question", in_days=-1, visibility="listed")
make_debrief(held)
make_recap(held, slug="the-first-table")
print("/r/" + make_guest_token(make_guest(held, "maria@example.net", shown_name="Maria", rsvp="yes", attended=True)))
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory, chromium_path):
    with open_story(tmp_path_factory.mktemp("next"), chromium_path) as told:
        yield told


def wall(days: int, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(date.today() + timedelta(days=days), time(hour, minute), tzinfo=TORONTO)


def test_a_guest_becomes_a_host(story: Story):
    story.move_clock(wall(0, 12))
    link = story.site.shell(SEED).splitlines()[-1]
    page = story.guest_page()
    page.goto(f"{story.url}{link}/after")
    press(page.locator("button[name=could_host][value=yes]"))
    story.move_clock(wall(1, 10, 1))
    letter = story.letter_to(MARIA, "a draft for your own table")

    page = story.host_page(with_script=False)
    page.goto(story.link_in(letter, "/next/"))
    assert "Where have you seen people change something together?" in page.inner_text("main")
    press(page.locator("button[name=begin]"))
    code = story.code_for(MARIA)
    page.fill("input[name=code]", code)
    page.click("button:has-text('Sign in') >> nth=-1")
    page.wait_for_url("**/host/*/edit/*/")
    draft = re.search(r"/host/(\w+)/", page.url)[1]
    page.goto(f"{story.url}/host/{draft}/edit/all/")
    day = wall(20, 19).date()
    page.fill("[name=date]", day.isoformat())
    page.fill("[name=time]", "19:00")
    for name, words in {"town_name": "Toronto", "street": "7 Elm Street", "seats": "6"}.items():
        page.fill(f"[name={name}]", words)
    page.select_option("[name=zone]", "America/Toronto") if page.locator("[name=zone]").is_visible() else None
    press(page.locator("main form button.button[name=then]"))
    press(page.locator("main form button.button"))
    assert "It is published" in page.inner_text("body")

    told = story.site.shell(TELL).splitlines()[-1]
    page = story.guest_page()
    page.goto(f"{story.url}{told}")
    assert page.locator("main a[href*='/recaps/the-first-table/']").count() >= 1
    # She has begun: nobody asks again.
    story.move_clock(wall(9, 10, 30))
    story.site.manage("deliver", "--once", check=False)
    assert len([one for one in story.sink.to(MARIA) if "/next/" in one.text]) == 1


TELL = """
from meetups.models import Meetup
from meetups.times import clock
from tests.factories import make_recap
child = Meetup.objects.get(parent__recap__slug="the-first-table", status="published")
print(make_recap(child, slug="the-next-table").get_absolute_url())
"""
