"""Links to other sites' calendars and maps: for a guest with a seat, and without our own link in them."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from meetups.access.tokens import make_guest_token
from meetups.planning.services.change import cancel_meetup
from tests.factories import STREET, day, make_guest, make_held_meetup, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PAGES = ["calendar", "map"]


def link(guest, page: str) -> str:
    return f"/r/{make_guest_token(guest)}/{page}"


def links_out(client: Client, path: str) -> dict[str, str]:
    """Return the links to other sites on a page by host, or by scheme for links without one."""
    html = client.get(path).content.decode()
    found = [unescape(tag) for tag in re.findall(r"<a [^>]+>", html)]
    out = [tag for tag in found if re.search(r'href="(?:https?|geo):', tag)]
    assert all('rel="noreferrer"' in tag for tag in out)
    hrefs = [re.search(r'href="([^"]+)"', tag)[1] for tag in out]
    return {urlsplit(href).netloc or urlsplit(href).scheme: href for href in hrefs}


def asked(href: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


def test_web_calendars_open_filled_in_with_the_moment_in_utc_and_the_address(client):
    guest = make_guest(make_meetup(title='Soup & "one" question?', date=day("2026-12-15")), rsvp="yes")

    out = links_out(client, link(guest, "calendar"))

    google = asked(out["calendar.google.com"])
    assert google["dates"] == "20261216T000000Z/20261216T030000Z"
    assert google["text"] == 'Soup & "one" question?'
    assert google["location"] == f"{STREET}, Toronto, Ontario M6G 1A1, Canada"
    assert asked(out["outlook.live.com"])["startdt"] == "2026-12-16T00:00:00Z"
    assert asked(out["calendar.yahoo.com"])["et"] == "20261216T030000Z"


@pytest.mark.parametrize("page", PAGES)
def test_no_link_out_holds_the_guests_link(client, page):
    guest = make_guest(make_meetup(), rsvp="yes", email="maria@example.org")

    for href in links_out(client, link(guest, page)).values():
        assert make_guest_token(guest)[:22] not in href
        assert "localhost" not in href and "/r/" not in href and "maria" not in href


def test_a_map_opens_at_the_address_on_the_phone_and_on_three_sites(client):
    out = links_out(client, link(make_guest(make_meetup(), rsvp="yes"), "map"))

    assert set(out) == {"geo", "www.openstreetmap.org", "www.google.com", "maps.apple.com"}
    assert asked(out["www.google.com"])["query"].startswith(STREET)
    assert "+" not in "".join(out.values())


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
@pytest.mark.parametrize("page", PAGES)
def test_without_a_seat_there_is_neither_and_no_street(client, page, rsvp):
    response = client.get(link(make_guest(make_meetup(), rsvp=rsvp), page))

    assert response.status_code == 404
    assert STREET not in response.content.decode()


def test_two_days_after_the_evening_the_map_is_gone_and_the_calendar_names_the_town(client):
    guest = make_guest(make_held_meetup(), rsvp="yes")

    calendar = client.get(link(guest, "calendar"))

    assert client.get(link(guest, "map")).status_code == 404
    assert calendar.status_code == 200
    assert STREET not in calendar.content.decode()
    assert links_out(client, link(guest, "calendar")) == {}


def test_a_canceled_evening_goes_to_no_calendar_but_by_the_file(client):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp="yes")
    cancel_meetup(meetup)

    assert links_out(client, link(guest, "calendar")) == {}
    assert client.get(link(guest, "map")).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_neither_page_changes_anything_or_asks_anybody_else_for_anything(client, page):
    guest = make_guest(make_meetup(), rsvp="yes")
    before = all_rows()

    response = client.get(link(guest, page))

    assert all_rows() == before
    assert not response.cookies and response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not re.search(r'<(?:img|script|iframe|link)[^>]+(?:src|href)="https?:', response.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_wrong_links_and_another_guests_are_answered_alike(client, page):
    other = make_guest(make_meetup(), rsvp="no")

    assert client.get(f"/r/{'x' * 43}/{page}").status_code == 404
    assert client.get(link(other, page)).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_the_evenings_page_leads_there_only_with_a_seat(client, page):
    seated, invited = make_guest(make_meetup(), rsvp="yes"), make_guest(make_meetup())

    assert link(seated, page) in client.get(f"/r/{make_guest_token(seated)}").content.decode()
    assert link(invited, page) not in client.get(f"/r/{make_guest_token(invited)}").content.decode()
