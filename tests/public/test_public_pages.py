"""Home, find, a meetup's page, a campaign's page: what anybody sees, and what nobody may see there."""

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetups.guests.forms.seat_request import make_stamp
from meetups.models import Cohost, Delivery, Guest, Kit, Meetup, Town
from meetups.models.town import fold_name
from meetups.times import clock
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_book,
    make_campaign,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
)
from tests.reading import typed_in
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

SECRETS = [STREET, DOOR, PARKING, PHONE, "M6G"]
XSS = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def make_town(name: str, number: int = 1) -> Town:
    place = {"country": "CA", "latitude": 43.7, "longitude": -79.4, "zone": "America/Toronto", "population": 10_000 + number}
    return Town.objects.create(geonames_id=number, name=name, search_name=fold_name(name), **place)


def listed(**fields) -> Meetup:
    return make_meetup(visibility="listed", **fields)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    return response.content.decode()


def old_stamp(moved_clock) -> str:
    """Return the stamp of a page that was opened a minute ago."""
    stamp = make_stamp()
    moved_clock(minutes=1)
    return stamp


# A meetup's page


def test_a_listed_page_shows_the_evening_and_never_the_street(client):
    meetup = listed(word="Come hungry.", seats=5)
    make_guest(meetup, rsvp="yes", party_size=2, shown_name="Joan", shows_name=True)
    make_guest(meetup, rsvp="waiting")

    html = page(client, meetup.get_absolute_url())

    for said in ["Soup and one question", "An evening with Ana", "Toronto, Ontario", "Transforming Power", "Come hungry."]:
        assert said in html
    assert "2 of 5 seats taken, 1 waiting" in html
    assert "3 seats are free." in html
    for secret in [*SECRETS, "Joan", meetup.host.email]:
        assert secret not in html
    assert "noindex" not in html


def test_the_page_is_small_and_takes_at_most_three_queries_however_many_guests(client, django_assert_max_num_queries):
    meetup = listed(campaign=make_campaign())
    for number in (1, 3):
        for _ in range(number):
            make_guest(meetup, rsvp="yes")
        with django_assert_max_num_queries(3):
            html = page(client, meetup.get_absolute_url())
        assert len(html.encode()) <= 20_000


def test_metadata_of_the_page_knows_the_area_only(client):
    meetup = listed(title="A </script><b>title</b> & more")

    html = page(client, meetup.get_absolute_url())
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])

    assert facts["name"] == "A </script><b>title</b> & more"
    assert facts["location"] == {"@type": "Place", "name": "Toronto, Ontario", "address": "Toronto, Ontario"}
    assert set(facts) == {
        *("@context", "@type", "name", "startDate", "endDate", "eventStatus", "eventAttendanceMode", "location", "organizer"),
        "url",
    }
    assert '<meta property="og:title" content="A &lt;/script&gt;' in html


def test_a_page_by_link_is_kept_out_of_search_engines(client):
    meetup = make_meetup(visibility="link")

    response = client.get(meetup.get_absolute_url())

    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert '<meta name="robots" content="noindex' in response.content.decode()


def test_private_pages_and_drafts_are_there_for_host_and_cohosts_only(client):
    cohost, stranger = make_host(), make_host()
    meetup, draft = make_meetup(), make_draft(visibility="listed", date=None, time=None)
    for row in (meetup, draft):
        Cohost.objects.create(meetup=row, user=cohost)
        path = row.get_absolute_url()

        assert Client().get(path).status_code == 404
        assert Client().post(path, {"name": "Lee", "email": "lee@example.org"}).status_code == 404
        for user, status in [(stranger, 404), (row.host, 200), (cohost, 200)]:
            somebody = Client()
            somebody.force_login(user)
            assert somebody.get(path).status_code == status
    assert not Guest.objects.exists()


def test_an_unknown_or_odd_code_is_a_404(client):
    for code in ["nothing", "%00", "x" * 3000, "é"]:
        assert client.get(f"/m/{code}/").status_code == 404


def test_a_canceled_page_says_so_and_takes_nobody(client):
    meetup = listed(status="canceled", cancel_word="My kitchen is under water.")

    html = page(client, meetup.get_absolute_url())

    assert "This evening is canceled" in html
    assert "My kitchen is under water." in html
    assert 'name="email"' not in html


def test_an_evening_that_is_over_leads_to_its_recap_when_there_is_one(client):
    held, told = make_held_meetup(visibility="listed"), make_held_meetup(visibility="listed")
    recap = make_recap(told)
    make_recap(held, state="draft")

    assert "This evening is over" in page(client, held.get_absolute_url())
    assert "/recaps/" not in page(client, held.get_absolute_url())
    assert recap.get_absolute_url() in page(client, told.get_absolute_url())


def test_script_in_every_field_is_shown_as_text(client):
    kit = make_kit(way_in=XSS, questions=XSS, run=XSS, meal=XSS, book=make_book(title=XSS, author=XSS))
    host = make_host(shown_name=XSS[:60])
    meetup = listed(title=XSS, word=XSS, town_name=XSS, region=XSS, host=host, kit=kit)

    for path in [meetup.get_absolute_url(), "/", "/find/", f"/find/?town={XSS}", f"/?town={XSS}"]:
        html = page(client, path)
        assert "<script>alert" not in html
        assert "<img src=x" not in html


