"""The page for the host's fridge."""

import re

import pytest

from meetups.models import Needs
from meetups.times import clock
from tests.factories import make_dish, make_draft, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture
def host():
    return make_host("host@example.org")


def words_of(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


def test_it_tells_who_comes_what_they_eat_and_bring_and_how_the_evening_runs(client, host):
    meetup = make_meetup(host, seats=12)
    ben = make_guest(meetup, rsvp="yes", shown_name="Ben", party_size=2, diet="no nuts", note="We come by train.")
    make_guest(meetup, rsvp="maybe", shown_name="Carl", diet="no salt")
    make_dish(meetup, "main", guest=ben, words="Lentils", feeds=6)
    make_dish(meetup, "bread")
    client.force_login(host)

    words = words_of(client.get(f"/host/{meetup.code}/print/"))

    for told in (
        "Places to lay Lay for 2 guests. On four evenings out of five between 0 and 2 come. "
        "You and your household are not counted.",
        "2 of 12 are taken",
        "Ben 2 no nuts We come by train.",
        "Ben: Lentils (a main dish), for 6",
        "The table still lacks bread.",
        "8:00 the question",
        "What would you try here?",
        "+1 416 555 0142",
    ):
        assert told in words
    assert "Carl" not in words
    assert "no salt" not in words


def test_it_tells_who_comes_along_and_what_they_need_but_no_way_to_reach_them(client, host):
    meetup = make_meetup(host, seats=12)
    maria = make_guest(meetup, rsvp="yes", shown_name="Maria", party_size=3, party_names="Ilse", num_children=1)
    ben = make_guest(meetup, rsvp="yes", shown_name="Ben")
    Needs.objects.create(guest=maria, wants_ride=True, wants_step_free=True, contact="416 555 0101")
    Needs.objects.create(guest=ben, offers_ride=True, ride_seats=3)
    Needs.objects.create(guest=make_guest(meetup, rsvp="maybe", shown_name="Carl"), wants_childcare=True)
    client.force_login(host)

    words = words_of(client.get(f"/host/{meetup.code}/print/"))

    assert "Maria With Ilse, 1 child" in words
    assert "Maria: needs a ride, a way in without steps Ben: offers a ride, 3 seats" in words
    assert "A ride: Ben for Maria" in words
    assert "Carl" not in words and "416" not in words.replace("+1 416 555 0142", "")


def test_a_table_without_guests_says_so_and_a_draft_has_no_such_page(client, host):
    client.force_login(host)

    assert "Nobody has a seat yet." in words_of(client.get(f"/host/{make_meetup(host).code}/print/"))
    assert client.get(f"/host/{make_draft(host).code}/print/").status_code == 302


def test_a_stranger_signs_in_first_another_host_finds_nothing_and_nobody_posts(client, host):
    path = f"/host/{make_meetup(host).code}/print/"

    stranger = client.get(path)
    client.force_login(make_host())
    other = client.get(path)
    client.force_login(host)

    assert stranger.url == f"/accounts/login/?next={path}"
    assert other.status_code == 404
    assert client.post(path).status_code == 405


def test_it_asks_as_often_for_twelve_guests_as_for_one(client, host, django_assert_num_queries):
    meetup = make_meetup(host)
    client.force_login(host)

    def fill(number: int) -> None:
        for _ in range(number):
            make_dish(meetup, guest=make_guest(meetup, rsvp="yes"))

    # Four are for the line of what is best done next.
    fill(1)
    with django_assert_num_queries(10):
        client.get(f"/host/{meetup.code}/print/")
    fill(11)
    with django_assert_num_queries(10):
        client.get(f"/host/{meetup.code}/print/")


def test_what_a_guest_wrote_whose_messages_are_not_wanted_is_not_on_it(client, host):
    meetup = make_meetup(host)
    make_guest(meetup, rsvp="yes", shown_name="Ben", diet="no nuts", note="You will hear of me.", blocked_at=clock.now())
    client.force_login(host)

    words = words_of(client.get(f"/host/{meetup.code}/print/"))

    assert "no nuts" in words
    assert "You will hear" not in words
