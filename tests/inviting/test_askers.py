"""A host who never looks: one reminder after two days, and in time a letter to whoever asked."""

from datetime import timedelta

import pytest

from meetups.guests.services.friend import answer_as_friend, decide_on_friend
from meetups.guests.services.question import block_guest
from meetups.guests.services.seat_request import ask_for_seat
from meetups.inviting.services.askers import close_requests, remind_of_askers
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Meetup
from meetups.operations.sweep import STEPS
from meetups.planning.services.change import cancel_meetup
from meetups.times import clock
from tests.factories import make_guest, make_host, make_meetup

# The clock is set, so that no quiet hours move what is asserted.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]


@pytest.fixture
def wait(moved_clock):
    """Let time pass: from one call to the next, not from the real moment."""

    def wait(**delta: float) -> None:
        moved_clock(to=clock.now() + timedelta(**delta))

    return wait


@pytest.fixture
def meetup(late_november) -> Meetup:
    return make_meetup(make_host(shown_name="Ana"), visibility="listed", looks_first=True, in_days=14)


def ask(meetup: Meetup, email: str = "kim@example.net") -> Guest:
    ask_for_seat(meetup, name="Kim", email=email)
    return answer_as_friend(Guest.objects.get(email=email), comes=True)


def words_of(letter: Delivery) -> str:
    return " ".join(build_message(letter).body.split())


def letters(kind: str) -> int:
    return Delivery.objects.filter(kind=kind).count()


def test_the_sweep_sees_to_those_who_wait():
    assert remind_of_askers in STEPS
    assert close_requests in STEPS


def test_the_host_is_reminded_once_after_two_days(meetup, wait):
    kim = ask(meetup)
    assert letters("host_answers") == 1

    wait(hours=47)
    assert remind_of_askers() == 0
    wait(hours=2)
    assert remind_of_askers() == 1
    assert remind_of_askers() == 0
    assert letters("host_answers") == 2
    reminder = Delivery.objects.filter(kind="host_answers").latest("due_at")
    assert "- Kim" in build_message(reminder).body
    wait(days=3)
    assert remind_of_askers() == 0
    assert kim.awaits_host


def test_another_one_who_waits_leads_to_another_reminder(meetup, wait):
    ask(meetup)
    wait(hours=49)
    assert remind_of_askers() == 1
    ask(meetup, "lou@example.net")
    wait(hours=47)
    assert remind_of_askers() == 0
    wait(hours=2)

    assert remind_of_askers() == 1


def test_nobody_is_reminded_of_somebody_decided_on(meetup, wait):
    decide_on_friend(ask(meetup), is_welcome=True)
    decide_on_friend(ask(meetup, "lou@example.net"), is_welcome=False)
    wait(hours=49)

    assert remind_of_askers() == 0


def test_a_day_before_the_evening_who_still_waits_hears_that_it_did_not_come_about(meetup, moved_clock):
    kim = ask(meetup)
    moved_clock(to=meetup.start - timedelta(hours=25))
    assert close_requests() == 0
    moved_clock(to=meetup.start - timedelta(hours=23))

    assert close_requests() == 1
    assert close_requests() == 0
    kim.refresh_from_db()
    assert kim.refused_at is not None
    letter = Delivery.objects.get(guest=kim, kind="friend_no")
    assert "No yes came in time, so it did not come about." in words_of(letter)
    assert "/find/" in words_of(letter)
    # The host may still say yes, and then that is what the guest hears.
    assert decide_on_friend(kim, is_welcome=True).has_seat
    letter.refresh_from_db()
    assert letter.state == "withdrawn"


def test_who_asked_just_now_waits_half_a_day_but_not_into_the_last_hours(meetup, moved_clock):
    moved_clock(to=meetup.start - timedelta(hours=20))
    ask(meetup)
    moved_clock(to=meetup.start - timedelta(hours=9))
    assert close_requests() == 0
    moved_clock(to=meetup.start - timedelta(hours=7))
    assert close_requests() == 1
    ask(meetup, "lou@example.net")
    moved_clock(to=meetup.start - timedelta(hours=3))
    assert close_requests() == 0
    moved_clock(to=meetup.start - timedelta(minutes=110))

    assert close_requests() == 1


def test_who_asked_long_ago_is_told_and_who_asked_just_now_is_not(meetup, moved_clock):
    kim = ask(meetup)
    moved_clock(to=meetup.start - timedelta(hours=20))
    lou = ask(meetup, "lou@example.net")

    assert close_requests() == 1
    assert Guest.objects.get(pk=kim.pk).refused_at is not None
    assert Guest.objects.get(pk=lou.pk).refused_at is None


def test_an_evening_that_has_begun_is_let_be(meetup, moved_clock):
    ask(meetup)
    moved_clock(to=meetup.start + timedelta(minutes=1))

    assert close_requests() == 0


def test_a_canceled_evening_is_told_to_those_who_wait(meetup, wait):
    kim = ask(meetup)
    cancel_meetup(meetup, word="")
    assert close_requests() == 0
    wait(minutes=11)

    assert close_requests() == 1
    letter = Delivery.objects.get(guest=kim, kind="friend_no")
    assert "It is canceled now, so please do not set out." in words_of(letter)


def test_nobody_hears_who_was_brought_by_a_guest_whose_messages_are_not_wanted(meetup, moved_clock):
    maria = make_guest(meetup, rsvp="yes", name="Maria")
    kim = ask(meetup)
    Guest.objects.filter(pk=kim.pk).update(origin="friend", brought_by=maria)
    block_guest(maria, is_blocked=True)
    moved_clock(to=meetup.start - timedelta(hours=1))

    assert (remind_of_askers(), close_requests()) == (0, 0)
