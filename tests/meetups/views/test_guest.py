"""The guest's page in all its states: what it shows, what a press does, and what nobody else may see or do."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetups import clock
from meetups.models import Delivery, Guest, Meetup, Needs
from meetups.services import guest as acts
from meetups.services.asking import ask_for_seat
from meetups.services.meetup import cancel_meetup
from meetups.tokens import make_contribution_token, make_guest_token, make_unsubscribe_token
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_contribution,
    make_dish,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
)
from tests.meetups.views.rows import all_rows

pytestmark = pytest.mark.django_db

SECRETS = [STREET, DOOR, PARKING, PHONE, "M6G"]
GOOD_TOKEN_SHAPE = "A" * 43
WRONG_TOKENS = ["", "a", "A" * 42, GOOD_TOKEN_SHAPE, "x" * 3000, "%00", "é" * 43, "%E9%FF", "..", "'--", "A" * 42 + "%0A"]
MOST_QUERIES = 5
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), name="Maria")


def link(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def words_of(html: str) -> str:
    """Return what a person reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def heading(html: str) -> str:
    return " ".join(re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)[1].split())


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
    acts.record_rsvp(pair, rsvp="yes", party_size=2)
    for guest in (first, second):
        acts.record_rsvp(guest, rsvp="yes")

    assert heading(page(client, link(first))) == "You are the first in line"
    html = page(client, link(second))
    assert heading(html) == "You are number 2 in line"
    assert "All 2 seats are taken." in words_of(html)


def test_a_waiting_party_sees_that_it_is_too_large_for_what_is_free(client):
    meetup = make_meetup(seats=2)
    acts.record_rsvp(make_guest(meetup), rsvp="yes")
    guest = acts.record_rsvp(make_guest(meetup), rsvp="yes", party_size=2)

    assert "You asked for 2 seats together. Only one is free." in words_of(page(client, link(guest)))


def test_an_offered_seat_is_taken_or_given_back(client):
    meetup = make_meetup(seats=1)
    seated, first, second = (acts.record_rsvp(make_guest(meetup), rsvp="yes") for _ in range(3))
    acts.record_rsvp(seated, rsvp="no")

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
    seated, guest = (acts.record_rsvp(make_guest(meetup), rsvp="yes") for _ in range(2))
    acts.record_rsvp(seated, rsvp="no")

    orders = [
        re.findall(r'name="rsvp" value="(yes|no)">', page(client, link(guest) + end))[:2] for end in ("?rsvp=yes", "?rsvp=no")
    ]

    assert orders == [["yes", "no"], ["no", "yes"]]


def test_a_waiting_guest_who_comes_by_the_old_yes_sees_the_line(client):
    meetup = make_meetup(seats=1)
    make_guest(meetup, rsvp="yes")
    guest = acts.record_rsvp(make_guest(meetup), rsvp="yes")

    assert heading(page(client, link(guest) + "?rsvp=yes")) == "You are the first in line"
    assert "Until now you are on the waiting list." in page(client, link(guest) + "?rsvp=no")


def test_an_offer_that_ended_is_said_plainly(client, moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, _second = (acts.record_rsvp(make_guest(meetup), rsvp="yes") for _ in range(3))
    acts.record_rsvp(seated, rsvp="no")
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


# What a press does


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
    guest = acts.record_rsvp(make_guest(meetup), rsvp="yes")
    acts.record_rsvp(make_guest(meetup), rsvp="yes")

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
    acts.remove_guest(removed)
    acts.renew_link(old)
    gone = make_guest(make_held_meetup(in_days=-20), rsvp="yes")
    tokens = [token for token in WRONG_TOKENS if token not in ("", "..")]
    tokens += [
        good.swapcase(),
        good[:-1],
        good + "A",
        removed_token,
        old_token,
        make_unsubscribe_token(guest),
        make_guest_token(gone),
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


def test_many_wrong_tokens_are_slowed_down_and_a_right_one_still_opens(client, guest):
    answers = [client.get(f"/r/{number}").status_code for number in range(35)]

    assert answers[:29] == [404] * 29
    assert answers[31:] == [429] * 4
    assert client.get(link(guest)).status_code == 200
    assert client.post(link(guest), {"rsvp": "yes"}).status_code == 303


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
    guest = acts.record_rsvp(make_guest(make_meetup()), rsvp="yes")
    assert STREET in page(client, link(guest))
    client.post(link(guest), {"rsvp": "maybe"})
    assert STREET not in page(client, link(guest))
    client.post(link(guest), {"rsvp": "yes"})

    moved_clock(to=guest.meetup.ends_at + timedelta(hours=23))
    assert STREET in page(client, link(guest))
    moved_clock(to=guest.meetup.ends_at + timedelta(hours=25))
    assert STREET not in page(client, link(guest))
    moved_clock(to=guest.meetup.ends_at + timedelta(days=15))
    assert client.get(link(guest)).status_code == 404


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
