"""The page of a campaign's day of action."""

from datetime import UTC, date, datetime, time

import pytest

from meetups.times import clock
from tests.factories import STREET, make_campaign, make_meetup, make_user

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 5)


@pytest.fixture
def campaign():
    return make_campaign(make_user(), name="Read Together", slug="read", day=DAY, color="leaf")


@pytest.fixture
def at(monkeypatch):
    """Return a function that sets the present moment."""
    return lambda *moment: monkeypatch.setattr(clock, "now", lambda: datetime(*moment, tzinfo=UTC))


def table(campaign, zone: str, title: str, **fields):
    fields = {"date": DAY, "visibility": "listed", "time": time(19)} | fields
    return make_meetup(campaign=campaign, zone=zone, title=title, **fields)


def test_tables_stand_in_the_order_in_which_they_begin_with_the_hour_of_their_place(client, campaign, at):
    at(2026, 12, 5, 10)
    table(campaign, "America/Vancouver", "West")
    table(campaign, "Pacific/Auckland", "East", town_name="Auckland")
    table(campaign, "Europe/Paris", "Middle", time=time(20, 30))

    page = client.get("/c/read/day/").content.decode()

    assert page.index("East") < page.index("Middle") < page.index("West")
    assert "1 table of 3 has begun. 1 is over." in page
    assert "8:30" in page
    assert "Auckland" in page
    assert STREET not in page


def test_a_table_that_is_on_says_so(client, campaign, at):
    at(2026, 12, 5, 19)
    table(campaign, "Europe/Paris", "Middle")

    assert "has begun</strong>" in client.get("/c/read/day/").content.decode()


@pytest.mark.parametrize(
    "fields", [{"visibility": "private"}, {"visibility": "link"}, {"status": "draft"}, {"date": date(2026, 12, 6)}]
)
def test_what_is_not_listed_for_that_day_is_neither_shown_nor_counted(client, campaign, at, fields):
    at(2026, 12, 5, 10)
    table(campaign, "Europe/Paris", "Secret", **fields)

    page = client.get("/c/read/day/").content.decode()

    assert "Secret" not in page
    assert "No table is listed for this day yet" in page


def test_a_campaign_without_such_a_day_has_no_such_page(client):
    make_campaign(slug="none")

    assert client.get("/c/none/day/").status_code == 404
    assert "/c/none/day/" not in client.get("/c/none/").content.decode()


def test_the_page_takes_three_queries_however_many_tables_and_shows_sixty(client, campaign, at, django_assert_num_queries):
    at(2026, 12, 5, 10)
    for number in (3, 59):
        for turn in range(number):
            table(campaign, "Europe/Paris", f"Table {number} {turn}", host=campaign.organizers.get().user)
        with django_assert_num_queries(3):
            page = client.get("/c/read/day/").content.decode()

    assert page.count('<li>\n    <div class="listing-main">') == 60
    assert "Page 1 of 2" in page
    assert "Table 59 58" in client.get("/c/read/day/?page=2").content.decode()


def test_an_unchanged_page_is_not_sent_again_and_sets_no_cookie(client, campaign, at):
    at(2026, 12, 5, 10)
    first = client.get("/c/read/day/")

    again = client.get("/c/read/day/", headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert not first.cookies
    assert "cloth-leaf" in first.content.decode()


def test_the_organizer_sets_the_day_and_the_campaign_leads_to_it(client, campaign):
    client.force_login(campaign.organizers.get().user)

    client.post("/c/read/edit/", {"name": "Read", "call": "Meet.", "day": "2027-03-20", "color": "plum"})

    page = client.get("/c/read/").content.decode()
    assert "/c/read/day/" in page and "cloth-plum" in page
    assert "March 20, 2027" in client.get("/c/read/day/").content.decode()
