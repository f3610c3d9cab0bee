"""Pages of a host about a published meetup: edit, move, cancel, restore."""

from datetime import timedelta

import pytest

from meetups.models import Delivery, Meetup
from meetups.times import clock
from tests.factories import (
    make_guest,
    make_meetup,
)
from tests.planning.host_pages import typed

pytestmark = pytest.mark.django_db


# Edit, move, cancel --------------------------------------------------------------------------------------------------


def test_editing_a_published_meetup_changes_words_and_not_time_or_place(door, host):
    meetup = make_meetup(host)
    make_guest(meetup, rsvp="yes")
    before = (meetup.starts_at, meetup.street)

    door.post(f"/host/{meetup.code}/edit/all/", typed(title="Bread", street="99 Other Street", time="10:00", seats="12"))

    meetup.refresh_from_db()
    assert (meetup.title, meetup.seats) == ("Bread", 12)
    assert (meetup.starts_at, meetup.street) == before
    assert Delivery.objects.count() == 0


def test_fewer_seats_than_are_taken_save_the_words_and_lead_to_the_choice_of_who_moves(door, host):
    meetup = make_meetup(host, seats=10)
    for _guest in range(3):
        make_guest(meetup, rsvp="yes", party_size=2)

    answer = door.post(f"/host/{meetup.code}/edit/all/", typed(title="Bread", seats="4"))

    assert answer.url == f"/host/{meetup.code}/seats/?seats=4"
    meetup.refresh_from_db()
    assert (meetup.seats, meetup.title) == (10, "Bread")
    assert meetup.guests.yes().count() == 3


def test_moving_tells_guests_old_and_new_in_ten_minutes_once(door, host, toronto):
    meetup = make_meetup(host, in_days=14, town=toronto)
    guest = make_guest(meetup, rsvp="yes")
    day = (clock.now() + timedelta(days=15)).date().isoformat()

    page = door.get(f"/host/{meetup.code}/move/").content.decode()
    door.post(f"/host/{meetup.code}/move/", typed(date=day, street=meetup.street, region="Ontario"))
    door.post(f"/host/{meetup.code}/move/", typed(date=day, street=meetup.street, region="Ontario"))

    assert "ten minutes after your last change" in page
    letter = Delivery.objects.get(kind="moved")
    assert letter.guest == guest
    assert letter.due_at > clock.now() + timedelta(minutes=9)


def test_moving_to_where_it_is_tells_nobody(door, host, toronto):
    meetup = make_meetup(host, in_days=14, town=toronto)
    make_guest(meetup, rsvp="yes")
    same = typed(date=meetup.date.isoformat(), street=meetup.street, region=meetup.region, door="the blue door")

    page = door.post(f"/host/{meetup.code}/move/", same, follow=True).content.decode()

    assert "nobody is mailed" in page
    meetup.refresh_from_db()
    assert meetup.door == "the blue door"
    assert Delivery.objects.count() == 0


def test_moving_without_a_street_is_refused_and_keeps_what_was_typed(door, host, toronto):
    meetup = make_meetup(host)

    answer = door.post(f"/host/{meetup.code}/move/", typed(street="", time="18:15"))

    assert list(answer.context["form"].errors) == ["street"]
    assert 'value="18:15"' in answer.content.decode()


def test_canceling_says_how_many_are_written_to_and_can_be_taken_back(door, host):
    meetup = make_meetup(host, in_days=14)
    make_guest(meetup, rsvp="yes")
    make_guest(meetup)
    make_guest(meetup, rsvp="no")

    asked = door.get(f"/host/{meetup.code}/cancel/").content.decode()
    assert "2 guests are written to." in asked

    desk = door.post(f"/host/{meetup.code}/cancel/", {"word": "I am ill."}, follow=True).content.decode()
    door.post(f"/host/{meetup.code}/cancel/", {"word": "again"})
    meetup.refresh_from_db()
    assert (meetup.status, meetup.cancel_word) == ("canceled", "I am ill.")
    assert Delivery.objects.filter(kind="canceled").count() == 2
    assert "Take it back" in desk

    door.post(f"/host/{meetup.code}/restore/")
    meetup.refresh_from_db()
    assert meetup.is_published
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_taking_back_needs_a_press(door, host):
    meetup = make_meetup(host, status=Meetup.Status.CANCELED, canceled_at=clock.now())

    assert door.get(f"/host/{meetup.code}/restore/").status_code == 405


def test_a_word_about_canceling_does_not_hold_the_street(door, host):
    meetup = make_meetup(host)

    page = door.post(f"/host/{meetup.code}/cancel/", {"word": f"Nobody stands before {meetup.street}, please."}).content.decode()

    assert "holds the street" in page
    meetup.refresh_from_db()
    assert meetup.is_published


def test_after_ten_minutes_a_cancellation_stays(door, host, moved_clock):
    meetup = make_meetup(host, in_days=14)
    door.post(f"/host/{meetup.code}/cancel/", {"word": ""})
    moved_clock(minutes=11)

    page = door.post(f"/host/{meetup.code}/restore/", follow=True).content.decode()

    assert "cannot be taken back any more" in page
    assert "Take it back" not in page


def test_a_new_host_cannot_mail_links_by_canceling_and_keeps_what_was_typed(door, host):
    host.proven_at = clock.now()
    host.save()
    meetup = make_meetup(host)
    make_guest(meetup)

    page = door.post(f"/host/{meetup.code}/cancel/", {"word": "So sorry. Look at bit.ly/prize"}).content.decode()

    meetup.refresh_from_db()
    assert meetup.is_published
    assert "“bit.ly” reads like one" in page
    assert "So sorry. Look at bit.ly/prize" in page
    assert Delivery.objects.count() == 0
