"""Seats, the waiting list and offers of freed seats."""

from datetime import time, timedelta

import pytest

from meetups.access.tokens import make_guest_token
from meetups.exceptions import MeetupError
from meetups.guests.services import guest_list, invitation
from meetups.guests.services import rsvp as acts
from meetups.guests.services import seats as seats_acts
from meetups.models import Delivery, Guest, Meetup
from tests.factories import make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db


def letters(guest: Guest, state: str = "queued") -> list[str]:
    return list(Delivery.objects.filter(guest=guest, state=state).order_by("pk").values_list("kind", flat=True))


def answered(guest: Guest, rsvp: str = "yes", *, by_host: bool = False, **words) -> Guest:
    return acts.record_rsvp(guest, acts.Answer(rsvp, **words), by_host=by_host)


# Seats and the waiting list


def test_a_yes_to_a_full_table_waits_and_is_told_why():
    meetup = make_meetup(seats=1)
    answered(make_guest(meetup))

    guest = answered(make_guest(meetup))

    assert guest.rsvp == "waiting"
    assert guest.waiting_since is not None
    assert Delivery.objects.get(guest=guest).context == {"because": "full", "free": 0}


@pytest.mark.parametrize(("rsvp", "size"), [("no", 1), ("maybe", 3), ("yes", 3)])
def test_a_party_from_before_the_limit_was_lowered_can_still_answer(client, rsvp, size):
    guest = make_guest(make_meetup(max_party=2), rsvp="yes", party_size=3)

    # A POST of the button alone has no party size, and keeps the guest's.
    answer = client.post(f"/r/{make_guest_token(guest)}", {"rsvp": rsvp})

    guest.refresh_from_db()
    assert (answer.status_code, guest.rsvp, guest.party_size) == (303, rsvp, size)


def test_a_party_from_before_the_limit_was_lowered_takes_the_seats_it_is_offered_and_grows_no_more():
    guest = make_guest(make_meetup(max_party=2, seats=6), rsvp="waiting", party_size=3)
    seats_acts.offer_freed_seats(guest.meetup)

    guest = acts.record_rsvp(guest, acts.Answer("yes", party_size=3))

    assert (guest.rsvp, guest.party_size) == ("yes", 3)
    with pytest.raises(MeetupError):
        acts.record_rsvp(guest, acts.Answer("yes", party_size=4))


def test_who_was_removed_and_is_invited_again_comes_without_the_party_of_before(client):
    guest = make_guest(make_meetup(), rsvp="yes", party_size=2, num_children=1)
    guest_list.remove_guest(guest)
    invitation.invite_guests(guest.meetup, addresses=[("", guest.email)], by=guest.meetup.host)
    guest.refresh_from_db()

    client.post(f"/r/{make_guest_token(guest)}", {"rsvp": "yes"})

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.num_children) == ("yes", 1, 0)


def test_a_party_larger_than_the_seats_left_waits_whole():
    meetup = make_meetup(seats=2)
    answered(make_guest(meetup))

    guest = answered(make_guest(meetup), party_size=2)

    assert (guest.rsvp, guest.party_size) == ("waiting", 2)
    assert Delivery.objects.get(guest=guest).context == {"because": "party", "free": 1}


def test_a_waiting_party_that_grows_smaller_takes_the_seat_that_is_free():
    meetup = make_meetup(seats=2)
    answered(make_guest(meetup))
    guest = answered(make_guest(meetup), party_size=2)

    guest = answered(guest, party_size=1)

    assert (guest.rsvp, guest.waiting_since) == ("yes", None)


def test_a_party_that_does_not_fit_leaves_the_seat_as_it_was():
    meetup = make_meetup(seats=2)
    guest = answered(make_guest(meetup))
    answered(make_guest(meetup))

    with pytest.raises(MeetupError, match="only 1 seat"):
        answered(guest, party_size=2)

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size) == ("yes", 1)


def test_nobody_is_dropped_when_the_host_takes_seats_away():
    meetup = make_meetup(seats=4)
    guest, other = answered(make_guest(meetup), party_size=2), answered(make_guest(meetup), party_size=2)
    Meetup.objects.update(seats=1)

    guest = answered(guest, party_size=2, note="still coming")
    other = answered(other, party_size=1)

    assert (guest.rsvp, guest.party_size, guest.note) == ("yes", 2, "still coming")
    assert (other.rsvp, other.party_size) == ("yes", 1)


def test_a_freed_seat_is_offered_to_the_first_in_line_once():
    meetup = make_meetup(seats=1)
    seated = answered(make_guest(meetup))
    first, second = answered(make_guest(meetup)), answered(make_guest(meetup))

    answered(seated, "no")
    seats_acts.offer_freed_seats(meetup)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rsvp, first.has_offer, second.has_offer) == ("waiting", True, False)
    assert letters(first) == ["seat_offered"]
    assert letters(second) == ["waiting"]


