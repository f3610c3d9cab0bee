"""The shared table on the guest's page, on its own page, and on the host's."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import make_guest_token
from meetups.guests.services import dish as acts
from meetups.models import Dish
from tests.factories import make_begun_meetup, make_dish, make_guest, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def host():
    return make_host("host@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, seats=12)


@pytest.fixture
def me(meetup):
    return make_guest(meetup, rsvp="yes", name="Maria")


@pytest.fixture
def door(client, host):
    client.force_login(host)
    return client


def link(guest, below: str = "/table") -> str:
    return f"/r/{make_guest_token(guest)}{below}"


def words_of(response) -> str:
    """Return the text of the page's main part on one line."""
    html = response.content.decode()
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split()).replace(" ,", ",")


# A guest's


def test_guests_page_says_what_is_lacking_and_leads_to_the_table(client, meetup, me):
    make_dish(meetup, "main")
    make_dish(meetup, "main")
    make_dish(meetup, "other", remark="folding chairs")
    ben = make_guest(meetup, rsvp="yes", shown_name="Ben", shows_name=True)
    make_dish(meetup, "bread", guest=ben, words="Rye")

    response = client.get(link(me, ""))

    assert "The table still lacks: 2 main dishes, folding chairs." in words_of(response)
    assert "Rye (bread), Ben" in words_of(response)
    assert link(me) in response.content.decode()


def test_a_page_of_an_evening_without_dishes_offers_to_bring_something(client, me):
    assert "Bring something" in words_of(client.get(link(me, "")))
    assert "Ana has not asked for anything." in words_of(client.get(link(me)))


def test_two_taps_from_the_guests_page_take_a_dish(client, meetup, me):
    dish = make_dish(meetup, "bread", feeds=12)
    first = client.get(link(me, "")).content.decode()
    (tap,) = re.findall(r'href="([^"]+/table)"', first)
    (button,) = re.findall(r'name="take" value="(\w+)"', client.get(tap).content.decode())

    response = client.post(tap, {"take": button})

    assert (response.status_code, response.url) == (303, tap)
    dish.refresh_from_db()
    assert dish.guest == me
    assert "You bring: Bread, for 12" in words_of(client.get(link(me, "")))


def test_the_second_who_presses_is_told_and_sees_the_rest(client, meetup, me):
    dish = make_dish(meetup, "bread", guest=make_guest(meetup, rsvp="yes"))
    make_dish(meetup, "dessert")

    response = client.post(link(me), {"take": dish.code})

    assert "Somebody else has just taken that. This is what the table still lacks." in words_of(response)
    assert "The table still lacks a dessert" in words_of(response)
    assert "<title>Error:" in response.content.decode()


def test_words_about_a_dish_are_kept_and_it_is_given_back(client, meetup, me):
    dish = acts.take_dish(me, dish=make_dish(meetup, "bread"))

    client.post(link(me), {"say": dish.code, "words": "Rye, still warm"})
    said = words_of(client.get(link(me)))
    response = client.post(link(me), {"give_back": dish.code})

    assert "Rye, still warm" in said
    assert response.status_code == 303
    dish.refresh_from_db()
    assert (dish.guest, dish.words) == (None, "")


def test_something_of_ones_own_is_brought_and_the_form_says_who_reads_it(client, me):
    shown = words_of(client.get(link(me)))

    response = client.post(link(me), {"words": "Olives from my aunt"})

    assert "Everybody with a seat reads this." in shown
    assert response.status_code == 303
    assert "You bring: Olives from my aunt" in words_of(client.get(link(me, "")))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Please say in a few words what it is."),
        ("see www.example.org", "A web address cannot stand here."),
        ("x" * 121, "at most 120 characters"),
    ],
)
def test_what_cannot_stand_is_said_beside_the_field_and_stays_typed(client, me, words, told):
    response = client.post(link(me), {"words": words})

    assert told in words_of(response)
    assert f'value="{words}"' in response.content.decode() or not words
    assert Dish.objects.count() == 0


