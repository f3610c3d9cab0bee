"""What a host changes about planned letters, and what remains of it when the evening moves."""

from datetime import date, time, timedelta

import pytest

from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.letters.edit import edit_letter, move_letter, reset_letter, retry_letters, send_letter_now, switch_letter
from meetups.models import Delivery
from meetups.outbox.fan_out import fan_out_due
from meetups.planning.services.change import cancel_meetup, reschedule_meetup, restore_meetup
from meetups.times import clock
from tests.factories import STREET, make_delivery, make_guest, make_meetup
from tests.letters.planned import EVENING, State, at, letter, own, sweep, wall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_monday")]


# Editing and moving --------------------------------------------------------------------------------------------------


def test_an_edited_letter_says_the_hosts_words_on_top_and_the_rest_as_it_was(meetup, host, a_monday):
    guest = make_guest(meetup, rsvp="yes", name="Maria", shown_name="Maria")

    edit_letter(letter(meetup), by=host, subject="Soup it is", words="I found the recipe.")
    a_monday(to=letter(meetup).due_at + timedelta(minutes=1))
    [row] = [row for row in sweep() if row.guest_id == guest.pk]
    message = build_message(row)

    assert message.subject == "Soup it is"
    assert message.body.index("I found the recipe.") < message.body.index("Ana is getting ready for")
    assert "I found the recipe." in message.alternatives[0].content


def test_a_moved_letter_keeps_its_place_when_the_evening_moves(meetup, host):
    move_letter(letter(meetup), day=date(2027, 5, 8), clock_time=time(17, 30))
    edit_letter(letter(meetup), by=host, subject="Soup it is", words="Yes.")

    reschedule_meetup(meetup, date=date(2027, 5, 17))

    moved = letter(meetup)
    assert wall(moved.due_at) == "2027-05-15 17:30"
    assert (moved.subject, moved.words) == ("Soup it is", "Yes.")


def test_a_moved_letter_keeps_the_wall_clock_over_a_change_of_clocks(host):
    meetup = make_meetup(host, date=date(2027, 11, 1), plan=True)
    move_letter(letter(meetup), day=date(2027, 10, 31), clock_time=time(9))

    reschedule_meetup(meetup, date=date(2027, 11, 8))

    assert wall(letter(meetup).due_at) == "2027-11-07 09:00"


def test_a_letter_whose_place_makes_no_sense_any_more_goes_at_its_usual_hour(meetup):
    move_letter(letter(meetup, "address_day"), day=EVENING, clock_time=time(16))

    reschedule_meetup(meetup, time=time(12))

    assert wall(letter(meetup, "address_day").due_at) == "2027-05-10 08:00"


def test_a_letter_moved_into_the_night_waits_for_the_morning(meetup):
    moved = move_letter(letter(meetup), day=date(2027, 5, 7), clock_time=time(22))

    assert wall(moved.due_at) == "2027-05-08 08:00"


@pytest.mark.parametrize(
    ("kind", "day", "hour", "words"),
    [
        ("three_days", date(2027, 4, 18), 10, "That moment is past."),
        ("three_days", date(2027, 5, 10), 10, "That is too late for this letter: it is of use until Sunday 9 May 2027"),
        ("were_you_there", date(2027, 5, 9), 10, "This letter can only go once the evening is over."),
        ("how_did_it_go", date(2027, 7, 1), 10, "That is too late for this letter"),
    ],
)
def test_a_letter_is_not_moved_beyond_its_bounds(meetup, kind, day, hour, words):
    with pytest.raises(MeetupError, match=words):
        move_letter(letter(meetup, kind), day=day, clock_time=time(hour))


def test_undo_brings_a_letter_back_to_how_it_was_planned(meetup, host):
    before = letter(meetup)
    move_letter(before, day=date(2027, 5, 8), clock_time=time(17))
    edit_letter(before, by=host, subject="Soup", words="Yes.")
    switch_letter(before, is_off=True)

    reset_letter(before)

    after = letter(meetup)
    assert (after.due_at, after.subject, after.words, after.is_off) == (before.due_at, "", "", False)
    assert not after.is_changed