def test_two_freed_seats_are_offered_to_two():
    meetup = make_meetup(seats=2)
    pair = answered(make_guest(meetup), party_size=2)
    line = [answered(make_guest(meetup)) for _ in range(3)]

    answered(pair, "no")

    assert [Guest.objects.get(pk=guest.pk).has_offer for guest in line] == [True, True, False]


def test_a_party_that_does_not_fit_is_passed_over_and_keeps_its_place():
    meetup = make_meetup(seats=1)
    seated = answered(make_guest(meetup))
    large, small = answered(make_guest(meetup), party_size=2), answered(make_guest(meetup))

    answered(seated, "no")

    large.refresh_from_db()
    small.refresh_from_db()
    assert (large.has_offer, small.has_offer) == (False, True)
    assert seats_acts.place_in_line(large) == 1


def test_an_offered_seat_counts_as_taken():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))
    answered(seated, "no")

    late = answered(make_guest(meetup))

    assert late.rsvp == "waiting"
    assert answered(waiting).rsvp == "yes"


def test_an_offer_given_back_goes_to_the_next():
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")

    answered(first, "no")

    second.refresh_from_db()
    assert second.has_offer


def test_an_offer_lapses_and_goes_to_the_next_and_is_not_made_twice(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")
    first.refresh_from_db()

    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))

    assert seats_acts.lapse_offers() == 1
    assert seats_acts.lapse_offers() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rsvp, first.has_offer, second.has_offer) == ("waiting", False, True)


def test_somebody_who_let_an_offer_lapse_says_yes_again_at_the_end_of_the_line(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second, third = (answered(make_guest(meetup)) for _ in range(4))
    answered(seated, "no")
    first.refresh_from_db()
    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))
    seats_acts.lapse_offers()

    first = answered(first)

    third.refresh_from_db()
    assert first.rsvp == "waiting"
    assert (seats_acts.place_in_line(third), seats_acts.place_in_line(first)) == (1, 2)


def test_a_newcomer_does_not_slip_in_between_an_offer_that_ended_and_the_next_in_line(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")
    first.refresh_from_db()
    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))

    newcomer = answered(make_guest(meetup))

    second.refresh_from_db()
    assert (newcomer.rsvp, second.has_offer) == ("waiting", True)


@pytest.mark.parametrize(("hours_left", "kept_hours"), [(72, 12), (36, 6), (12, 2), (3, 0.5), (0.25, 0.25)])
def test_an_offer_is_kept_for_less_the_nearer_the_evening(hours_left, kept_hours):
    meetup = make_meetup()
    now = meetup.starts_at - timedelta(hours=hours_left)

    ends = seats_acts.offer_ends(meetup, now)

    # At 19:00 on the wall, three days or a day and a half before; no night is in between but one that the rule skips.
    assert ends >= now + timedelta(hours=kept_hours)
    assert ends <= meetup.starts_at


def test_an_offer_in_the_night_begins_to_count_in_the_morning():
    meetup = make_meetup()
    three_at_night = meetup.starts_at - timedelta(days=3, hours=16)

    ends = seats_acts.offer_ends(meetup, three_at_night)

    assert ends == three_at_night + timedelta(hours=5 + 12)


@pytest.mark.parametrize(("hours_left", "begins_hours_left"), [(20, 11), (14, 11), (12, 11), (11, 11), (3, 3)])
def test_who_sleeps_the_night_before_keeps_the_place_in_line(hours_left, begins_hours_left):
    # At seven in the evening: 20 hours before is eleven at night, 11 hours before is eight in the morning.
    meetup = make_meetup()

    begins, ends = seats_acts.offer_times(meetup, meetup.starts_at - timedelta(hours=hours_left))

    assert begins == meetup.starts_at - timedelta(hours=begins_hours_left)
    assert ends == begins + (timedelta(hours=2) if hours_left > 6 else timedelta(minutes=30))


def test_an_offer_in_the_night_of_a_breakfast_cannot_wait_for_the_morning():
    meetup = make_meetup(time=time(8, 15))
    five = meetup.starts_at - timedelta(hours=3, minutes=15)

    assert seats_acts.offer_times(meetup, five) == (five, five + timedelta(minutes=30))


def test_no_seat_is_offered_once_the_evening_has_begun():
    meetup = make_held_meetup(seats=5)
    make_guest(meetup, rsvp="waiting")

    assert seats_acts.offer_freed_seats(meetup) == []


def test_the_host_is_told_once_when_the_table_fills_and_again_after_a_seat_was_free():
    meetup = make_meetup(seats=1)
    guest = answered(make_guest(meetup))
    answered(make_guest(meetup, email=None))
    assert Delivery.objects.filter(kind="host_full").count() == 1

    Guest.objects.filter(rsvp="waiting").delete()
    answered(guest, "no")
    answered(guest)

    assert Delivery.objects.filter(kind="host_full").count() == 2
