"""Letters that a host writes: to whom, when, how many, and how they are taken back."""

from datetime import date, time

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.letters.edit import edit_letter, move_letter, send_letter_now, take_back_letter
from meetups.models import Delivery, Guest, Mailing
from meetups.outbox.segments import segment_guests
from meetups.outbox.suppression import suppress
from meetups.planning.services.change import reschedule_meetup
from meetups.times import clock
from tests.factories import make_contribution, make_guest, make_held_meetup
from tests.letters.planned import State, own, sweep, wall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_monday")]


def test_an_own_letter_goes_to_its_segment_and_to_nobody_who_wants_none(meetup, host):
    guests = [make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")]
    make_guest(meetup, rsvp="no")
    make_guest(meetup, None, rsvp="yes")
    suppress(guests[1].email_hash)

    sent = send_letter_now(own(meetup, host))
    [row] = sweep()

    assert (sent.num_owed, row.guest_id) == (1, guests[0].pk)
    message = build_message(row)
    assert message.subject == "Bring a chair"
    assert "A folding one, if you have it." in message.body


def test_two_own_letters_reach_the_same_guest(meetup, host):
    make_guest(meetup, rsvp="yes")

    send_letter_now(own(meetup, host))
    send_letter_now(own(meetup, host, subject="And a cup"))

    assert Delivery.objects.filter(kind="host_letter").count() == 2


def test_pressing_twice_writes_and_sends_one_letter(meetup, host):
    make_guest(meetup, rsvp="yes")

    letters = [own(meetup, host, idempotency_key="0123456789abcdef") for _press in range(2)]
    for mailing in letters:
        send_letter_now(mailing)

    assert letters[0].pk == letters[1].pk
    assert Delivery.objects.count() == 1


def test_a_fourth_own_letter_waits_for_another_day(meetup, host):
    make_guest(meetup, rsvp="yes")
    for number in range(3):
        send_letter_now(own(meetup, host, subject=f"Number {number}"))
    fourth = own(meetup, host, subject="Number four")

    with pytest.raises(MeetupError, match="At most 3 letters of your own a day"):
        send_letter_now(fourth)
    with pytest.raises(MeetupError, match="At most 3 letters of your own a day"):
        move_letter(fourth, day=date(2027, 4, 19), clock_time=time(18))
    assert move_letter(fourth, day=date(2027, 4, 20), clock_time=time(9)).is_off is False


def test_an_own_letter_planned_for_later_goes_then_and_moves_along(meetup, host, a_monday):
    make_guest(meetup, rsvp="yes")
    move_letter(own(meetup, host), day=date(2027, 5, 9), clock_time=time(18))

    reschedule_meetup(meetup, date=date(2027, 5, 17))

    mailing = meetup.mailings.get(kind="host_letter")
    assert (wall(mailing.due_at), mailing.is_off) == ("2027-05-16 18:00", False)
    a_monday(to=mailing.due_at)
    assert "host_letter" in [row.kind for row in sweep()]


def test_an_own_letter_whose_hour_went_by_through_a_move_is_a_draft_again(meetup, host):
    move_letter(own(meetup, host), day=date(2027, 4, 25), clock_time=time(18))

    reschedule_meetup(meetup, date=date(2027, 4, 30))

    assert meetup.mailings.get(kind="host_letter").is_draft


def test_taking_back_stops_what_has_not_left_and_only_that(meetup, host):
    gone, waits = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    mailing = send_letter_now(own(meetup, host))
    Delivery.objects.filter(guest=gone).update(state=State.SENT, finished_at=clock.now())

    assert (take_back_letter(mailing), take_back_letter(mailing)) == (1, 0)

    assert Delivery.objects.get(guest=waits).last_words == "The host took this letter back."
    assert Delivery.objects.get(guest=gone).state == State.SENT


def test_a_letter_taken_back_while_a_worker_looks_is_not_sent(meetup, host):
    make_guest(meetup, rsvp="yes")
    mailing = send_letter_now(own(meetup, host))
    Mailing.objects.filter(pk=mailing.pk).update(is_off=True)

    assert claim_deliveries() == []
    assert Delivery.objects.get().state == State.WITHDRAWN


def test_a_guest_who_confirmed_since_is_not_asked_to(meetup, host):
    guest = make_guest(meetup, rsvp="yes")
    send_letter_now(own(meetup, host, "not_confirmed"))
    Guest.objects.filter(pk=guest.pk).update(confirmed_at=clock.now())

    assert claim_deliveries() == []


def test_who_came_is_not_written_to_before_the_evening(meetup, host):
    make_guest(meetup, rsvp="yes")

    with pytest.raises(MeetupError, match="not known before the evening is over"):
        send_letter_now(own(meetup, host, "came"))
    assert wall(move_letter(own(meetup, host, "came"), day=date(2027, 5, 11), clock_time=time(12)).due_at) == "2027-05-11 12:00"


def test_a_letter_planned_for_before_the_evening_does_not_become_one_to_those_who_came(meetup, host):
    planned = move_letter(own(meetup, host), day=date(2027, 5, 9), clock_time=time(18))

    with pytest.raises(MeetupError, match="not known before the evening is over"):
        edit_letter(planned, by=host, subject="Thank you", words="It was good.", segment="came")
    draft = own(meetup, host)
    assert edit_letter(draft, by=host, subject="Thank you", words="It was good.", segment="came").segment == "came"


def test_a_letter_to_those_who_came_is_a_draft_again_where_the_evening_became_longer_than_that(meetup, host):
    move_letter(own(meetup, host, "came"), day=date(2027, 5, 11), clock_time=time(8))

    reschedule_meetup(meetup, duration=14 * 60)

    assert meetup.mailings.get(kind="host_letter").is_draft


def test_an_own_letter_after_the_evening_has_no_link_that_is_closing(host, a_monday):
    meetup = make_held_meetup(host)
    contributed = make_guest(meetup, rsvp="yes", attended=True)
    make_guest(meetup, rsvp="yes", attended=True)
    make_contribution(contributed)

    send_letter_now(own(meetup, host, "contributed"))
    [row] = sweep()

    assert row.guest_id == contributed.pk
    assert "This is about the evening of" in build_message(row).body


@pytest.mark.parametrize("segment", ["host", "yes_maybe", "everybody", ""])
def test_an_own_letter_goes_to_a_segment_that_is_offered(meetup, host, segment):
    with pytest.raises(MeetupError, match="to whom"):
        own(meetup, host, segment)


def test_segments_hold_whom_they_name(meetup):
    made = {rsvp: make_guest(meetup, rsvp=rsvp) for rsvp in ["invited", "yes", "maybe", "no", "waiting"]}
    confirmed = make_guest(meetup, rsvp="yes", confirmed_at=clock.now())

    def members(segment):
        return set(segment_guests(meetup, segment))

    assert members("yes") == {made["yes"], confirmed}
    assert members("confirmed") == {confirmed}
    assert members("not_confirmed") == {made["yes"]}
    assert members("maybe") == {made["maybe"]}
    assert members("no_answer") == {made["invited"]}
    assert members("waiting") == {made["waiting"]}
    assert members("declined") == {made["no"]}
    assert members("contributed") == set()