def test_words_about_a_dish_that_cannot_stand_stay_typed_too(client, meetup, me):
    dish = acts.take_dish(me, dish=make_dish(meetup), words="Rye")

    response = client.post(link(me), {"say": dish.code, "words": "see www.example.org"})

    source = response.content.decode()
    assert "<title>Error:" in source
    assert f'<a href="#id_{dish.code}_words">What it is, in your words: A web address cannot stand here.</a>' in source
    assert 'value="see www.example.org"' in source
    dish.refresh_from_db()
    assert dish.words == "Rye"


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "waiting"])
def test_without_a_seat_the_page_says_what_is_lacking_and_offers_no_button(client, meetup, rsvp):
    guest = make_guest(meetup, rsvp=rsvp)
    make_dish(meetup, "dessert")
    taken = make_dish(meetup, "bread", guest=make_guest(meetup, rsvp="yes", shows_name=True, shown_name="Ben"), words="Rye")

    response = client.get(link(guest))
    refused = client.post(link(guest), {"take": Dish.objects.free().get().code})

    assert "The table still lacks a dessert" in words_of(response)
    assert 'name="take"' not in response.content.decode()
    assert "Rye" not in words_of(response) + words_of(client.get(link(guest, "")))
    assert "Only those with a seat bring something." in words_of(refused)
    assert Dish.objects.taken().get() == taken


def test_once_the_evening_has_begun_nothing_is_taken_any_more(client):
    meetup = make_begun_meetup()
    guest, dish = make_guest(meetup, rsvp="yes"), make_dish(meetup)

    response = client.get(link(guest))

    assert "Nothing can be changed here any more." in words_of(response)
    assert 'name="take"' not in response.content.decode()
    assert "The evening has begun" in words_of(client.post(link(guest), {"take": dish.code}))
    assert "The evening has begun" in words_of(client.post(link(guest), {"words": "Olives"}))


def test_a_dish_of_another_table_a_wrong_link_and_a_removed_guest_change_nothing(client, meetup, me):
    other = make_dish(make_meetup(), "bread")
    mine = make_dish(meetup, "bread")

    told = words_of(client.post(link(me), {"take": other.code}))
    wrong = client.post("/r/" + "A" * 43 + "/table", {"take": mine.code})
    path = link(me)
    me.link_version += 1
    me.save()
    old = client.post(path, {"take": mine.code})

    assert "That is not asked for any more." in told
    assert (wrong.status_code, old.status_code) == (404, 404)
    assert not Dish.objects.taken().exists()


@pytest.mark.parametrize("code", ["", "\0", "x" * 400, "é", "'--"])
def test_any_word_for_a_dish_is_answered_with_a_page(client, meetup, me, code):
    make_dish(meetup)

    for name in ("take", "give_back", "say"):
        assert client.post(link(me), {name: code, "words": "x"}).status_code in (200, 303)
    assert not Dish.objects.taken().exists()


def test_looking_changes_nothing_and_sets_no_cookie(client, meetup, me):
    make_dish(meetup)
    before = all_rows()

    response = client.get(link(me) + "?take=" + Dish.objects.get().code)

    assert all_rows() == before
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


def test_pages_ask_as_often_with_nine_dishes_as_with_one(client, meetup, me):
    make_dish(meetup, guest=make_guest(meetup, rsvp="yes"), words="Rye")
    client.get(link(me))
    pages = {below: _num_queries(client, link(me, below)) for below in ("", "/table")}

    for _ in range(4):
        make_dish(meetup, guest=make_guest(meetup, rsvp="yes"), words="Rye")
        make_dish(meetup, "main")

    assert {below: _num_queries(client, link(me, below)) for below in ("", "/table")} == pages


def _num_queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


# The host's


def table_of(meetup, below: str = "") -> str:
    return f"/host/{meetup.code}/table/{below}"


COUNTS = {"main": "2", "side": "0", "bread": "1", "dessert": "", "drink": "0", "other": "0"}


def test_table_starts_with_what_so_many_seats_need(door, meetup):
    response = door.get(table_of(meetup))

    assert "For 12 guests: 2 main dishes, 2 salads or sides, bread, a dessert and something to drink." in words_of(response)
    assert re.findall(r'name="(\w+)" value="(\d+)"', response.content.decode())[:6] == [
        ("main", "2"),
        ("side", "2"),
        ("bread", "1"),
        ("dessert", "1"),
        ("drink", "1"),
        ("other", "0"),
    ]


def test_host_asks_for_several_at_once_and_a_second_press_asks_for_no_more(door, meetup):
    (key,) = re.findall(r'name="press" value="([^"]+)"', door.get(table_of(meetup)).content.decode())

    first = door.post(table_of(meetup), COUNTS | {"press": key})
    door.post(table_of(meetup), COUNTS | {"press": key})

    assert (first.status_code, first.url) == (302, table_of(meetup))
    assert list(meetup.dishes.in_order().values_list("kind", "feeds")) == [("main", 6), ("main", 6), ("bread", 12)]
    assert "The table still lacks 2 main dishes and bread." in words_of(door.get(table_of(meetup)))


