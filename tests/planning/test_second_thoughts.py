"""Hosts who change their mind while letters are on their way: nothing is lost, nobody hears of what they never knew."""

from datetime import timedelta

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.letter import send_delivery
from meetups.dispatch.smtp import CannotSend
from meetups.exceptions import MeetupError
from meetups.guests.services import guest_list, invitation
from meetups.guests.services import rsvp as guests
from meetups.guests.services import seats as guests_seats
from meetups.models import Delivery, Mailing, Meetup
from meetups.outbox.fan_out import fan_out_due, fan_out_mailing
from meetups.planning.services.change import can_restore, cancel_meetup, reschedule_meetup, restore_meetup
from meetups.planning.services.meetup import edit_meetup, publish_meetup, save_draft
from tests.factories import make_delivery, make_draft, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


class BusyRelay:
    """A relay that asks, just before the body, whether the letter is still wanted."""

    def send(self, sender, recipient, data, *, before_data, **_options):
        if not before_data():
            raise CannotSend


def letters(kind: str, state: str = "queued") -> int:
    return Delivery.objects.filter(kind=kind, state=state).count()


def test_a_letter_in_hand_while_the_evening_is_canceled_leaves_after_that_was_taken_back():
    meetup, host = make_meetup(), make_host()
    invitation.invite_guests(meetup, addresses=[("Maria", "maria@example.org")], by=host)
    [in_hand] = claim_deliveries()
    cancel_meetup(meetup)
    send_delivery(in_hand, BusyRelay())
    claim_deliveries()
    assert letters("invitation", "withdrawn") == 1

    restore_meetup(meetup)

    assert letters("invitation") == 1
    assert [row.kind for row in claim_deliveries()] == ["invitation"]


def test_a_reminder_in_hand_from_before_the_canceling_until_it_is_taken_back_leaves(moved_clock):
    meetup = make_meetup(in_days=20, plan=True)
    for _ in range(2):
        make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at + timedelta(minutes=1))
    fan_out_due()
    in_hand, given_back = claim_deliveries()
    cancel_meetup(meetup)
    send_delivery(given_back, BusyRelay())

    restore_meetup(meetup)
    send_delivery(in_hand, BusyRelay())

    assert letters("three_days") == 2
    assert [row.kind for row in claim_deliveries()] == ["three_days", "three_days"]


def test_a_reminder_of_before_a_move_does_not_come_back_with_a_cancellation_taken_back(moved_clock):
    meetup = make_meetup(in_days=20, plan=True)
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at + timedelta(minutes=1))
    fan_out_due()
    [in_hand] = claim_deliveries()
    reschedule_meetup(meetup, date=meetup.date + timedelta(days=7))

    restore_meetup(cancel_meetup(meetup))
    send_delivery(in_hand, BusyRelay())

    assert "three_days" not in [row.kind for row in claim_deliveries()]


def test_whose_invitation_has_not_left_hears_of_no_move_and_no_canceling():
    meetup, host = make_meetup(), make_host()
    invitation.invite_guests(meetup, addresses=[("Maria", "maria@example.org")], by=host)
    knows = make_guest(meetup)
    make_delivery("invitation", guest=knows, state="sent")

    reschedule_meetup(meetup, date=meetup.date + timedelta(days=1))
    assert list(Delivery.objects.filter(kind="moved").values_list("guest", flat=True)) == [knows.pk]
    cancel_meetup(meetup)

    assert list(Delivery.objects.filter(kind="canceled").values_list("guest", flat=True)) == [knows.pk]


def test_who_is_removed_from_an_evening_that_was_just_canceled_is_still_told_not_to_come():
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp="yes")
    cancel_meetup(meetup)

    guest_list.remove_guest(guest)

    assert (letters("canceled"), letters("removed")) == (0, 1)
    assert [row.kind for row in claim_deliveries()] == ["removed"]
    assert can_restore(Meetup.objects.get())


