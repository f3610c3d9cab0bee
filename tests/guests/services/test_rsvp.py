"""An answer and a confirmation: what each changes in the row, and which letters it owes."""

import pytest

from meetups.exceptions import MeetupError
from meetups.guests.services import attendance
from meetups.guests.services import rsvp as acts
from meetups.models import Delivery, Guest, Meetup
from meetups.recaps.services.attendance import record_attendance
from meetups.times import clock
from tests.factories import make_begun_meetup, make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db


def letters(guest: Guest, state: str = "queued") -> list[str]:
    return list(Delivery.objects.filter(guest=guest, state=state).order_by("pk").values_list("kind", flat=True))


def answered(guest: Guest, rsvp: str = "yes", *, by_host: bool = False, **words) -> Guest:
    return acts.record_rsvp(guest, acts.Answer(rsvp, **words), by_host=by_host)


# Answers


def test_a_yes_gets_a_seat_and_owes_one_confirmation():
    guest = make_guest(make_meetup())

    guest = answered(guest, party_size=2, shown_name="Maria", shows_name=True, note="I bring bread", diet="no nuts")

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.num_answers) == ("yes", 2, 1)
    assert (guest.shown_name, guest.shows_name, guest.note, guest.diet) == ("Maria", True, "I bring bread", "no nuts")
    assert letters(guest) == ["confirmation"]
    assert Delivery.objects.get(guest=guest).context == {
        "rsvp": "yes",
        "had_seat": False,
        "had_own_seat": False,
        "missed": [],
    }


def test_the_same_answer_again_keeps_new_words_and_owes_no_second_letter():
    guest = answered(make_guest(make_meetup()))

    guest = answered(guest, note="I bring bread")

    guest.refresh_from_db()
    assert (guest.note, guest.num_answers, letters(guest)) == ("I bring bread", 1, ["confirmation"])


def test_words_that_were_not_sent_stay():
    guest = make_guest(make_meetup(), note="I bring bread", diet="no nuts")

    answered(guest)

    guest.refresh_from_db()
    assert (guest.note, guest.diet) == ("I bring bread", "no nuts")


def test_a_changed_answer_withdraws_the_letter_about_the_old_one():
    guest = answered(make_guest(make_meetup()))

    guest = answered(guest, "no")

    assert letters(guest) == ["confirmation"]
    assert letters(guest, "withdrawn") == ["confirmation"]
    assert Delivery.objects.get(guest=guest, state="queued").context["had_seat"] is True


def test_an_answer_by_the_guest_proves_the_address_and_one_by_the_host_does_not():
    meetup = make_meetup()
    own, told = make_guest(meetup), make_guest(meetup)

    own, told = answered(own), answered(told, by_host=True)

    assert own.address_proven_at is not None
    assert told.address_proven_at is None


def test_the_host_hears_of_a_guests_answer_but_not_of_their_own():
    meetup = make_meetup()

    answered(make_guest(meetup), by_host=True)
    assert not Delivery.objects.filter(kind="host_answers").exists()

    answered(make_guest(meetup))
    answered(make_guest(meetup))
    assert Delivery.objects.filter(kind="host_answers", user=meetup.host).count() == 1


def test_an_answer_takes_back_the_confirmation_of_the_day_before():
    guest = answered(make_guest(make_meetup(), rsvp="yes", confirmed_at=clock.now()), party_size=2)

    assert guest.confirmed_at is None


@pytest.mark.parametrize("party_size", [0, -1, 3, 1000])
def test_a_party_beyond_what_one_guest_may_take_is_refused(party_size):
    guest = make_guest(make_meetup(max_party=2))

    with pytest.raises(MeetupError):
        answered(guest, party_size=party_size)

    guest.refresh_from_db()
    assert (guest.rsvp, letters(guest)) == ("invited", [])


@pytest.mark.parametrize("rsvp", ["", "waiting", "invited", "YES"])
def test_an_answer_that_is_none_of_the_three_is_refused(rsvp):
    with pytest.raises(MeetupError):
        answered(make_guest(make_meetup()), rsvp)


def test_answers_are_refused_once_the_evening_has_begun_and_when_it_is_canceled():
    for meetup in [make_begun_meetup(), make_held_meetup(), make_meetup(status=Meetup.Status.CANCELED)]:
        guest = make_guest(meetup)
        with pytest.raises(MeetupError):
            answered(guest)
        assert letters(guest) == []


def test_a_removed_guest_cannot_answer():
    with pytest.raises(MeetupError):
        answered(make_guest(make_meetup(), removed_at=clock.now()))


def test_a_misspelt_argument_of_an_answer_is_an_error_and_not_an_answer_without_its_note():
    guest = make_guest(make_meetup())

    with pytest.raises(TypeError, match="notes"):
        answered(guest, notes="I bring my own chair.")

    guest.refresh_from_db()
    assert (guest.rsvp, guest.note) == ("invited", "")


# The day before, and the evening


def test_confirm_coming_is_kept_and_owes_no_letter():
    guest = make_guest(make_meetup(in_days=1), rsvp="yes")

    first = attendance.confirm_coming(guest, is_coming=True)
    second = attendance.confirm_coming(guest, is_coming=True)

    assert first.confirmed_at == second.confirmed_at is not None
    assert letters(guest) == []


def test_confirm_coming_with_a_no_frees_the_seat():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))

    seated = attendance.confirm_coming(seated, is_coming=False)

    waiting.refresh_from_db()
    assert (seated.rsvp, waiting.has_offer) == ("no", True)


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
def test_confirm_coming_needs_a_seat(rsvp):
    with pytest.raises(MeetupError):
        attendance.confirm_coming(make_guest(make_meetup(), rsvp=rsvp), is_coming=True)


def test_confirm_coming_says_that_a_canceled_evening_is_canceled():
    with pytest.raises(MeetupError, match="canceled"):
        attendance.confirm_coming(make_guest(make_meetup(status="canceled"), rsvp="yes"), is_coming=True)


def test_attendance_is_told_from_the_start_on_and_the_last_word_counts():
    with pytest.raises(MeetupError):
        record_attendance(make_guest(make_meetup(), rsvp="yes"), attended=True)

    guest = make_guest(make_held_meetup(), rsvp="yes")
    record_attendance(guest, attended=True)
    record_attendance(guest, attended=False)

    guest.refresh_from_db()
    assert guest.attended is False


def test_could_host_is_noted_and_taken_back():
    guest = make_guest(make_held_meetup())

    assert acts.offer_to_host(guest, could_host=True).could_host is True
    assert acts.offer_to_host(guest, could_host=False).could_host is False
