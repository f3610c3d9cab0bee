"""Letters long after the evening, and those that are due when the workers were away."""

from datetime import date, time, timedelta

import pytest

from meetups.letters import build_message
from meetups.letters.edit import edit_letter, move_letter
from meetups.models import Mailing
from meetups.outbox.plan import plan_mailings
from meetups.outbox.segments import guests_to_mail
from tests.factories import make_contribution, make_guest
from tests.letters.planned import at, letter, sweep, wall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_monday")]


def test_a_promise_is_asked_about_after_thirty_days(meetup, a_monday):
    promised, silent = (make_guest(meetup, rsvp="yes", attended=True) for _guest in range(2))
    make_contribution(silent)
    make_contribution(promised, promise="Ask my neighbors.")
    told = make_guest(meetup, rsvp="yes", attended=True)
    make_contribution(told, promise="Call the school.", how_it_went="They said yes.")

    Mailing.objects.exclude(kind="how_did_it_go").update(is_off=True)
    a_monday(to=letter(meetup, "how_did_it_go").due_at)
    [row] = sweep()

    assert wall(letter(meetup, "how_did_it_go").due_at) == "2027-06-09 10:00"
    assert row.guest_id == promised.pk
    message = build_message(row)
    assert "Ask my neighbors." in message.body
    assert "/w/" in message.body and "/r/" not in message.body


def test_after_six_hours_without_workers_the_reminder_says_the_right_day(meetup, a_monday):
    guest = make_guest(meetup, rsvp="yes")
    a_monday(to=letter(meetup, "please_confirm").due_at + timedelta(hours=6))

    rows = sweep()

    [row] = [row for row in rows if row.guest_id == guest.pk]
    assert row.kind == "please_confirm"
    body = build_message(row).body
    assert "tomorrow" in body
    assert "Monday 10 May 2027, 7:00 p.m., Toronto time" in body


def test_a_letter_caught_up_on_at_night_waits_for_the_morning(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=at(9, 22, 30))

    at_night = sweep()
    a_monday(to=at(10, 8, 1))
    in_the_morning = [row.kind for row in sweep() if row.guest_id]

    assert [row for row in at_night if row.guest_id] == []
    # One letter a day: the question of yesterday is of use this morning, and the address follows on the guest's page.
    assert in_the_morning == ["please_confirm"]


def test_planning_again_keeps_every_change(meetup, host):
    edit_letter(letter(meetup), by=host, subject="Soup", words="Yes.")
    move_letter(letter(meetup, "seven_days"), day=date(2027, 5, 2), clock_time=time(12))

    plan_mailings(meetup)

    assert letter(meetup).subject == "Soup"
    assert wall(letter(meetup, "seven_days").due_at) == "2027-05-02 12:00"


def test_guests_to_mail_leaves_out_whoever_had_a_letter_today(meetup, a_monday):
    make_guest(meetup, rsvp="maybe")
    a_monday(to=letter(meetup, "seven_days").due_at)
    sweep()

    assert guests_to_mail(letter(meetup)).count() == 0
