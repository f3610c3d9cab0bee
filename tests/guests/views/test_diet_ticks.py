"""Guests tick what they eat, beside the free words; hosts see it in words and summed."""

import re

import pytest
from django.core.cache import cache

from meetups.models import Guest, Needs
from meetups.models.needs import sum_needs
from tests.factories import make_guest, make_host, make_meetup
from tests.guests.views.reading import link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def host():
    return make_host("host@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host)


@pytest.fixture
def door(client, host):
    client.force_login(host)
    return client


def diets_of(guest: Guest) -> str:
    guest.refresh_from_db()
    return guest.diets


def ticked_in(page: str) -> list[str]:
    return re.findall(r'name="diets" value="(\w+)"[^>]* checked', page)


def test_a_guest_ticks_and_unticks_on_their_own_page(client, meetup):
    guest = make_guest(meetup, rsvp="yes")

    client.post(link(guest), {"rsvp": "yes", "diets": ["no_nuts", "vegetarian"], "diet": "no coriander"})
    page = client.get(link(guest)).content.decode()
    ticked = diets_of(guest)
    client.post(link(guest), {"rsvp": "yes", "diet": "no coriander"})

    assert ticked == "vegetarian no_nuts"
    assert page.count('name="diets"') == 8
    assert ticked_in(page) == ["vegetarian", "no_nuts"]
    assert diets_of(guest) == ""


@pytest.mark.parametrize("typed", [{"rsvp": "yes"}, {"rsvp": "yes", "note": "See you"}])
def test_an_answer_without_the_part_about_food_leaves_the_ticks_as_they_are(client, meetup, typed):
    guest = make_guest(meetup, rsvp="maybe", diets="vegan")

    client.post(link(guest), typed)

    assert diets_of(guest) == "vegan"


def test_a_tick_that_is_not_offered_is_refused(client, meetup):
    guest = make_guest(meetup)

    answer = client.post(link(guest), {"rsvp": "yes", "diet": "", "diets": ["gold"]})

    assert answer.status_code == 200
    assert "diets" in answer.context["form"].errors
    assert diets_of(guest) == ""


def test_two_guests_with_other_ticks_are_not_shown_each_others(client, meetup):
    vegan, other = make_guest(meetup, rsvp="yes", diets="vegan"), make_guest(meetup, rsvp="yes", diets="halal")

    pages = [client.get(link(guest)).content.decode() for guest in (vegan, other, vegan)]

    assert [ticked_in(page) for page in pages] == [["vegan"], ["halal"], ["vegan"]]


def test_a_host_sees_the_ticks_of_those_with_a_seat_summed_everywhere(door, meetup):
    for number, (rsvp, diets) in enumerate([("yes", "vegetarian"), ("yes", "vegetarian no_nuts"), ("no", "halal")]):
        make_guest(meetup, name=f"G{number}", rsvp=rsvp, diets=diets, diet="no salt" if number else "")
    Needs.objects.create(guest=Guest.objects.get(name="G1"), wants_ride=True)

    desk, guests, print_, table = (
        door.get(f"/host/{meetup.code}/{page}").content.decode() for page in ("", "guests/", "print/", "table/")
    )

    assert all("To cook for: 2 vegetarian and 1 without nuts." in page for page in (desk, guests, print_))
    assert "1 wants a ride (0 seats are offered)." in desk
    assert "2 vegetarian and 1 without nuts." in table
    assert all("vegetarian, without nuts; no salt" in page for page in (desk, guests, print_, table))


def test_a_host_ticks_what_a_guest_said_by_phone(door, meetup):
    guest = make_guest(meetup, rsvp="yes", diets="vegan")

    page = door.get(guest.get_desk_url()).content.decode()
    door.post(guest.get_desk_url(), {"rsvp": "yes", "party_size": "1", "diets": ["kosher"], "diet": "", "note": ""})

    assert ticked_in(page) == ["vegan"]
    assert diets_of(guest) == "kosher"


def test_needs_are_summed_without_names():
    rows = [
        Needs(wants_ride=True, wants_step_free=True),
        Needs(wants_ride=True, wants_interpreter="Spanish"),
        Needs(offers_ride=True, ride_seats=3, wants_childcare=True),
        Needs(ride_seats=2),
    ]

    assert sum_needs(rows) == [
        "2 want a ride (3 seats are offered)",
        "1 needs a way in without steps",
        "1 wants a hand with the children",
        "1 wants an interpreter",
    ]
    assert sum_needs([]) == []