def test_a_reminder_stays_owed_when_only_the_place_changes(moved_clock):
    meetup = make_meetup(plan=True)
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.mailings.get(kind="address_day").due_at + timedelta(minutes=1))
    fan_out_due()

    reschedule_meetup(meetup, street="3 Elm Street")

    assert letters("address_day") == 1
    assert {"address_day", "moved"} <= {row.kind for row in claim_deliveries()}


def test_a_reminder_of_the_old_time_is_taken_back(moved_clock):
    meetup = make_meetup(plan=True)
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.mailings.get(kind="address_day").due_at + timedelta(minutes=1))
    fan_out_due()

    reschedule_meetup(meetup, date=meetup.date + timedelta(days=7))

    assert (letters("address_day"), letters("address_day", "withdrawn")) == (0, 1)


def test_a_mailing_that_was_moved_to_another_day_meanwhile_is_not_used_up(moved_clock):
    meetup = make_meetup(plan=True)
    make_guest(meetup, rsvp="yes")
    seen_due = meetup.mailings.get(kind="three_days")
    moved_clock(to=seen_due.due_at)
    # The sweep read the row as due; then the host moved the evening, before the sweep had its lock.
    reschedule_meetup(meetup, date=meetup.date + timedelta(days=7))

    assert fan_out_mailing(seen_due) == 0

    assert Mailing.objects.get(pk=seen_due.pk).fanned_out_at is None


def test_one_mailing_that_cannot_be_fanned_out_keeps_no_other_back(moved_clock):
    odd, fine = make_meetup(plan=True), make_meetup(plan=True)
    make_guest(fine, rsvp="yes")
    Meetup.objects.filter(pk=odd.pk).update(zone="Nowhere/Atall")
    moved_clock(to=fine.mailings.get(kind="three_days").due_at + timedelta(minutes=1))
    make_guest(odd, rsvp="yes")
    Mailing.objects.exclude(kind="three_days").update(is_off=True)

    assert fan_out_due() == 1


def test_a_table_that_got_more_chairs_is_full_a_second_time():
    meetup = make_meetup(seats=1)
    guests.record_rsvp(make_guest(meetup), guests.Answer("yes"))

    edit_meetup(meetup, seats=3)
    guests.record_rsvp(make_guest(meetup), guests.Answer("yes", party_size=2))

    assert letters("host_full") == 2


def test_a_table_whose_free_seat_nobody_took_is_full_a_second_time(moved_clock):
    meetup = make_meetup(seats=1)
    seated = guests.record_rsvp(make_guest(meetup), guests.Answer("yes"))
    guests.record_rsvp(make_guest(meetup), guests.Answer("yes"))
    guests.record_rsvp(seated, guests.Answer("no"))
    moved_clock(days=2)
    guests_seats.lapse_offers()

    guests.record_rsvp(make_guest(meetup), guests.Answer("yes"))

    assert letters("host_full") == 2


def test_a_form_that_was_opened_before_publishing_does_not_make_a_draft_again():
    host = make_host()
    opened = make_draft(host)
    publish_meetup(opened)

    with pytest.raises(MeetupError):
        save_draft(host, meetup=opened, title="Something else")

    assert Meetup.objects.get(pk=opened.pk).is_published


def test_who_waits_and_has_no_address_gets_the_freed_seat_and_the_host_hears_of_it():
    meetup = make_meetup(seats=1)
    seated = guests.record_rsvp(make_guest(meetup), guests.Answer("yes"), by_host=True)
    phoned = guest_list.add_guest(meetup, name="Old Tom", by=meetup.host)
    assert (phoned.rsvp, letters("host_answers")) == ("waiting", 0)

    guests.record_rsvp(seated, guests.Answer("no"), by_host=True)

    phoned.refresh_from_db()
    assert (phoned.rsvp, phoned.has_seat) == ("yes", True)
    assert letters("host_answers") == 1
    assert guests_seats.num_seats_free(meetup) == 0