# A stranger asks


def test_a_stranger_gets_one_answer_and_one_letter(client, moved_clock):
    meetup = listed()
    asked = old_stamp(moved_clock)

    response = client.post(meetup.get_absolute_url(), {"name": " Lee ", "email": " Lee@Example.org ", "asked": asked})

    assert response.status_code == 200
    assert "Look in your inbox" in response.content.decode()
    assert not response.cookies
    guest = meetup.guests.get()
    assert (guest.email, guest.name, guest.is_unproven) == ("lee@example.org", "Lee", True)
    assert Delivery.objects.get().kind == "prove_address"


def test_the_answer_is_the_same_for_a_guest_a_removed_one_and_a_second_press(client):
    meetup = listed()
    make_guest(meetup, email="guest@example.org", rsvp="yes")
    make_guest(meetup, email="gone@example.org", removed_at=clock.now())
    said = set()

    for email in ["new@example.org", "new@example.org", "guest@example.org", "gone@example.org"]:
        response = client.post(meetup.get_absolute_url(), {"name": "X", "email": email})
        said.add((response.status_code, response.content.decode().replace(email, "…")))

    assert len(said) == 1
    assert meetup.guests.count() == 3


def test_a_field_that_people_do_not_see_catches_machines(client):
    meetup = listed()

    response = client.post(meetup.get_absolute_url(), {"name": "X", "email": "x@example.org", "crumbs": "http://spam.example"})

    page = response.content.decode()
    assert "Look in your inbox" not in page and "press the button once more" in page
    assert 'value="x@example.org"' in page and 'name="crumbs"' not in page
    assert not Guest.objects.exists()
    assert not Delivery.objects.exists()
    # A person whose browser filled it in presses once more.
    assert "Look in your inbox" in client.post(meetup.get_absolute_url(), typed_in(page)).content.decode()
    assert Guest.objects.get().email == "x@example.org"


def test_a_form_sent_at_once_or_after_days_is_asked_for_once_more(client, moved_clock):
    meetup, stamp = listed(), make_stamp()
    typed = {"name": "Lee", "email": "lee@example.org", "asked": stamp}

    at_once = client.post(meetup.get_absolute_url(), typed).content.decode()
    moved_clock(days=4)
    late = client.post(meetup.get_absolute_url(), typed).content.decode()
    forged = client.post(meetup.get_absolute_url(), typed | {"asked": "1:x:y"}).content.decode()

    for html in (at_once, late, forged):
        assert "Please press once more." in html
        assert 'value="lee@example.org"' in html
    assert f'value="{stamp}"' in at_once
    assert f'value="{stamp}"' not in late + forged
    assert not Guest.objects.exists()


def test_pressing_once_more_is_enough(client, moved_clock):
    meetup = listed()
    typed = {"name": "Lee", "email": "lee@example.org", "asked": make_stamp()}
    html = client.post(meetup.get_absolute_url(), typed).content.decode()
    fresh = re.search(r'name="asked" value="([^"]+)"', html)[1]
    moved_clock(seconds=5)

    client.post(meetup.get_absolute_url(), typed | {"asked": fresh})

    assert meetup.guests.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"name": "Lee"},
        {"email": "lee@example.org"},
        {"name": "Lee", "email": "not an address"},
        {"name": "Lee", "email": "a@b\r\nBcc: c@example.org"},
        {"name": "n" * 10_000, "email": "lee@example.org"},
        {"name": "www.example.org", "email": "lee@example.org"},
        {"name": "Lee\x00", "email": "l" * 300 + "@example.org"},
    ],
)
def test_bad_input_is_answered_beside_the_field_and_changes_nothing(client, typed):
    meetup = listed()
    before = all_rows()

    response = client.post(meetup.get_absolute_url(), typed)

    html = response.content.decode()
    assert response.status_code == 200
    assert "<title>Error: " in html
    assert 'class="errorlist"' in html
    assert all_rows() == before


@pytest.mark.usefixtures("full_window")
def test_too_many_requests_from_one_place_are_slowed_down(client):
    meetup = listed()

    answers = [
        client.post(meetup.get_absolute_url(), {"name": "X", "email": f"x{number}@example.org"}).status_code
        for number in range(22)
    ]

    assert answers == [200] * 20 + [429] * 2
    assert client.get(meetup.get_absolute_url()).status_code == 200


def test_a_post_to_an_evening_that_takes_nobody_changes_nothing(client):
    for meetup in [make_held_meetup(visibility="listed"), listed(status="canceled")]:
        before = all_rows()
        assert client.post(meetup.get_absolute_url(), {"name": "X", "email": "x@example.org"}).status_code == 200
        assert all_rows() == before


# Home and find


