"""When a planned letter is due, who gets it, and that it is owed once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Delivery, Mailing
from meetups.outbox.fan_out import fan_out_due, fan_out_mailing
from meetups.outbox.plan import address_hour, debrief_hour, next_morning, owe_recap_letters, plan_mailings, timeline
from meetups.outbox.suppression import suppress
from meetups.planning.services.change import reschedule_meetup
from meetups.times import clock
from tests.factories import day, make_guest, make_held_meetup, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]


def owed(meetup, kind: str) -> set[int]:
    return set(Delivery.objects.filter(meetup=meetup, kind=kind).values_list("guest", flat=True))


def test_the_letters_of_the_day_keep_the_wall_clock_over_a_change_of_clocks():
    meetup = make_meetup(date=day("2027-03-14"), time=time(19), zone="America/Toronto", plan=True)

    due = {mailing.kind: mailing.due_at for mailing in meetup.mailings.all()}

    assert due["address_day"] == datetime(2027, 3, 14, 12, 0, tzinfo=UTC)
    assert due["please_confirm"] == datetime(2027, 3, 13, 16, 0, tzinfo=UTC)


def test_vancouver_in_december_2026_follows_the_new_rules():
    meetup = make_meetup(date=day("2026-12-15"), time=time(19), zone="America/Vancouver")

    assert meetup.starts_at == datetime(2026, 12, 16, 2, 0, tzinfo=UTC)


def test_a_breakfast_has_its_address_the_evening_before():
    meetup = make_meetup(date=day("2027-05-10"), time=time(8), zone="Europe/Berlin")

    assert address_hour(meetup) == datetime(2027, 5, 9, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "morning"),
    [(time(19), 180, "2027-05-11 09:00"), (time(23), 240, "2027-05-11 09:00"), (time(23), 300, "2027-05-12 09:00")],
)
def test_next_morning_is_the_first_nine_at_least_six_hours_after_the_end(start, minutes, morning):
    meetup = make_meetup(date=day("2027-05-10"), time=start, duration=minutes, zone="America/Toronto")

    assert f"{next_morning(meetup).astimezone(ZoneInfo(meetup.zone)):%Y-%m-%d %H:%M}" == morning


def test_the_debrief_never_arrives_in_the_quiet_hours():
    meetup = make_meetup(date=day("2027-05-10"), time=time(22), duration=240, zone="America/Toronto")

    assert f"{debrief_hour(meetup).astimezone(ZoneInfo(meetup.zone)):%d %H:%M}" == "12 08:00"


def test_a_due_letter_goes_to_its_segment_once(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    guests = {rsvp: make_guest(meetup, rsvp=rsvp) for rsvp in ["invited", "yes", "maybe", "no", "waiting"]}
    make_guest(meetup, email=None, rsvp="yes")
    make_guest(meetup, rsvp="invited", origin="self")
    moved_clock(to=meetup.mailings.get(kind="seven_days").due_at + timedelta(seconds=1))

    num_first, num_second = fan_out_due(), fan_out_due()

    assert (num_first, num_second) == (2, 0)
    assert owed(meetup, "seven_days") == {guests["invited"].pk, guests["maybe"].pk}


def test_fan_out_twice_at_once_owes_one_letter_each(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    make_guest(meetup, rsvp="invited")
    mailing = meetup.mailings.get(kind="seven_days")
    moved_clock(to=mailing.due_at)

    fan_out_mailing(mailing)
    Mailing.objects.filter(pk=mailing.pk).update(fanned_out_at=None)
    fan_out_mailing(mailing)

    assert Delivery.objects.filter(kind="seven_days").count() == 1


def test_a_letter_past_its_time_is_owed_to_nobody(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.starts_at + timedelta(minutes=5))

    fan_out_due()

    assert not Delivery.objects.exists()
    assert not Mailing.objects.due().exists()


def test_letters_of_a_canceled_meetup_are_not_owed(moved_clock):
    meetup = make_meetup(in_days=14, plan=True, status="canceled")
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.starts_at - timedelta(hours=2))

    assert fan_out_due() == 0


def test_at_most_one_automatic_letter_a_day(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    make_guest(meetup, rsvp="yes")
    # The workers were down for days: the host's letter and the question of the day before are both due.
    moved_clock(to=meetup.mailings.get(kind="please_confirm").due_at + timedelta(minutes=1))
    Mailing.objects.filter(kind="three_days").update(not_after=clock.now() + timedelta(hours=1))

    fan_out_due()

    assert [row.kind for row in Delivery.objects.filter(guest__isnull=False)] == ["please_confirm"]


def test_no_reminder_within_twelve_hours_of_an_answer(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    guest = make_guest(meetup)
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at - timedelta(hours=1))
    record_rsvp(guest, Answer("yes"))
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at)

    fan_out_due()

    assert owed(meetup, "three_days") == set()


def test_a_late_yes_gets_what_it_missed_in_the_confirmation(moved_clock):
    meetup = make_meetup(in_days=14, plan=True)
    guest = make_guest(meetup)
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at + timedelta(hours=1))
    fan_out_due()

    record_rsvp(guest, Answer("yes"))

    assert Delivery.objects.get(guest=guest, kind="confirmation").context["missed"] == ["three_days"]


@pytest.mark.parametrize("target", ["", "meetup:{meetup.pk}", "host:{meetup.host_id}"])
def test_who_unsubscribed_gets_no_reminder(moved_clock, target):
    meetup = make_meetup(in_days=14, plan=True)
    guest = make_guest(meetup, rsvp="yes")
    suppress(guest.email_hash, target=target.format(meetup=meetup))
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at)

    fan_out_due()

    assert owed(meetup, "three_days") == set()


def test_a_letter_that_went_out_for_the_old_date_goes_out_for_the_new_one(moved_clock):
    meetup = make_meetup(in_days=10, plan=True)
    make_guest(meetup)
    moved_clock(to=meetup.mailings.get(kind="seven_days").due_at)
    fan_out_due()
    moved = reschedule_meetup(meetup, date=meetup.date + timedelta(days=14))

    moved_clock(to=moved.mailings.get(kind="seven_days").due_at)
    fan_out_due()

    assert Delivery.objects.filter(kind="seven_days").count() == 2


def test_timeline_counts_who_would_get_each_letter_today(django_assert_num_queries):
    meetup = make_meetup(in_days=14, plan=True)
    make_guest(meetup, rsvp="yes")
    make_guest(meetup, rsvp="maybe")

    with django_assert_num_queries(2):
        rows = timeline(meetup)

    assert {row.mailing.kind: row.num_today for row in rows} == {
        "seven_days": 1,
        "three_days": 2,
        "please_confirm": 1,
        "places_to_lay": 1,
        "address_day": 1,
        "were_you_there": 1,
        "debrief": 1,
        "how_did_it_go": 0,
    }


def test_the_recap_goes_to_three_kinds_of_people_and_never_to_those_who_did_not_answer():
    meetup = make_held_meetup()
    came = make_guest(meetup, rsvp="yes", attended=True)
    unknown = make_guest(meetup, rsvp="yes")
    missed = make_guest(meetup, rsvp="yes", attended=False)
    declined = make_guest(meetup, rsvp="no")
    make_guest(meetup, rsvp="invited")
    owe_recap_letters(meetup)
    owe_recap_letters(meetup)
    Mailing.objects.update(due_at=clock.now())

    fan_out_due()

    assert owed(meetup, "recap_came") == {came.pk, unknown.pk}
    assert owed(meetup, "recap_missed") == {missed.pk}
    assert owed(meetup, "recap_declined") == {declined.pk}


def test_planning_again_keeps_one_row_of_each_kind():
    meetup = make_meetup(in_days=14, plan=True)

    plan_mailings(meetup)

    assert meetup.mailings.count() == 8
