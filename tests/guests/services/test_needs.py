"""The party, needs and offers, other ways to say no, and what guests do on the last day."""

from datetime import timedelta

import pytest

from meetups.access.matching import meetings_of
from meetups.access.visibility import matches_for_guest, needs_at
from meetups.exceptions import MeetupError
from meetups.guests.services import attendance
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Delivery, Guest, Needs
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import make_begun_meetup, make_guest, make_held_meetup, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def letters(guest: Guest) -> list[str]:
    return list(Delivery.objects.filter(guest=guest).order_by("pk").values_list("kind", flat=True))


# The party


def test_a_party_is_named_and_children_are_a_number():
    guest = make_guest(make_meetup(max_party=4))

    guest = record_rsvp(guest, Answer("yes", party_size=4, party_names="Ilse\nJon", num_children=1))

    assert (guest.companions, guest.num_children, guest.party_size) == (["Ilse", "Jon"], 1, 4)


def test_names_and_children_go_with_a_no_and_stay_with_a_maybe():
    guest = make_guest(make_meetup(max_party=4))
    record_rsvp(guest, Answer("yes", party_size=3, party_names="Ilse", num_children=1))

    maybe = record_rsvp(guest, Answer("maybe", party_size=3))
    kept = (maybe.companions, maybe.num_children)
    no = record_rsvp(guest, Answer("no"))

    assert kept == (["Ilse"], 1)
    assert (no.companions, no.num_children, no.party_size) == ([], 0, 1)


def test_a_smaller_party_lets_the_last_names_go():
    guest = make_guest(make_meetup(max_party=5))
    record_rsvp(guest, Answer("yes", party_size=5, party_names="Ilse\nJon\nKim", num_children=1))

    guest = record_rsvp(guest, Answer("yes", party_size=3))

    assert (guest.companions, guest.num_children) == (["Ilse"], 1)
    assert record_rsvp(guest, Answer("yes", party_size=1)).num_children == 0


# Other ways to say no


def test_ask_me_again_is_kept_with_a_no_and_ends_with_a_yes():
    guest = make_guest(make_meetup())

    again = record_rsvp(guest, Answer("no", asks_again=True))
    yes = record_rsvp(guest, Answer("yes"))

    assert (again.rsvp, again.asks_again) == ("no", True)
    assert (yes.rsvp, yes.asks_again) == ("yes", False)


def test_ask_me_again_after_a_plain_no_owes_no_second_letter():
    guest = record_rsvp(make_guest(make_meetup()), Answer("no"))

    guest = record_rsvp(guest, Answer("no", asks_again=True))

    assert guest.asks_again
    assert letters(guest) == ["confirmation"]


# Needs and offers


def test_needs_are_written_with_an_answer_kept_by_a_bare_press_and_gone_with_a_no():
    guest = make_guest(make_meetup())

    record_rsvp(guest, Answer("yes", needs={"wants_ride": True, "contact": "416 555 0101"}))
    record_rsvp(guest, Answer("maybe"))
    kept = Needs.objects.get(guest=guest)
    record_rsvp(guest, Answer("no"))

    assert (kept.wants_ride, kept.contact) == (True, "416 555 0101")
    assert not Needs.objects.exists()


def test_needs_that_are_taken_back_leave_no_row_and_no_contact():
    guest = make_guest(make_meetup())
    record_rsvp(guest, Answer("yes", needs={"offers_ride": True, "ride_seats": 3, "contact": "ben@example.org"}))

    record_rsvp(guest, Answer("yes", needs={"offers_ride": False, "contact": "ben@example.org"}))

    assert not Needs.objects.exists()


def test_what_guests_need_is_forgotten_thirty_days_after(moved_clock):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp="yes", party_size=2, party_names="Ilse", num_children=0)
    Needs.objects.create(guest=guest, wants_step_free=True)

    moved_clock(to=meetup.ends_at + timedelta(days=29))
    retire()
    kept = Needs.objects.count()
    moved_clock(to=meetup.ends_at + timedelta(days=30, seconds=5))
    counts = retire()

    guest.refresh_from_db()
    assert (kept, Needs.objects.count(), guest.party_names) == (1, 0, "")
    assert counts["notes"] == 2
    assert set(retire().values()) == {0}


# Matches


def seat(meetup, name: str, **needs) -> Guest:
    guest = make_guest(meetup, name=name, rsvp="yes")
    if needs:
        Needs.objects.create(guest=guest, **needs)
    return guest


def seen_by(guest: Guest) -> list[tuple[str, str, str]]:
    guest = Guest.objects.select_related("meetup", "needs").get(pk=guest.pk)
    return [(match.title, match.name, match.contact) for match in matches_for_guest(guest)]


def test_a_ride_wanted_and_a_ride_offered_are_shown_to_each_other_and_to_nobody_else():
    meetup = make_meetup()
    maria = seat(meetup, "Maria", wants_ride=True)
    ben = seat(meetup, "Ben", offers_ride=True, ride_seats=2)
    joan = seat(meetup, "Joan", wants_childcare=True)
    other = seat(meetup, "Otto")

    assert seen_by(maria) == [("A ride", "Ben", "")]
    assert seen_by(ben) == [("A ride", "Maria", "")]
    assert seen_by(joan) == seen_by(other) == []


