"""The page on which a host with fewer seats chooses who moves to the waiting list, and the way back."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Delivery, Guest, Meetup
from meetups.planning.views.seats import LOWERING_AN_HOUR
from tests.factories import make_draft, make_guest, make_held_meetup, make_host, make_meetup
from tests.planning.host_pages import typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def meetup(host) -> Meetup:
    return make_meetup(host, seats=3, in_days=20)


@pytest.fixture
def table(meetup) -> list[Guest]:
    return [record_rsvp(make_guest(meetup, name=name), Answer("yes")) for name in ("Ada", "Bo", "Cy")]


def path_of(meetup: Meetup) -> str:
    return f"/host/{meetup.code}/seats/"


def answers() -> dict[str, str]:
    return dict(Guest.objects.order_by("pk").values_list("name", "rsvp"))


# Who may come in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "restore/"])
def test_a_stranger_is_asked_to_sign_in(client, meetup, table, page):
    answer = client.post(path_of(meetup) + page, {"seats": "1", "moved": [table[0].pk, table[1].pk]})

    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/accounts/login/")
    assert set(answers().values()) == {"yes"}


@pytest.mark.parametrize("page", ["", "restore/"])
def test_another_host_finds_nothing(client, meetup, table, page):
    client.force_login(make_host())

    answer = client.post(path_of(meetup) + page, {"seats": "1", "moved": [table[0].pk, table[1].pk]})

    assert answer.status_code == 404
    assert set(answers().values()) == {"yes"}


def test_guests_of_another_meetup_cannot_be_chosen(door, meetup, table):
    other = record_rsvp(make_guest(make_meetup(make_host()), name="Joan"), Answer("yes"))

    page = door.post(path_of(meetup), {"seats": "2", "moved": [other.pk]}).content.decode()

    assert "The guest list has changed." in page
    assert set(answers().values()) == {"yes"}


def test_a_draft_and_an_evening_that_has_begun_lead_to_the_desk(door, host):
    for meetup in (make_draft(host), make_held_meetup(host)):
        assert door.get(path_of(meetup)).url == meetup.get_desk_url()


# From the form of the evening to here ------------------------------------------------------------------------------------


def words_typed(**fields) -> dict:
    return {name: value for name, value in typed(**fields).items() if name not in ("date", "time", "duration", "street", "zone")}


def test_fewer_seats_on_the_form_save_every_other_word_and_lead_to_the_choice(door, meetup, table):
    answer = door.post(f"/host/{meetup.code}/edit/all/", words_typed(title="Soup, again", meal="Lentils", seats="2"), follow=True)
    page = answer.content.decode()

    assert answer.request["PATH_INFO"] == path_of(meetup)
    assert 'name="seats" value="2"' in page
    assert "The words are saved." in page
    saved = Meetup.objects.get()
    assert (saved.title, saved.kit.meal, saved.seats) == ("Soup, again", "Lentils", 3)
    assert set(answers().values()) == {"yes"}


def test_once_the_evening_has_begun_the_form_keeps_what_was_typed(door, host):
    held = make_held_meetup(host, seats=3)
    for _n in range(3):
        make_guest(held, rsvp="yes")

    page = door.post(f"/host/{held.code}/edit/all/", words_typed(title="Soup, again", seats="2")).content.decode()

    assert "3 seats are taken." in page
    assert "Soup, again" in page


# The choice ----------------------------------------------------------------------------------------------------------------


def test_a_get_changes_nothing_and_shows_everybody_with_a_seat_unticked(door, meetup, table):
    record_rsvp(make_guest(meetup, name="Eve"), Answer("yes"))

    page = door.get(path_of(meetup) + "?seats=2").content.decode()

    labels = [" ".join(re.sub(r"<[^>]+>", " ", label).split()) for label in re.findall(r"<label[^>]*>.*?</label>", page, re.S)]
    assert [label for label in labels if "person" in label] == ["Cy, 1 person", "Bo, 1 person", "Ada, 1 person"]
    assert "checked" not in page
    assert set(answers().values()) == {"yes", "waiting"}
    assert Meetup.objects.get().seats == 3


@pytest.mark.parametrize("asked", ["?seats=zz", "?seats=9999999", "?seats=-1", ""])
def test_a_nonsense_number_in_the_address_is_passed_over(door, meetup, table, asked):
    assert 'name="seats" value="3"' in door.get(path_of(meetup) + asked).content.decode()


def test_who_is_ticked_moves_and_the_desk_offers_the_way_back(door, meetup, table):
    page = door.post(path_of(meetup), {"seats": "2", "moved": [table[1].pk]}, follow=True).content.decode()

    assert answers() == {"Ada": "yes", "Bo": "waiting", "Cy": "yes"}
    assert "Bo has moved to the waiting list and hears of it by a letter." in page
    assert "until then you can take it back" in page
    assert f'action="/host/{meetup.code}/seats/restore/"' in page
    assert "had a seat" in page


def test_taking_it_back_gives_the_seat_again(door, meetup, table):
    door.post(path_of(meetup), {"seats": "2", "moved": [table[1].pk]})

    page = door.post(f"/host/{meetup.code}/seats/restore/", follow=True).content.decode()

    assert set(answers().values()) == {"yes"}
    assert "Taken back: Bo" in page
    assert "seats/restore/" not in page


def test_after_ten_minutes_the_desk_has_no_such_button_and_a_press_is_refused_in_words(door, meetup, table, moved_clock):
    door.post(path_of(meetup), {"seats": "2", "moved": [table[1].pk]})
    moved_clock(minutes=11)

    assert "seats/restore/" not in door.get(meetup.get_desk_url()).content.decode()
    page = door.post(f"/host/{meetup.code}/seats/restore/", follow=True).content.decode()
    assert "The ten minutes are over." in page
    assert answers()["Bo"] == "waiting"


@pytest.mark.parametrize(
    ("seats", "ticked", "words"),
    [
        ("1", [1], "One more person has to move"),
        ("", [1], "required"),
        ("0", [1], "greater than or equal"),
        ("2", [0, 1], "room for"),
    ],
)
def test_what_is_refused_stays_typed_and_ticked(door, meetup, table, seats, ticked, words):
    page = door.post(path_of(meetup), {"seats": seats, "moved": [table[n].pk for n in ticked]}).content.decode()

    assert words in page
    assert page.count("checked") == len(ticked)
    assert set(answers().values()) == {"yes"}
    assert Meetup.objects.get().seats == 3


def test_a_guest_without_an_address_is_named_to_be_called(door, meetup):
    guests = [record_rsvp(make_guest(meetup, None, name=name), Answer("yes"), by_host=True) for name in ("Tom", "Ada")]

    page = door.post(path_of(meetup), {"seats": "1", "moved": [guests[0].pk]}, follow=True).content.decode()

    assert "No letter reaches Tom, so please call." in page


def test_more_seats_typed_here_move_nobody(door, meetup, table):
    page = door.post(path_of(meetup), {"seats": "5"}, follow=True).content.decode()

    assert "Nobody had to move" in page
    assert Meetup.objects.get().seats == 5


def test_less_than_a_day_before_the_page_says_that_it_cannot_be_taken_back(door, meetup, table, moved_clock):
    moved_clock(to=meetup.start - timedelta(hours=20))

    assert "the letters leave at once and this cannot be taken back" in door.get(path_of(meetup)).content.decode()


def test_many_changes_in_an_hour_are_refused(door, meetup, table):
    for _n in range(LOWERING_AN_HOUR):
        door.post(path_of(meetup), {"seats": "3"})

    page = door.post(path_of(meetup), {"seats": "2", "moved": [table[1].pk]}).content.decode()

    assert "Those were many changes in one hour." in page
    assert not Delivery.objects.filter(kind="waiting").exists()


def test_the_page_asks_the_database_as_often_for_three_guests_as_for_one(door, host, django_assert_num_queries):
    few, many = make_meetup(host, seats=9), make_meetup(host, seats=9)
    for meetup, number in ((few, 1), (many, 3)):
        for _n in range(number):
            make_guest(meetup, rsvp="yes")
    door.get(path_of(few))

    with django_assert_num_queries(8):
        door.get(path_of(few))
    with django_assert_num_queries(8):
        door.get(path_of(many))