def test_home_says_what_this_is_and_shows_tables_and_recaps(client):
    meetup = listed(title="Listed soup")
    make_meetup(title="Private soup"), make_meetup(title="Soup by link", visibility="link"), make_draft(title="Draft soup")
    make_held_meetup(title="Held soup", visibility="listed")
    recap = make_recap(make_held_meetup())
    hidden = make_recap(make_held_meetup(), state="draft")

    html = page(client, "/")

    assert "Somebody opens their home for an evening: a book, a meal, a dozen people." in html
    assert meetup.get_absolute_url() in html
    assert recap.get_absolute_url() in html
    for unseen in ["Private soup", "Soup by link", "Draft soup", "Held soup", hidden.get_absolute_url(), *SECRETS]:
        assert unseen not in html


def test_nothing_in_your_town_leads_to_starting_one(client):
    listed()

    for path in ["/?town=Gimli", "/find/?town=Gimli"]:
        html = page(client, path)
        assert "No table in Gimli yet." in html
        assert "Start one in Gimli" in html
        assert "Soup and one question" not in html


def test_a_town_is_found_whatever_its_accents_and_case_and_by_its_beginning(client):
    listed(title="Poutine", town=make_town("Montréal", 1), town_name="Montréal")
    listed(title="Bagels", town=make_town("Toronto", 2))
    listed(title="Fish", town=None, town_name="Little Nowhere")

    assert "Poutine" in page(client, "/find/?town=montreal")
    assert "Poutine" in page(client, "/find/?town=MONT")
    assert "Bagels" not in page(client, "/find/?town=montreal")
    assert "Fish" in page(client, "/find/?town=little+nowhere")
    assert "3 evenings to come." in page(client, "/find/")


def test_find_counts_free_seats_and_the_line(client):
    free, full = listed(title="Free", seats=3), listed(title="Full", seats=1)
    make_guest(free, rsvp="yes")
    make_guest(full, rsvp="yes")
    make_guest(full, rsvp="waiting")

    html = page(client, "/find/")

    assert "2 of 3 seats free" in html
    assert "full, 1 waiting" in html


def test_find_shows_twenty_on_a_page_and_keeps_the_town(client):
    town = make_town("Toronto")
    for number in range(21):
        listed(title=f"Evening {number:02}", town=town, in_days=2 + number)

    first, second = page(client, "/find/?town=Toronto"), page(client, "/find/?town=Toronto&page=2")

    assert ("Evening 19" in first, "Evening 20" in first) == (True, False)
    assert ("Evening 19" in second, "Evening 20" in second) == (False, True)
    assert "?town=Toronto&amp;page=2" in first
    for odd in ["0", "999", "x", "-1", "9" * 50]:
        assert client.get(f"/find/?page={odd}").status_code == 200


def test_odd_towns_are_answered(client):
    for town in ["%00", "x" * 5000, "%F0%9F%8D%B2", "%25", "'--"]:
        assert client.get(f"/find/?town={town}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/find/", "/find/?town=tor", "/c/read-together/"])
def test_lists_take_the_same_number_of_queries_for_one_row_and_three(client, path):
    campaign = make_campaign(slug="read-together")
    counts = []
    for number in (1, 2):
        for _ in range(number):
            make_guest(listed(campaign=campaign), rsvp="yes")
            make_recap(make_held_meetup(campaign=campaign))
        with CaptureQueriesContext(connection) as counted:
            page(client, path)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 4


# A campaign


def test_a_campaign_shows_its_call_its_kit_its_tables_and_its_recaps(client):
    campaign = make_campaign(slug="read-together", call="Read one book this autumn.\n\nAt any table.")
    make_kit(campaign=campaign, meal="Soup for twelve.")
    own = listed(campaign=campaign, title="Ours")
    listed(title="Theirs")
    make_meetup(campaign=campaign, title="Private of ours")
    recap = make_recap(make_held_meetup(campaign=campaign))
    other = make_recap(make_held_meetup())

    html = page(client, "/c/read-together/")

    for said in ["Read one book this autumn.", "Soup for twelve.", own.get_absolute_url(), recap.get_absolute_url()]:
        assert said in html
    assert "/host/new/?campaign=read-together" in html
    for unseen in ["Theirs", "Private of ours", other.get_absolute_url(), "dashboard", *SECRETS]:
        assert unseen not in html


def test_a_campaign_with_nothing_in_its_kit_shows_no_heading_over_nothing(client):
    kit = Kit.objects.create(campaign=make_campaign(slug="read-together"))
    assert "What an evening needs" not in page(client, "/c/read-together/")

    kit.meal = "Soup for twelve."
    kit.save()

    assert "What an evening needs" in page(client, "/c/read-together/")


def test_an_unknown_campaign_is_a_404(client):
    assert client.get("/c/nobody/").status_code == 404


# All of them


def test_public_pages_change_no_row(client):
    campaign = make_campaign(slug="read-together")
    meetup = listed(campaign=campaign)
    start = clock.now() + timedelta(hours=30)
    listed(date=start.date(), time=start.time().replace(microsecond=0), zone="UTC")
    before = all_rows()

    for path in ["/", "/?town=x", "/find/", "/find/?page=2", "/c/read-together/", meetup.get_absolute_url()]:
        for method in (client.get, client.head, client.options):
            assert method(path).status_code == 200

    assert all_rows() == before
