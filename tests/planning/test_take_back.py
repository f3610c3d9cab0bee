"""A host takes back an answer that they wrote down at the wrong name: until its letter is gone, for ten minutes."""

from datetime import timedelta

import pytest

from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Delivery, Guest
from meetups.planning.services.take_back import take_answer_back, write_answer_down
from meetups.times import clock
from tests.factories import make_dish, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup():
    return make_meetup(seats=2)


@pytest.fixture
def guest(meetup):
    return make_guest(meetup, "ben@example.org", name="Ben")


def written(guest: Guest, rsvp: str = "yes", **fields) -> Guest:
    return write_answer_down(guest, Answer(rsvp, **fields))


def letters(guest: Guest) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(guest=guest).order_by("pk").values_list("kind", "state"))


@pytest.mark.parametrize("rsvp", ["yes", "maybe", "no"])
def test_an_answer_is_taken_back_with_its_letter(guest, rsvp):
    taken = take_answer_back(written(guest, rsvp, party_size=2))

    assert (taken.rsvp, taken.party_size, taken.answered_at, taken.said_by_host) == ("invited", 1, None, False)
    assert letters(guest) == [("confirmation", "withdrawn")]


def test_its_letter_waits_for_ten_minutes_and_leaves_at_once_where_the_evening_is_near(guest, meetup, moved_clock):
    written(guest)
    waits = Delivery.objects.get(guest=guest).due_at - clock.now()
    moved_clock(to=meetup.start - timedelta(hours=2))
    near = written(make_guest(meetup, name="Cleo"))

    assert timedelta(minutes=9) < waits <= timedelta(minutes=10)
    assert Delivery.objects.get(guest=near).due_at <= clock.now()


def test_a_second_press_changes_nothing(guest):
    take_answer_back(written(guest))
    again = take_answer_back(guest)

    assert (again.rsvp, again.num_answers) == ("invited", 2)


def test_another_answer_after_that_has_a_letter_of_its_own(guest):
    taken = take_answer_back(written(guest))
    record_rsvp(taken, Answer("no"))

    assert letters(guest) == [("confirmation", "withdrawn"), ("confirmation", "queued")]


def test_the_seat_goes_to_the_waiting_list_and_the_dish_back(guest, meetup):
    written(guest, party_size=2)
    dish = make_dish(meetup, "bread", guest=guest)
    waiting = make_guest(meetup, name="Cleo", rsvp="waiting", waiting_since=clock.now())

    take_answer_back(guest)

    dish.refresh_from_db()
    waiting.refresh_from_db()
    assert dish.guest is None
    assert waiting.has_offer


def test_a_full_table_is_told_again_when_it_fills_again(guest, meetup):
    written(guest, party_size=2)
    take_answer_back(guest)

    meetup.refresh_from_db()
    assert meetup.full_told_at is None


@pytest.mark.parametrize("state", ["sending", "sent", "unknown", "failed"])
def test_it_stays_once_its_letter_is_gone(guest, state):
    written(guest)
    Delivery.objects.filter(guest=guest).update(state=state)

    with pytest.raises(MeetupError, match="gone already"):
        take_answer_back(guest)
    guest.refresh_from_db()
    assert guest.rsvp == "yes"


def test_it_stays_after_ten_minutes(guest, moved_clock):
    written(guest)
    moved_clock(minutes=11)

    with pytest.raises(MeetupError, match="cannot be taken back"):
        take_answer_back(guest)


def test_what_the_guest_said_is_never_taken_back(guest):
    for row in (record_rsvp(guest, Answer("yes")), written(make_guest(guest.meetup, rsvp="maybe", num_answers=1), "no")):
        with pytest.raises(MeetupError, match="cannot be taken back"):
            take_answer_back(row)
    written(other := make_guest(guest.meetup), "no")
    record_rsvp(other, Answer("maybe"))
    with pytest.raises(MeetupError, match="cannot be taken back"):
        take_answer_back(other)


# The pages -------------------------------------------------------------------------------------------------------------


def test_the_desk_and_the_page_of_the_guest_offer_it(client, guest, meetup):
    client.force_login(meetup.host)
    path = f"{guest.get_desk_url()}take-back/"

    desk = client.post(guest.get_desk_url(), {"rsvp": "yes", "party_size": "1", "diet": "", "note": ""}, follow=True)
    page = client.get(guest.get_desk_url()).content.decode()
    after = client.post(path, follow=True).content.decode()

    assert all("You wrote down for Ben: yes." in text and path in text for text in (desk.content.decode(), page))
    assert "Ben has not answered yet, as before." in after
    assert path not in after
    assert path not in client.get(meetup.get_desk_url()).content.decode()


def test_nobody_else_takes_it_back(client, guest):
    written(guest)
    path = f"{guest.get_desk_url()}take-back/"

    assert client.post(path).status_code == 302
    client.force_login(make_host())
    assert client.post(path).status_code == 404
    guest.refresh_from_db()
    assert guest.rsvp == "yes"


def test_a_press_that_comes_too_late_is_told(client, guest, meetup):
    client.force_login(meetup.host)
    written(guest)
    Delivery.objects.filter(guest=guest).update(state="sent")

    page = client.post(f"{guest.get_desk_url()}take-back/", follow=True).content.decode()

    assert "The letter about this answer is gone already." in page
