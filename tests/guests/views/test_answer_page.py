"""What the guest's page shows in each of its states, to whom it shows the address, and in how many queries."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import make_guest_token
from meetups.guests.services import rsvp as acts
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import Guest, Meetup, Needs
from meetups.planning.services.change import cancel_meetup
from meetups.times import clock
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_dish,
    make_guest,
    make_held_meetup,
    make_meetup,
)
from tests.guests.views.reading import heading, link, page, words_of

pytestmark = pytest.mark.django_db

SECRETS = [STREET, DOOR, PARKING, PHONE, "M6G"]
MOST_QUERIES = 5


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), name="Maria")


# What it shows


def test_an_unanswered_page_asks_and_says_for_whom(client, guest):
    html = page(client, link(guest))

    assert heading(html) == "Ana asks: will you come?"
    assert "You are answering for Maria:" in html
    buttons = re.findall(r'<button class="answer[^"]*" name="rsvp" value="(\w+)">', html)
    assert buttons == ["yes", "maybe", "no", "again", "host"]


def test_the_page_is_kept_out_of_caches_search_engines_and_referers_and_sets_no_cookie(client, guest):
    for path in [link(guest), link(guest) + "/confirm", link(guest) + "/not-me", "/r/wrong"]:
        response = client.get(path)

        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_an_answer_chosen_in_the_letter_stands_first_and_needs_one_press(client, guest):
    html = page(client, link(guest) + "?rsvp=no")

    assert re.findall(r'<button class="(answer[^"]*)" name="rsvp" value="(\w+)">', html)[0] == ("answer is-yes", "no")
    guest.refresh_from_db()
    assert guest.rsvp == "invited"


def test_a_nonsense_choice_in_the_address_is_passed_over(client, guest):
    assert page(client, link(guest) + "?rsvp=" + "z" * 500) == page(client, link(guest))


def test_a_yes_shows_the_address_the_door_and_the_calendar(client):
    meetup = make_meetup()
    make_guest(meetup, rsvp="yes", shows_name=True, shown_name="Joan")
    make_guest(meetup, rsvp="yes", shows_name=False, shown_name="Hidden Hugo")
    make_guest(meetup, rsvp="no", shows_name=True, shown_name="Declined Dora")
    guest = make_guest(meetup, rsvp="yes", party_size=2)

    html = page(client, link(guest))

    assert heading(html) == "You are coming"
    assert "2 of you." in html
    for secret in SECRETS:
        assert secret in html
    assert link(guest) + "/meetup.ics" in html
    assert "Joan" in html
    assert "Hidden Hugo" not in html
    assert "Declined Dora" not in html


def test_maybe_and_no_say_so_and_ask_again(client):
    for rsvp in ("maybe", "no"):
        html = page(client, link(make_guest(make_meetup(), rsvp=rsvp)))

        assert heading(html) == f"You said {rsvp}"
        assert "your answer now" in html


def test_a_waiting_guest_sees_the_place_in_line_and_why(client):
    meetup = make_meetup(seats=2)
    pair, first, second = make_guest(meetup), make_guest(meetup), make_guest(meetup)
    acts.record_rsvp(pair, acts.Answer("yes", party_size=2))
    for guest in (first, second):
        acts.record_rsvp(guest, acts.Answer("yes"))

    assert heading(page(client, link(first))) == "You are the first in line"
    html = page(client, link(second))
    assert heading(html) == "You are number 2 in line"
    assert "All 2 seats are taken." in words_of(html)


def test_a_waiting_party_sees_that_it_is_too_large_for_what_is_free(client):
    meetup = make_meetup(seats=2)
    acts.record_rsvp(make_guest(meetup), acts.Answer("yes"))
    guest = acts.record_rsvp(make_guest(meetup), acts.Answer("yes", party_size=2))

    assert "You asked for 2 seats together. Only one is free." in words_of(page(client, link(guest)))


def test_an_offered_seat_is_taken_or_given_back(client):
    meetup = make_meetup(seats=1)
    seated, first, second = (acts.record_rsvp(make_guest(meetup), acts.Answer("yes")) for _ in range(3))
    acts.record_rsvp(seated, acts.Answer("no"))

    html = page(client, link(first))
    assert heading(html) == "A seat is yours"
    assert "Kept for you until" in html
    client.post(link(first), {"rsvp": "no"})
    client.post(link(second), {"rsvp": "yes", "party_size": "1"})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rsvp, second.rsvp) == ("no", "yes")


def test_what_the_letter_about_an_offer_chose_stands_first(client):
    meetup = make_meetup(seats=1)
    seated, guest = (acts.record_rsvp(make_guest(meetup), acts.Answer("yes")) for _ in range(2))
    acts.record_rsvp(seated, acts.Answer("no"))

    orders = [
        re.findall(r'name="rsvp" value="(yes|no)">', page(client, link(guest) + end))[:2] for end in ("?rsvp=yes", "?rsvp=no")
    ]

    assert orders == [["yes", "no"], ["no", "yes"]]


def test_a_waiting_guest_who_comes_by_the_old_yes_sees_the_line(client):
    meetup = make_meetup(seats=1)
    make_guest(meetup, rsvp="yes")
    guest = acts.record_rsvp(make_guest(meetup), acts.Answer("yes"))

    assert heading(page(client, link(guest) + "?rsvp=yes")) == "You are the first in line"
    assert "Until now you are on the waiting list." in page(client, link(guest) + "?rsvp=no")


def test_an_offer_that_ended_is_said_plainly(client, moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, _second = (acts.record_rsvp(make_guest(meetup), acts.Answer("yes")) for _ in range(3))
    acts.record_rsvp(seated, acts.Answer("no"))
    first.refresh_from_db()
    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))

    assert heading(page(client, link(first))) == "Your seat went to the next in line"


def test_a_full_table_offers_the_waiting_list(client):
    meetup = make_meetup(seats=1)
    make_guest(meetup, rsvp="yes")

    assert "Yes, put me on the waiting list" in page(client, link(make_guest(meetup)))


def test_an_unproven_stranger_reads_what_a_press_does_and_counts_after_it(client):
    meetup = make_meetup(visibility="listed")
    ask_for_seat(meetup, name="Lee", email="lee@example.org")
    guest = meetup.guests.get()

    assert "no seat is kept" in page(client, link(guest))
    assert guest.is_unproven
    client.post(link(guest), {"rsvp": "yes"})

    guest.refresh_from_db()
    assert guest.has_seat
    assert STREET in page(client, link(guest))


def test_a_canceled_evening_shows_the_hosts_word_and_no_address(client):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp="yes")
    cancel_meetup(meetup, word="My kitchen is under water.")

    html = page(client, link(guest))

    assert heading(html) == "This evening is canceled"
    assert "My kitchen is under water." in html
    assert STREET not in html
    assert 'name="rsvp"' not in html


def test_an_evening_that_begun_or_ended_takes_no_answers_and_leads_to_the_words(client):
    for days, said in [(-0.05, "The evening has begun"), (-1.5, "The evening is over")]:
        start = clock.now() + timedelta(days=days)
        guest = make_guest(make_meetup(date=start.date(), time=start.time().replace(microsecond=0), zone="UTC"), rsvp="yes")

        html = page(client, link(guest))

        assert heading(html) == said
        assert 'name="rsvp"' not in html
        assert link(guest) + "/after" in html
        assert client.post(link(guest), {"rsvp": "no"}).status_code == 200
        guest.refresh_from_db()
        assert guest.rsvp == "yes"


def test_a_page_whose_notes_were_removed_still_answers(client):
    guest = make_guest(make_held_meetup(purged_at=clock.now(), street="", door="", parking="", day_phone=""), rsvp="yes")

    assert heading(page(client, link(guest))) == "The evening is over"


# The address ladder


def guests_without_the_right(meetup: Meetup) -> list[Guest]:
    rows = [make_guest(meetup, rsvp=rsvp) for rsvp in ("invited", "maybe", "no", "waiting")]
    rows.append(make_guest(meetup, rsvp="waiting", offered_at=clock.now(), offer_expires_at=clock.now() + timedelta(hours=2)))
    rows.append(make_guest(meetup, rsvp="yes", origin="self"))
    return rows


def test_street_door_parking_and_phone_are_on_no_page_of_a_guest_without_a_seat(client):
    meetup = make_meetup(visibility="listed", seats=3)
    make_guest(meetup, rsvp="yes")

    for guest in guests_without_the_right(meetup):
        for path in ["", "?rsvp=yes", "/confirm", "/not-me", "/meetup.ics", "/after"]:
            said = client.get(link(guest) + path, follow=True).content.decode()
            for secret in SECRETS:
                assert secret not in said, (guest.rsvp, path)


def test_the_address_goes_when_the_seat_goes_and_a_day_after_the_end(client, moved_clock):
    guest = acts.record_rsvp(make_guest(make_meetup()), acts.Answer("yes"))
    assert STREET in page(client, link(guest))
    client.post(link(guest), {"rsvp": "maybe"})
    assert STREET not in page(client, link(guest))
    client.post(link(guest), {"rsvp": "yes"})

    moved_clock(to=guest.meetup.ends_at + timedelta(hours=23))
    assert STREET in page(client, link(guest))
    moved_clock(to=guest.meetup.ends_at + timedelta(hours=25))
    assert STREET not in page(client, link(guest))
    moved_clock(to=guest.meetup.ends_at + timedelta(days=15))
    assert client.get(link(guest)).status_code == 410


# The calendar file


def test_the_calendar_file_is_for_a_seat_only(client):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp="yes")

    response = client.get(link(guest) + "/meetup.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="meetup.ics"'
    assert response["Cache-Control"] == "no-store"
    assert STREET in response.content.decode().replace("\r\n ", "").replace("\\,", ",")
    assert client.get(link(make_guest(meetup, rsvp="maybe")) + "/meetup.ics").status_code == 404


# Speed


def fill_table(meetup: Meetup, num_guests: int) -> list[Guest]:
    """Seat guests who bring, need and offer something, and let as many wait; return one of each kind."""
    for number in range(num_guests):
        seated = make_guest(meetup, rsvp="yes", shows_name=True)
        make_dish(meetup, "other", guest=seated, feeds=4)
        Needs.objects.create(guest=seated, wants_ride=True, offers_ride=number > 0, ride_seats=2)
        waiting = make_guest(meetup, rsvp="waiting")
    return [seated, waiting, make_guest(meetup)]


def test_the_guests_page_takes_as_many_queries_with_twelve_guests_as_with_one(client):
    counted = []
    for num_guests in (1, 12):
        guests = fill_table(make_meetup(seats=15), num_guests)
        for guest in guests:
            with CaptureQueriesContext(connection) as queries:
                page(client, link(guest))
            counted.append(len(queries))

    # The guest with all that is joined, the table, names, dishes, and whose offer meets a need; the place in line.
    assert counted[:3] == counted[3:]
    assert counted[0] <= MOST_QUERIES
    assert max(counted[1:3]) < MOST_QUERIES


def test_a_stranger_who_never_proved_the_address_is_not_asked_how_it_was(client):
    stranger = make_guest(make_held_meetup(), origin="self")

    page = client.get(f"/r/{make_guest_token(stranger)}").content.decode()

    assert "The evening is over" in page
    assert "/after" not in page


# Links of the host


def test_addresses_in_the_hosts_words_are_links_for_a_guest_with_a_seat_and_for_nobody_else(client):
    meetup = make_meetup(visibility="listed", word="The film: https://example.org/film")
    meetup.kit.way_in, meetup.kit.meal = "Page 3 of example.net/essay", "Bread as on www.example.com"
    meetup.kit.save()
    seated, asked = make_guest(meetup, rsvp="yes"), make_guest(meetup)
    addresses = ["https://example.org/film", "https://example.net/essay", "https://www.example.com"]

    with_seat = page(client, link(seated))
    others = [page(client, link(asked)), page(client, meetup.get_absolute_url())]

    assert [f'<a href="{url}" rel="nofollow noopener noreferrer">' in with_seat for url in addresses] == [True] * 3
    assert [url for url in addresses for html in others if f'href="{url}"' in html] == []
    assert "https://example.org/film" in others[0] and "example.net/essay" in others[1]