@pytest.mark.parametrize(("wants", "offers"), [(True, False), (False, True), (False, False), (True, True)])
def test_a_way_to_reach_the_other_is_shown_only_when_both_ticked_it(wants, offers):
    meetup = make_meetup()
    maria = seat(meetup, "Maria", wants_ride=True, contact="416 555 0101", shares_contact=wants)
    ben = seat(meetup, "Ben", offers_ride=True, ride_seats=2, contact="ben@example.org", shares_contact=offers)

    both = wants and offers
    assert seen_by(maria) == [("A ride", "Ben", "ben@example.org" if both else "")]
    assert seen_by(ben) == [("A ride", "Maria", "416 555 0101" if both else "")]


def test_nobody_meets_themselves_or_somebody_without_a_seat_or_at_another_table():
    meetup = make_meetup()
    both_ways = seat(meetup, "Maria", wants_ride=True, offers_ride=True, ride_seats=1)
    for rsvp in ("maybe", "no", "waiting", "invited"):
        Needs.objects.create(guest=make_guest(meetup, rsvp=rsvp), offers_ride=True, ride_seats=4)
    Needs.objects.create(guest=make_guest(meetup, rsvp="yes", removed_at=clock.now()), offers_ride=True, ride_seats=4)
    seat(make_meetup(), "Elsewhere", offers_ride=True, ride_seats=4)

    assert seen_by(both_ways) == []


def test_a_guest_without_a_seat_or_a_day_after_the_end_sees_no_match(moved_clock):
    meetup = make_meetup()
    maria = seat(meetup, "Maria", wants_ride=True)
    waits = make_guest(meetup, rsvp="waiting")
    Needs.objects.create(guest=waits, wants_ride=True)
    seat(meetup, "Ben", offers_ride=True, ride_seats=2)

    assert seen_by(waits) == []
    moved_clock(to=meetup.ends_at + timedelta(hours=25))
    assert seen_by(maria) == []


def test_languages_meet_however_they_are_written():
    meetup = make_meetup()
    seat(meetup, "Maria", wants_interpreter="spanish")
    seat(meetup, "Ben", offers_interpreter="French, Spanish")
    seat(meetup, "Joan", offers_interpreter="French")

    pairs = [(meeting.kind, meeting.wants.guest.name, meeting.offers.guest.name) for meeting in meetings_of(needs_at(meetup))]

    assert pairs == [("interpreter", "Maria", "Ben")]


# The last day


@pytest.fixture
def seated() -> Guest:
    return make_guest(make_meetup(in_days=1, seats=3, max_party=2), rsvp="yes")


def test_one_more_adds_one_however_often_it_is_pressed_and_confirms(seated):
    for _press in range(2):
        guest = attendance.bring_one_more(seated, party_size=2)

    assert (guest.party_size, guest.confirmed_at is not None) == (2, True)
    assert letters(guest) == ["confirmation"]


def test_one_more_than_the_host_allows_or_than_there_are_seats_is_refused_and_changes_nothing(seated):
    before = all_rows()
    with pytest.raises(MeetupError, match="up to 2 seats, so nobody was added"):
        attendance.bring_one_more(seated, party_size=3)
    assert all_rows() == before

    make_guest(seated.meetup, rsvp="yes", party_size=2)
    before = all_rows()
    with pytest.raises(MeetupError, match="Every seat is taken"):
        attendance.bring_one_more(seated, party_size=2)
    assert all_rows() == before


def test_a_ride_wanted_on_the_last_day_confirms_and_tells_the_host_once(seated):
    for _press in range(2):
        guest = attendance.ask_for_ride(seated)

    assert guest.confirmed_at is not None
    assert Needs.objects.get().wants_ride
    assert Delivery.objects.filter(kind="host_answers").count() == 1
    assert letters(guest) == []


@pytest.mark.parametrize("act", [attendance.ask_for_ride, lambda guest: attendance.bring_one_more(guest, party_size=2)])
def test_the_last_days_answers_need_a_seat_and_an_evening_to_come(act):
    with pytest.raises(MeetupError, match="no seat to confirm"):
        act(make_guest(make_meetup(in_days=1), rsvp="maybe"))
    with pytest.raises(MeetupError, match="has begun"):
        act(make_guest(make_begun_meetup(), rsvp="yes"))
    with pytest.raises(MeetupError):
        act(make_guest(make_held_meetup(), rsvp="yes"))


def test_a_misspelt_need_is_an_error_and_writes_nothing():
    guest = make_guest(make_meetup())

    with pytest.raises(TypeError, match="wants_a_ride"):
        record_rsvp(guest, Answer("yes", needs={"wants_a_ride": True}))

    guest.refresh_from_db()
    assert guest.rsvp == "invited"
    assert not Needs.objects.exists()