def test_asking_for_nothing_or_for_nonsense_is_said(door, meetup):
    assert "at least one thing" in words_of(door.post(table_of(meetup), dict.fromkeys(COUNTS, "0")))
    assert "less than or equal to 20" in words_of(door.post(table_of(meetup), COUNTS | {"main": "21"}))
    assert meetup.dishes.count() == 0


def test_host_sees_who_brings_what_and_what_was_given_back(door, meetup):
    hidden = make_guest(meetup, rsvp="yes", shown_name="Hugo", shows_name=False)
    make_dish(meetup, "main", guest=hidden, words="Lentils")
    make_guest(meetup, rsvp="yes", shown_name="Ada", diet="no nuts")
    make_guest(meetup, rsvp="no", shown_name="Dov", diet="no salt")
    guest = make_guest(meetup, rsvp="yes")
    acts.give_back_dish(guest, dish=acts.take_dish(guest, dish=make_dish(meetup, "bread")))

    words = words_of(door.get(table_of(meetup)))

    assert "Hugo: Lentils" in words
    assert "Bread – nobody yet given back" in words
    assert "You alone see this. Ada no nuts" in words
    assert "no salt" not in words


def test_host_writes_down_a_dish_for_somebody_who_phoned(door, meetup):
    ben = make_guest(meetup, None, rsvp="yes", name="Ben")
    fields = {"kind": "dessert", "feeds": "6", "remark": "no nuts", "guest": str(ben.pk), "words": "Plum cake"}

    response = door.post(table_of(meetup, "add/"), fields)

    assert response.url == table_of(meetup)
    dish = Dish.objects.get()
    assert (dish.kind, dish.feeds, dish.remark, dish.guest, dish.words) == ("dessert", 6, "no nuts", ben, "Plum cake")


def test_host_changes_a_dish_gives_it_back_and_takes_it_off_the_list(door, meetup, me):
    dish = acts.take_dish(me, dish=make_dish(meetup, "bread"))
    path = table_of(meetup, f"{dish.code}/")

    refused = door.post(path + "remove/", follow=True)
    door.post(path, {"kind": "main", "feeds": "", "remark": "", "guest": "", "words": ""})
    dish.refresh_from_db()
    changed = (dish.kind, dish.guest)
    door.post(path + "remove/")

    assert "Maria brings this." in refused.content.decode()
    assert changed == ("main", None)
    assert Dish.objects.count() == 0


def test_only_guests_with_a_seat_at_this_table_can_be_written_down(door, meetup):
    strangers = [make_guest(meetup, rsvp="maybe"), make_guest(make_meetup(), rsvp="yes")]

    for guest in strangers:
        response = door.post(table_of(meetup, "add/"), {"kind": "bread", "guest": str(guest.pk)})
        assert "Select a valid choice" in words_of(response)
    assert Dish.objects.count() == 0


def test_hosts_page_asks_as_often_with_nine_dishes_as_with_one(door, meetup):
    make_dish(meetup, guest=make_guest(meetup, rsvp="yes"))
    door.get(table_of(meetup))
    once = _num_queries(door, table_of(meetup))

    for _ in range(8):
        make_dish(meetup, guest=make_guest(meetup, rsvp="yes"))

    assert _num_queries(door, table_of(meetup)) == once


@pytest.mark.parametrize("below", ["", "add/", "code/", "code/remove/"])
def test_a_stranger_signs_in_first_and_another_host_finds_nothing(client, below):
    theirs = make_meetup(make_host())
    dish = make_dish(theirs, "bread")
    path = table_of(theirs, below.replace("code", dish.code))

    stranger = client.post(path, COUNTS | {"kind": "main"})
    client.force_login(make_host("other@example.org"))
    other = client.post(path, COUNTS | {"kind": "main"})

    assert stranger.url.startswith("/accounts/login/")
    assert other.status_code == 404
    assert list(Dish.objects.values_list("kind")) == [("bread",)]


def test_a_dish_of_another_table_is_not_reached_through_ones_own(door, meetup):
    dish = make_dish(make_meetup(make_host()), "bread")

    assert door.post(table_of(meetup, f"{dish.code}/"), {"kind": "main"}).status_code == 404
    door.post(table_of(meetup, f"{dish.code}/remove/"))
    assert list(Dish.objects.values_list("kind")) == [("bread",)]