def test_a_letter_switched_off_does_not_go_and_stays_off_when_the_evening_moves(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    switch_letter(letter(meetup), is_off=True)

    moved = reschedule_meetup(meetup, date=date(2027, 5, 17))
    a_monday(to=letter(moved).due_at + timedelta(hours=1))
    fan_out_due()

    assert not Delivery.objects.filter(kind="three_days").exists()


def test_a_letter_that_is_gone_cannot_be_changed(meetup, host, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=letter(meetup).due_at)
    fan_out_due()

    for change in (
        lambda mailing: edit_letter(mailing, by=host, subject="", words="Too late."),
        lambda mailing: move_letter(mailing, day=EVENING, clock_time=time(9)),
        lambda mailing: switch_letter(mailing, is_off=True),
        reset_letter,
    ):
        with pytest.raises(MeetupError, match="Its hour has come already"):
            change(letter(meetup))


def test_a_new_host_writes_briefly_and_without_links(meetup, host):
    host.proven_at = clock.now() - timedelta(days=2)
    host.save()

    with pytest.raises(MeetupError, match="no web address"):
        edit_letter(letter(meetup), by=host, subject="", words="See https://example.net")
    with pytest.raises(MeetupError, match="at most 300 characters"):
        edit_letter(letter(meetup), by=host, subject="", words="word " * 70)
    assert edit_letter(letter(meetup), by=host, subject="", words="w" * 300).words == "w" * 300


# Sending now ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "is_read_without_a_seat"), [("seven_days", True), ("three_days", True), ("address_day", False)])
def test_words_on_a_letter_that_guests_without_a_seat_read_do_not_hold_the_street(meetup, host, kind, is_read_without_a_seat):
    words = {"subject": "", "words": f"Come to {STREET.upper()}."}

    if is_read_without_a_seat:
        with pytest.raises(MeetupError, match="holds the street"):
            edit_letter(letter(meetup, kind), by=host, **words)
    else:
        assert edit_letter(letter(meetup, kind), by=host, **words).words == words["words"]


def test_words_that_guests_without_a_seat_read_hold_neither_the_number_behind_the_street_nor_the_phone(meetup, host):
    for words in ("Lindenblossom Street 12", "Call 4165550142"):
        with pytest.raises(MeetupError, match="only guests with a seat may know"):
            edit_letter(letter(meetup, "seven_days"), by=host, subject="", words=words)


def test_an_own_letter_holds_the_street_only_for_those_with_a_seat(meetup, host):
    words = f"The door at {STREET} sticks."
    to_guests = own(meetup, host, "yes", words=words)

    with pytest.raises(MeetupError, match="holds the street"):
        own(meetup, host, "maybe", words=words)
    with pytest.raises(MeetupError, match="holds the street"):
        edit_letter(to_guests, by=host, subject="The door", words=words, segment="no_answer")
    make_guest(meetup, rsvp="maybe")
    about_another = own(meetup, host, "maybe", words="3 Elm Street is too small.")
    reschedule_meetup(meetup, street="3 Elm Street")
    with pytest.raises(MeetupError, match="holds the street"):
        send_letter_now(about_another)


def test_a_letter_sent_now_goes_once_and_not_again_at_its_hour(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    hour = letter(meetup).due_at

    first = send_letter_now(letter(meetup))
    second = send_letter_now(letter(meetup))
    a_monday(to=hour + timedelta(minutes=1))
    fan_out_due()

    assert (first.num_owed, second.num_owed) == (1, 1)
    assert Delivery.objects.filter(kind="three_days").count() == 1


def test_a_letter_sent_now_stays_gone_when_a_cancellation_is_taken_back(meetup):
    make_guest(meetup, rsvp="yes")
    send_letter_now(letter(meetup))

    restore_meetup(cancel_meetup(meetup))

    assert letter(meetup).is_gone
    assert Delivery.objects.filter(kind="three_days").count() == 1


def test_a_letter_sent_now_stays_gone_when_only_the_place_changes(meetup):
    make_guest(meetup, rsvp="yes")
    send_letter_now(letter(meetup))

    reschedule_meetup(meetup, street="3 Elm Street")

    assert letter(meetup).is_gone
    reschedule_meetup(meetup, date=EVENING + timedelta(days=7))
    assert not letter(meetup).is_gone


def test_a_letter_sent_now_at_night_leaves_in_the_morning(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=at(19, 23, month=4))

    sent = send_letter_now(letter(meetup))

    assert not sent.is_gone
    assert wall(sent.due_at) == "2027-04-20 08:00"


def test_a_letter_to_nobody_is_not_sent(meetup):
    with pytest.raises(MeetupError, match="nobody to send it to"):
        send_letter_now(letter(meetup))


def test_what_asks_about_the_evening_is_not_sent_before_its_end(meetup):
    make_guest(meetup, rsvp="yes")

    with pytest.raises(MeetupError, match="once the evening is over"):
        send_letter_now(letter(meetup, "were_you_there"))


def test_trying_again_puts_failed_letters_into_the_line_once(meetup):
    guest = make_guest(meetup, rsvp="yes")
    row = make_delivery("three_days", guest=guest, mailing=letter(meetup), state=State.FAILED, finished_at=clock.now())

    assert (retry_letters(meetup, letter(meetup)), retry_letters(meetup)) == (1, 0)
    row.refresh_from_db()
    assert row.state == State.QUEUED
