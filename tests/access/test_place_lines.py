"""The postal code stands where the country puts it, in every channel, and no channel shows more than before (R72)."""

import pytest

from meetups.access.tokens import make_guest_token
from meetups.access.visibility import exact_place, place_for_guest, public_place
from tests.factories import make_guest, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]

PLACES = [
    (
        {"street": "12 Elm", "town_name": "Portland", "region": "Oregon", "postal_code": "97205", "country": "USA"},
        ["12 Elm", "Portland, Oregon 97205", "USA"],
    ),
    (
        {"street": "Hauptstraße 1", "town_name": "Wien", "region": "", "postal_code": "1010", "country": "Österreich"},
        ["Hauptstraße 1", "1010 Wien", "Österreich"],
    ),
    (
        {"street": "丸の内1-1", "town_name": "千代田区", "region": "東京都", "postal_code": "100-0005", "country": "日本"},
        ["〒100-0005", "東京都", "千代田区丸の内1-1", "日本"],
    ),
]


@pytest.mark.parametrize(("place", "written"), PLACES)
def test_page_map_and_calendar_write_the_address_as_its_country_does(client, place, written):
    guest = make_guest(make_meetup(**place), rsvp="yes")
    door = f"/r/{make_guest_token(guest)}"

    page = client.get(door).content.decode()
    way = client.get(f"{door}/map").content.decode()
    file = client.get(f"{door}/meetup.ics").content.replace(b"\r\n ", b"").decode()

    assert f"{'<br>'.join(written)}</address>" in page
    assert f"{'<br>'.join(written)}</address>" in way
    assert "LOCATION:" + ", ".join(written).replace(",", "\\,") in file


@pytest.mark.parametrize(
    ("zone", "line"), [("Europe/Vienna", "1010 Wien"), ("America/New_York", "Wien 1010"), ("UTC", "Wien 1010")]
)
def test_where_no_country_is_named_the_clock_says_which_it_is(zone, line):
    meetup = make_meetup(street="Ring 1", town_name="Wien", region="", postal_code="1010", country="", zone=zone)

    assert exact_place(meetup).lines == ("Ring 1", line)


@pytest.mark.parametrize(("place", "written"), PLACES)
def test_a_guest_without_a_seat_knows_the_area_and_no_line_of_the_address(place, written):
    meetup = make_meetup(**place)

    shown = [place_for_guest(make_guest(meetup, rsvp=rsvp)) for rsvp in ("invited", "no", "waiting", "maybe")]

    assert {known.one_line for known in [*shown, public_place(meetup)]} == {meetup.area}
    assert {known.lines for known in [*shown, public_place(meetup)]} == {()}
