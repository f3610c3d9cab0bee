"""Strangers who ask for a seat: what is owed to whom, and from when on they count."""

import pytest

from meetups.access.address_hash import hash_address
from meetups.exceptions import MeetupError
from meetups.guests.services import rsvp as acts
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import AddressLedger, Delivery, Guest, Meetup
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests.factories import make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db


def letters(guest: Guest, state: str = "queued") -> list[str]:
    return list(Delivery.objects.filter(guest=guest, state=state).order_by("pk").values_list("kind", flat=True))


def answered(guest: Guest, rsvp: str = "yes", *, by_host: bool = False, **words) -> Guest:
    return acts.record_rsvp(guest, acts.Answer(rsvp, **words), by_host=by_host)


# Strangers


def listed(**fields) -> Meetup:
    return make_meetup(visibility="listed", **fields)


def test_a_stranger_becomes_a_row_nobody_sees_and_is_owed_the_letter_that_proves_the_address():
    meetup = listed()

    assert ask_for_seat(meetup, name="Lee", email=" Lee@Example.org ", language="fr") is True

    guest = meetup.guests.get()
    assert (guest.email, guest.name, guest.language, guest.origin) == ("lee@example.org", "Lee", "fr", "self")
    assert guest.is_unproven
    assert not Guest.objects.counting().exists()
    assert letters(guest) == ["prove_address"]
    assert AddressLedger.objects.get().kind == "prove_address"


def test_a_stranger_counts_from_their_first_answer_on():
    meetup = listed()
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    guest = answered(meetup.guests.get())

    assert (guest.rsvp, guest.is_unproven) == ("yes", False)
    assert list(Guest.objects.counting()) == [guest]


def test_a_stranger_asking_again_within_a_day_is_owed_nothing():
    meetup = listed()
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    assert ask_for_seat(meetup, name="Lee", email="lee@example.org") is False
    assert Delivery.objects.count() == 1
    assert Guest.objects.count() == 1


def test_a_guest_who_asks_gets_their_link_again_at_most_every_ten_minutes_and_three_times_a_day(moved_clock):
    meetup = listed()
    guest = answered(make_guest(meetup, email="maria@example.org"))
    said = [ask_for_seat(meetup, name="X", email="maria@example.org")]
    for minutes in (9, 11, 30, 50, 60 * 25):
        moved_clock(minutes=minutes)
        said.append(ask_for_seat(meetup, name="X", email="maria@example.org"))

    assert said == [True, False, True, True, False, True]
    assert set(letters(guest)) == {"confirmation", "new_link"}
    guest.refresh_from_db()
    assert guest.name != "X"
    assert (guest.rsvp, guest.link_version) == ("yes", 0)


def test_somebody_removed_or_who_wants_no_letters_at_all_is_owed_nothing():
    meetup = listed()
    make_guest(meetup, email="gone@example.org", removed_at=clock.now())
    suppress(hash_address("never@example.org"), target="")

    assert ask_for_seat(meetup, name="Gone", email="gone@example.org") is False
    assert ask_for_seat(meetup, name="Never", email="never@example.org") is False
    assert not Delivery.objects.exists()


def test_a_private_or_begun_or_canceled_table_takes_no_strangers():
    for meetup in [make_meetup(), make_held_meetup(visibility="listed"), listed(status="canceled")]:
        with pytest.raises(MeetupError):
            ask_for_seat(meetup, name="Lee", email="lee@example.org")
    assert not Guest.objects.exists()


def test_an_unproven_stranger_takes_no_seat():
    meetup = listed(seats=1)
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    assert answered(make_guest(meetup)).rsvp == "yes"
