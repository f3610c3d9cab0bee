"""What an evening's page says to programs: when it is there, whether it is still on, and its picture's address."""

import json
import re
from datetime import date, time, timedelta

import pytest

from meetups.models import Meetup
from meetups.planning.services.change import cancel_meetup, reschedule_meetup
from meetups.planning.services.meetup import edit_meetup
from tests.factories import DOOR, PHONE, STREET, make_draft, make_guest, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]

SECRETS = [STREET, DOOR, PHONE, "M6G"]


def evening(**fields) -> Meetup:
    """Return a listed evening of 20 December at seven, in Vancouver: in London it is the 21st by then."""
    when = {"date": date(2026, 12, 20), "time": time(19), "zone": "America/Vancouver"}
    return make_meetup(visibility="listed", town_name="Vancouver", region="British Columbia", **(when | fields))


def page_of(client, meetup: Meetup) -> str:
    return client.get(meetup.get_absolute_url()).content.decode()


def facts_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])


def tag_of(page: str, name: str) -> str:
    return re.search(rf'<meta property="{name}" content="([^"]*)">', page)[1]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("America/Vancouver", "2026-12-20T19:00:00-07:00", "2026-12-20T22:00:00-07:00"),
        ("Asia/Kathmandu", "2026-12-20T19:00:00+05:45", "2026-12-20T22:00:00+05:45"),
        ("Pacific/Auckland", "2026-12-20T19:00:00+13:00", "2026-12-20T22:00:00+13:00"),
        ("UTC", "2026-12-20T19:00:00+00:00", "2026-12-20T22:00:00+00:00"),
    ],
)
def test_times_are_those_on_the_wall_with_the_offset_of_the_place(client, zone, start, end):
    facts = facts_of(page_of(client, evening(zone=zone)))

    assert (facts["startDate"], facts["endDate"]) == (start, end)
    assert facts["eventStatus"] == "https://schema.org/EventScheduled"
    assert "previousStartDate" not in facts


def test_a_moved_evening_says_when_it_was_to_be(client):
    meetup = evening()
    reschedule_meetup(meetup, date=date(2026, 12, 21))
    reschedule_meetup(meetup, date=date(2026, 12, 22), time=time(18))

    facts = facts_of(page_of(client, meetup))

    assert facts["eventStatus"] == "https://schema.org/EventRescheduled"
    assert facts["startDate"] == "2026-12-22T18:00:00-07:00"
    assert facts["previousStartDate"] == "2026-12-20T19:00:00-07:00"


def test_an_evening_that_moved_back_is_as_it_was_announced(client):
    meetup = evening()
    reschedule_meetup(meetup, date=date(2026, 12, 21))
    reschedule_meetup(meetup, date=date(2026, 12, 20))

    facts = facts_of(page_of(client, meetup))

    assert facts["eventStatus"] == "https://schema.org/EventScheduled"
    assert "previousStartDate" not in facts


def test_another_street_is_no_other_time(client):
    meetup = evening()
    reschedule_meetup(meetup, street="1 Other Street")

    assert facts_of(page_of(client, meetup))["eventStatus"] == "https://schema.org/EventScheduled"


def test_a_canceled_evening_stays_named_as_canceled_with_its_picture_and_without_the_street(client):
    meetup = evening()
    cancel_meetup(meetup)

    page = page_of(client, meetup)

    assert facts_of(page)["eventStatus"] == "https://schema.org/EventCancelled"
    assert facts_of(page)["startDate"] == "2026-12-20T19:00:00-07:00"
    assert tag_of(page, "og:description").startswith("Canceled: Sunday 20 December 2026, 7:00 p.m., Vancouver time · ")
    path = tag_of(page, "og:image").removeprefix("http://localhost:8000")
    assert client.get(path)["Content-Type"] == "image/png"
    assert not [secret for secret in SECRETS if secret in page]


def test_a_preview_says_day_and_hour(client):
    page = page_of(client, evening())

    said = "Sunday 20 December 2026, 7:00 p.m., Vancouver time · An evening with Ana in Vancouver, British Columbia"
    assert tag_of(page, "og:description").startswith(said)


@pytest.mark.parametrize("status", ["draft", "published", "canceled"])
def test_a_private_evening_is_not_named_to_its_own_host(client, status):
    meetup = make_draft() if status == "draft" else make_meetup(status=status)
    client.force_login(meetup.host)

    page = page_of(client, meetup)

    assert "ld+json" not in page
    assert "og:" not in page


def test_the_address_of_the_picture_changes_with_what_it_shows_and_the_old_one_still_answers(client):
    meetup = evening()
    addresses = [tag_of(page_of(client, meetup), "og:image")]
    assert tag_of(page_of(client, meetup), "og:image") == addresses[0]

    make_guest(meetup, rsvp="yes")
    addresses.append(tag_of(page_of(client, meetup), "og:image"))
    edit_meetup(meetup, title="Bread and one question")
    addresses.append(tag_of(page_of(client, meetup), "og:image"))
    reschedule_meetup(meetup, date=date(2026, 12, 21))
    addresses.append(tag_of(page_of(client, meetup), "og:image"))
    cancel_meetup(meetup)
    addresses.append(tag_of(page_of(client, meetup), "og:image"))

    assert len(set(addresses)) == len(addresses)
    for address in [*addresses, f"{meetup.get_absolute_url()}card.png"]:
        assert client.get(address.removeprefix("http://localhost:8000"))["Content-Type"] == "image/png"


def test_what_the_picture_does_not_show_leaves_its_address(client, moved_clock):
    meetup = evening()
    before = tag_of(page_of(client, meetup), "og:image")

    edit_meetup(meetup, word="Come as you are.")
    moved_clock(**{"to": meetup.starts_at - timedelta(days=3)})

    assert tag_of(page_of(client, meetup), "og:image") == before
