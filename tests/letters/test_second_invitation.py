"""The invitation once more: when it is owed, when it gives way, and how few letters nobody answers."""

from datetime import date, timedelta

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.exceptions import MeetupError
from meetups.guests.services.access_link import refuse_link
from meetups.guests.services.invitation import invite_guests
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.letters import build_message
from meetups.letters.edit import edit_letter, send_letter_now, switch_letter
from meetups.models import Delivery, Guest, Mailing
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup
from tests.letters.planned import NOW, State, at, letter, own, sweep, wall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_monday")]


def invite(meetup, host, *emails: str) -> None:
    invite_guests(meetup, addresses=[("Maria", email) for email in emails], by=host)
    sweep()


def test_an_invitation_nobody_answered_goes_once_more_after_three_days(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")

    a_monday(to=NOW + timedelta(hours=71))
    early = sweep()
    a_monday(to=NOW + timedelta(hours=72, minutes=1))
    [row] = sweep()
    a_monday(to=NOW + timedelta(days=10))
    later = sweep()

    assert (early, later) == ([], [])
    assert row.kind == "invitation_again"
    message = build_message(row)
    assert message.subject == "Soup and one question, Monday 10 May: Ana asks once more"
    assert "Monday 10 May 2027, 7:00 p.m., Toronto time" in message.body


def test_the_second_invitation_leaves_by_day(meetup, host, a_monday):
    a_monday(to=at(19, 22, month=4))
    invite(meetup, host, "maria@example.org")

    assert wall(Delivery.objects.get(kind="invitation_again").due_at) == "2027-04-23 08:00"


@pytest.mark.parametrize("answer", ["yes", "maybe", "no", "not me"])
def test_who_answered_or_pressed_gets_no_second_invitation(meetup, host, a_monday, answer):
    invite(meetup, host, "maria@example.org")
    guest = Guest.objects.get()
    if answer == "not me":
        refuse_link(guest)
    else:
        record_rsvp(guest, Answer(answer))
    sweep()

    a_monday(to=NOW + timedelta(days=5))
    sweep()

    assert Delivery.objects.get(kind="invitation_again").state == State.WITHDRAWN


def test_the_second_invitation_steps_back_behind_the_letter_of_the_week_before(host, a_monday):
    # Invited on a Friday evening eight days before; the workers were away over the weekend.
    meetup = make_meetup(host, date=date(2027, 4, 27), plan=True)
    invite(meetup, host, "maria@example.org")
    a_monday(to=NOW + timedelta(days=4))

    fanned = [row.kind for row in sweep()]

    assert fanned == ["seven_days"]
    assert Delivery.objects.get(kind="invitation_again").state == State.WITHDRAWN


def test_no_second_invitation_is_owed_on_the_day_of_the_other_letter_nor_on_the_last_day(host):
    same_day = make_meetup(host, date=date(2027, 4, 29), plan=True)
    too_near = make_meetup(host, date=date(2027, 4, 22), plan=True)

    invite(same_day, host, "maria@example.org")
    invite(too_near, host, "ben@example.org")

    assert not Delivery.objects.filter(kind="invitation_again").exists()


def test_second_invitations_are_switched_off_and_on_for_all(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org", "ben@example.org")

    switch_letter(letter(meetup, "invitation_again"), is_off=True)
    withdrawn = Delivery.objects.filter(kind="invitation_again", state=State.WITHDRAWN).count()
    invite(meetup, host, "chandra@example.org")
    switch_letter(letter(meetup, "invitation_again"), is_off=False)
    a_monday(to=NOW + timedelta(hours=73))

    assert withdrawn == 2
    assert sorted(row.guest.email for row in sweep()) == ["ben@example.org", "maria@example.org"]


def test_words_of_the_host_stand_in_the_second_invitation(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")
    edit_letter(letter(meetup, "invitation_again"), by=host, subject="", words="I kept you the chair by the stove.")
    a_monday(to=NOW + timedelta(hours=73))

    [row] = sweep()

    assert "I kept you the chair by the stove." in build_message(row).body


def test_who_never_answers_gets_three_letters_in_all(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")
    a_monday(to=NOW + timedelta(hours=73))
    sweep()
    a_monday(to=letter(meetup, "seven_days").due_at + timedelta(minutes=1))
    sweep()

    with pytest.raises(MeetupError, match="nobody to send it to"):
        send_letter_now(own(meetup, host, "no_answer"))
    for days in range(1, 60):
        a_monday(to=letter(meetup, "seven_days").due_at + timedelta(days=days))
        sweep()

    sent = Delivery.objects.filter(guest__email="maria@example.org", state=State.SENT).order_by("finished_at")
    assert [row.kind for row in sent] == ["invitation", "invitation_again", "seven_days"]


def test_a_fourth_letter_that_was_owed_already_is_not_sent(meetup, host, a_monday):
    guest = make_guest(meetup)
    for kind in ("invitation", "invitation_again", "seven_days"):
        make_delivery(kind, guest=guest, state=State.SENT, finished_at=clock.now())
    mailing = own(meetup, host, "no_answer")
    row = make_delivery("host_letter", guest=guest, mailing=mailing)
    Mailing.objects.filter(pk=mailing.pk).update(is_off=False)

    claim_deliveries()

    row.refresh_from_db()
    assert (row.state, row.last_words) == (State.WITHDRAWN, "Three letters went to this guest, who has not answered.")
