"""What a POST behind a guest's link does, what a GET does not, and who is refused."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_contribution_token, make_guest_token, make_unsubscribe_token
from meetups.guests.services import access_link, guest_list
from meetups.guests.services import rsvp as acts
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import Delivery, Guest
from meetups.times import clock
from tests.factories import (
    STREET,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
)
from tests.guests.views.reading import heading, link, page
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

GOOD_TOKEN_SHAPE = "A" * 43
WRONG_TOKENS = ["", "a", "A" * 42, GOOD_TOKEN_SHAPE, "x" * 3000, "%00", "é" * 43, "%E9%FF", "..", "'--", "A" * 42 + "%0A"]
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), name="Maria")


# What a POST does


def test_a_press_answers_with_all_that_was_typed_and_comes_back_to_the_same_page(client, guest):
    typed = {
        "rsvp": "yes",
        "party_size": "2",
        "shown_name": " Maria\u202e L. ",
        "shows_name": "on",
        "note": "Bread?",
        "diet": "nuts",
    }

    response = client.post(link(guest), typed)

    assert (response.status_code, response["Location"]) == (303, link(guest))
    assert not response.cookies
    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.shown_name, guest.shows_name) == ("yes", 2, "Maria L.", True)
    assert (guest.note, guest.diet) == ("Bread?", "nuts")


def test_a_press_needs_no_cookie_and_no_csrf_token_and_passes_over_other_fields(guest):
    meetup = guest.meetup
    typed = {"rsvp": "yes", "party_size": "1", "seats": "9999", "email": "x@example.org", "meetup": "1", "removed_at": "x"}

    response = Client(enforce_csrf_checks=True).post(link(guest), typed, headers={"Origin": "null"})

    assert response.status_code == 303
    before = (meetup.seats, guest.email)
    meetup.refresh_from_db()
    guest.refresh_from_db()
    assert (meetup.seats, guest.email, guest.rsvp) == (*before, "yes")


def test_a_second_press_changes_nothing(client, guest):
    client.post(link(guest), {"rsvp": "yes", "party_size": "2"})
    once = all_rows()

    client.post(link(guest), {"rsvp": "yes", "party_size": "2"})

    assert all_rows() == once


def test_one_button_alone_keeps_what_was_typed_before(client, guest):
    client.post(link(guest), {"rsvp": "yes", "party_size": "2", "shown_name": "Maria", "shows_name": "on", "note": "Bread"})

    client.post(link(guest), {"rsvp": "maybe"})

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.shown_name, guest.shows_name, guest.note) == ("maybe", 2, "Maria", True, "Bread")


def test_a_tick_taken_away_is_taken_away(client, guest):
    client.post(link(guest), {"rsvp": "yes", "shown_name": "Maria", "shows_name": "on"})

    client.post(link(guest), {"rsvp": "yes", "shown_name": "Maria"})

    guest.refresh_from_db()
    assert guest.shows_name is False


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"rsvp": ""},
        {"rsvp": "waiting"},
        {"rsvp": "yes", "party_size": "3"},
        {"rsvp": "yes", "party_size": "0"},
        {"rsvp": "yes", "party_size": "-1"},
        {"rsvp": "yes", "party_size": "two"},
        {"rsvp": "yes", "party_size": "9" * 400},
        {"rsvp": "yes", "note": "n" * 10_000},
        {"rsvp": "yes", "shown_name": "n" * 10_000},
        {"rsvp": "yes", "shown_name": "see https://example.org"},
        {"rsvp": "yes", "diet": "x\x00" + "y" * 400},
    ],
)
def test_bad_input_is_answered_and_changes_nothing(client, guest, typed):
    before = all_rows()

    response = client.post(link(guest), typed)

    assert response.status_code == 200
    assert "<title>Error: " in response.content.decode()
    assert "error-summary" in response.content.decode()
    assert all_rows() == before


def test_what_was_typed_stays_when_the_seats_do_not_suffice(client):
    meetup = make_meetup(seats=2)
    guest = acts.record_rsvp(make_guest(meetup), acts.Answer("yes"))
    acts.record_rsvp(make_guest(meetup), acts.Answer("yes"))

    html = client.post(link(guest), {"rsvp": "yes", "party_size": "2", "note": "my sister too"}).content.decode()

    assert "There is only 1 seat for you. What you had stays as it was." in html
    assert "my sister too" in html


def test_script_in_every_field_is_shown_as_text(client):
    meetup = make_meetup(title=XSS, word=XSS, town_name=XSS, door=XSS, host=make_host(shown_name=XSS[:60]))
    meetup.kit.meal = meetup.kit.run = meetup.kit.questions = meetup.kit.way_in = XSS
    meetup.kit.save()
    make_guest(meetup, rsvp="yes", shows_name=True, shown_name=XSS[:60])
    guest = make_guest(meetup, name=XSS, note=XSS, diet=XSS)

    client.post(link(guest), {"rsvp": "yes", "note": XSS, "diet": XSS})

    for path in ["", "/confirm", "/not-me"]:
        html = page(client, link(guest) + path)
        assert "<script>alert" not in html
        assert "<img src=x" not in html


# GET changes nothing


def test_get_head_and_options_change_no_row(client):
    meetup, held = make_meetup(seats=2, visibility="listed"), make_held_meetup()
    guests = [make_guest(meetup, rsvp=rsvp) for rsvp in ("invited", "yes", "maybe", "no", "waiting")]
    ask_for_seat(meetup, name="Lee", email="lee@example.org")
    guests.append(meetup.guests.get(origin="self"))
    late = make_guest(held, rsvp="yes")
    contribution = make_contribution(late)
    paths = [link(guest) + end for guest in guests for end in ("", "?rsvp=yes", "?rsvp=no", "/confirm", "/not-me", "/meetup.ics")]
    paths += [link(late), link(late) + "/after", link(late) + "/photo", f"/w/{make_contribution_token(contribution)}"]
    paths += [f"/u/{make_unsubscribe_token(guest)}" for guest in guests]
    before = all_rows()

    for path in paths:
        for method in (client.get, client.head, client.options):
            assert method(path).status_code in (200, 404)

    assert all_rows() == before


# Who may not


def test_wrong_tokens_all_get_the_same_friendly_404(client, guest):
    good = make_guest_token(guest)
    removed, old = make_guest(guest.meetup), make_guest(guest.meetup)
    removed_token, old_token = make_guest_token(removed), make_guest_token(old)
    guest_list.remove_guest(removed)
    access_link.renew_link(old)
    tokens = [token for token in WRONG_TOKENS if token not in ("", "..")]
    tokens += [
        good.swapcase(),
        good[:-1],
        good + "A",
        removed_token,
        old_token,
        make_unsubscribe_token(guest),
    ]

    said = set()
    for token in tokens:
        response = client.get(f"/r/{token}")
        assert response.status_code == 404
        said.add(re.sub(r"[0-9a-f]{8}", "", response.content.decode()))
        assert not response.cookies
    assert len(said) == 1
    assert "ask the person who invited you for a new link" in said.pop()


def test_a_wrong_token_cannot_post_either(client, guest):
    before = all_rows()

    for path in ["", "/confirm", "/not-me", "/after"]:
        assert client.post(f"/r/{GOOD_TOKEN_SHAPE}{path}", {"rsvp": "yes", "coming": "yes"}).status_code == 404
    assert client.post(f"/r/{make_unsubscribe_token(guest)}", {"rsvp": "yes"}).status_code == 404

    assert all_rows() == before


@pytest.mark.usefixtures("full_window")
def test_many_wrong_tokens_are_slowed_down_and_a_right_one_still_opens(client, guest):
    answers = [client.get(f"/r/{number}").status_code for number in range(35)]

    assert answers[:29] == [404] * 29
    assert answers[31:] == [429] * 4
    assert client.get(link(guest)).status_code == 200
    assert client.post(link(guest), {"rsvp": "yes"}).status_code == 303


@pytest.mark.usefixtures("full_window")
def test_a_machine_that_presses_one_link_again_and_again_is_slowed_down_and_may_still_look(client, guest):
    answers = {client.post(link(guest), {"rsvp": "yes"}).status_code for _ in range(60)}

    assert answers == {303}
    assert client.post(link(guest), {"rsvp": "no"}).status_code == 429
    assert client.get(link(guest)).status_code == 200
    guest.refresh_from_db()
    assert guest.rsvp == "yes"


def test_a_signed_in_host_answers_for_nobody_and_the_page_knows_no_session(client, guest):
    client.force_login(guest.meetup.host)

    response = client.get(link(guest))

    assert not response.cookies
    assert STREET not in response.content.decode()


# The day before


def test_the_day_before_the_page_asks_and_a_press_confirms(client):
    start = clock.now() + timedelta(hours=30)
    meetup = make_meetup(date=start.date(), time=start.time().replace(microsecond=0), zone="UTC")
    guest = make_guest(meetup, rsvp="yes")

    assert "lays the table" in page(client, link(guest))
    response = client.post(link(guest) + "/confirm", {"coming": "yes"})

    assert (response.status_code, response["Location"]) == (303, link(guest))
    guest.refresh_from_db()
    assert guest.confirmed_at is not None
    assert heading(page(client, link(guest))) == "You are coming, for certain"
    assert "You said so already" in page(client, link(guest) + "/confirm")


def test_confirm_with_a_no_gives_the_seat_away(client):
    guest = make_guest(make_meetup(in_days=1), rsvp="yes")

    client.post(link(guest) + "/confirm", {"coming": "no"})

    guest.refresh_from_db()
    assert guest.rsvp == "no"


def test_confirm_says_no_to_a_guest_without_a_seat_and_to_nonsense(client):
    guest = make_guest(make_meetup(in_days=1), rsvp="maybe")
    seated = make_guest(guest.meetup, rsvp="yes")

    assert "no seat to confirm" in client.post(link(guest) + "/confirm", {"coming": "yes"}).content.decode()
    assert "Please choose" in client.post(link(seated) + "/confirm", {"coming": "perhaps"}).content.decode()


# I am not Maria


def test_not_me_explains_and_a_press_ends_the_link_and_keeps_the_answer(client):
    guest = make_guest(make_meetup(), name="Maria", email="maria@example.org", rsvp="yes")
    old = link(guest)

    assert "You are not Maria?" in page(client, old + "/not-me")
    done = client.post(old + "/not-me", {"sure": "on"})

    assert done.status_code == 200
    assert "maria@example.org" not in done.content.decode()
    assert client.get(old).status_code == 404
    guest.refresh_from_db()
    assert guest.rsvp == "yes"
    assert Delivery.objects.get(guest=guest).kind == "new_link"
