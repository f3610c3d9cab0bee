"""New rules for a zone: the wall time stays, everything that is an instant follows."""

from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from meetups.letters import build_message
from meetups.models import Delivery, Meetup
from meetups.planning.services.change import reschedule_meetup
from tests.factories import day, make_guest, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]


@pytest.fixture
def under_old_rules():
    """An evening in Vancouver whose instant was derived before British Columbia kept its summer clocks: 03:00Z."""
    meetup = make_meetup(date=day("2026-12-15"), time=time(19), zone="America/Vancouver", plan=True)
    old = {name: getattr(meetup, name) + timedelta(hours=1) for name in ("starts_at", "ends_at")}
    Meetup.objects.filter(pk=meetup.pk).update(**old)
    return Meetup.objects.get(pk=meetup.pk)


def rederive() -> str:
    out = StringIO()
    call_command("rederive_times", stdout=out)
    return out.getvalue()


def test_the_instant_follows_the_wall_and_is_listed(under_old_rules):
    said = rederive()

    under_old_rules.refresh_from_db()
    assert under_old_rules.starts_at == datetime(2026, 12, 16, 2, 0, tzinfo=UTC)
    assert f"{under_old_rules.code} America/Vancouver 2026-12-15 19:00: 2026-12-16T03:00Z is now 2026-12-16T02:00Z" in said
    assert under_old_rules.mailings.get(kind="address_day").due_at == datetime(2026, 12, 15, 15, 0, tzinfo=UTC)


def test_who_has_a_seat_gets_the_same_time_in_a_new_calendar_file(under_old_rules):
    guest = make_guest(under_old_rules, rsvp="yes")
    make_guest(under_old_rules, rsvp="maybe")

    rederive()

    row = Delivery.objects.get(kind="moved")
    message = build_message(row)
    calendar = next(part for part in message.message().walk() if part.get_content_type() == "text/calendar")
    assert row.guest == guest
    assert "the same time, a new calendar file" in message.subject
    assert "Tuesday 15 December 2026, 7:00 p.m., Vancouver time" in message.body
    assert "It was:" not in message.body
    assert b"DTSTART:20261216T020000Z" in calendar.get_payload(decode=True)
    assert b"SEQUENCE:1" in calendar.get_payload(decode=True)


def test_a_move_that_guests_have_not_heard_of_yet_is_still_told_as_one(under_old_rules):
    make_guest(under_old_rules, rsvp="yes"), make_guest(under_old_rules, rsvp="maybe")
    reschedule_meetup(under_old_rules, street="3 Elm Street", town_name="Burnaby", date=day("2026-12-16"))
    # The evening was moved on a machine that has not heard of the new rules either.
    moved = Meetup.objects.get(pk=under_old_rules.pk)
    Meetup.objects.filter(pk=moved.pk).update(starts_at=moved.starts_at + timedelta(hours=1))

    assert "1 changed" in rederive()

    letters = Delivery.objects.filter(kind="moved", state="queued")
    assert letters.count() == 2
    assert set(letters.values_list("revision", flat=True)) == {2}
    assert not any("rules_changed" in letter.context for letter in letters)


def test_an_evening_with_new_rules_can_be_moved_before_its_letters_have_left(under_old_rules):
    make_guest(under_old_rules, rsvp="yes")
    rederive()

    reschedule_meetup(Meetup.objects.get(pk=under_old_rules.pk), street="3 Elm Street")

    [letter] = Delivery.objects.filter(kind="moved", state="queued")
    assert letter.context["place_changed"] is True


def test_a_second_run_changes_nothing(under_old_rules):
    make_guest(under_old_rules, rsvp="yes")
    rederive()

    assert rederive() == "0 changed.\n"
    assert Delivery.objects.filter(kind="moved").count() == 1
