"""What publishing, moving and canceling do to a meetup and to the letters it owes."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.exceptions import MeetupError
from meetups.guests.services.invitation import invite_guests
from meetups.models import Delivery, Guest, Kit, Mailing, Meetup
from meetups.outbox.queue import enqueue
from meetups.planning.services.change import can_restore, cancel_meetup, reschedule_meetup, restore_meetup
from meetups.planning.services.kit import copy_kit, find_or_add_book
from meetups.planning.services.meetup import delete_draft, edit_meetup, publish_meetup, save_draft, what_is_missing
from meetups.times import clock
from tests.factories import make_draft, make_guest, make_held_meetup, make_host, make_kit, make_meetup

pytestmark = pytest.mark.django_db


def letters(meetup: Meetup, kind: str, state: str = "queued"):
    return Delivery.objects.filter(meetup=meetup, kind=kind, state=state)


def test_save_draft_keeps_what_was_typed_with_its_kit():
    host = make_host()

    book = {"title": "Transforming Power", "author": "Judy Rebick"}
    meetup = save_draft(host, title="Soup", kit={"meal": "Soup", "book": book})

    meetup.refresh_from_db()
    assert (meetup.title, meetup.status, meetup.kit.meal) == ("Soup", "draft", "Soup")
    assert meetup.kit.book.author == "Judy Rebick"
    assert meetup.starts_at is None


def test_save_draft_refuses_a_field_it_does_not_know():
    with pytest.raises(TypeError):
        save_draft(make_host(), title="Soup", status="published")


def test_save_draft_refuses_an_hour_that_does_not_exist():
    fields = {"date": clock.now().date().replace(year=2027, month=3, day=14), "time": time(2, 30), "zone": "America/Toronto"}

    with pytest.raises(MeetupError):
        save_draft(make_host(), title="Soup", **fields)


def test_copy_kit_copies_the_words_and_remembers_where_from():
    kit = make_kit()

    copy = copy_kit(kit)

    assert copy.copied_from == kit
    assert [getattr(copy, name) for name in Kit.COPIED_FIELDS] == [getattr(kit, name) for name in Kit.COPIED_FIELDS]
    assert copy.pk != kit.pk


def test_find_or_add_book_returns_the_same_row_the_second_time():
    first = find_or_add_book(title="Transforming Power", author="Judy Rebick")

    second = find_or_add_book(title="Transforming Power", author="Judy Rebick")

    assert first == second
    assert find_or_add_book(title="Transforming Power", author="Somebody Else").slug != first.slug


def test_publish_says_what_a_draft_lacks():
    draft = save_draft(make_host(shown_name=""), title="Soup")

    with pytest.raises(MeetupError, match="a date, a time, the street and number, the town, the number of seats and your name"):
        publish_meetup(draft)

    assert "a title" not in what_is_missing(draft)


def test_publish_plans_the_letters_in_the_zone_of_the_place():
    draft = make_draft(date=(clock.now() + timedelta(days=20)).date(), time=time(19), zone="America/Vancouver")

    meetup = publish_meetup(draft)

    walls = {m.kind: m.due_at.astimezone(ZoneInfo(meetup.zone)) for m in meetup.mailings.all()}
    days = {kind: ((wall.date() - meetup.date).days, f"{wall:%H:%M}") for kind, wall in walls.items()}
    assert days == {
        "seven_days": (-7, "10:00"),
        "three_days": (-3, "10:00"),
        "please_confirm": (-1, "11:00"),
        "places_to_lay": (-1, "12:00"),
        "address_day": (0, "08:00"),
        "were_you_there": (1, "09:00"),
        "debrief": (1, "18:00"),
        "how_did_it_go": (30, "10:00"),
    }


def test_publish_leaves_out_letters_whose_hour_is_past_and_plans_once():
    draft = make_draft(in_days=2)

    publish_meetup(draft)
    publish_meetup(draft)

    assert not Mailing.objects.filter(meetup=draft, kind__in=["seven_days", "three_days"]).exists()
    assert Mailing.objects.filter(meetup=draft, kind="address_day").count() == 1


def test_publish_refuses_a_date_in_the_past():
    with pytest.raises(MeetupError, match="past"):
        publish_meetup(make_draft(in_days=-1))


def test_delete_draft_takes_the_kit_along_and_refuses_what_is_published():
    draft, published = make_draft(), make_meetup()

    delete_draft(draft)
    delete_draft(draft)

    assert not Meetup.objects.filter(pk=draft.pk).exists()
    assert not Kit.objects.filter(pk=draft.kit_id).exists()
    with pytest.raises(MeetupError):
        delete_draft(published)


def test_edit_refuses_fewer_seats_than_are_taken_and_drops_nobody():
    meetup = make_meetup(seats=3)
    make_guest(meetup, rsvp="yes", party_size=2)

    with pytest.raises(MeetupError, match="2 seats are taken"):
        edit_meetup(meetup, seats=1)

    assert Meetup.objects.get(pk=meetup.pk).seats == 3


def test_edit_that_adds_seats_offers_them_to_the_waiting_list():
    meetup = make_meetup(seats=1)
    make_guest(meetup, rsvp="yes")
    waiting = make_guest(meetup, rsvp="waiting")

    edit_meetup(meetup, seats=2)

    waiting.refresh_from_db()
    assert waiting.has_offer
    assert letters(meetup, "seat_offered").get().guest == waiting


def test_moving_tells_the_guests_once_and_plans_the_letters_anew():
    meetup = make_meetup(in_days=14, plan=True)
    yes, no = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="no")
    old_start = meetup.starts_at

    reschedule_meetup(meetup, date=meetup.date + timedelta(days=1))
    moved = reschedule_meetup(meetup, date=meetup.date + timedelta(days=2))

    row = letters(meetup, "moved").get()
    assert row.guest == yes
    assert row.context["old_starts_at"] == old_start.isoformat()
    assert row.context["time_changed"] is True
    assert row.context["place_changed"] is False
    assert timedelta(minutes=9) < row.due_at - clock.now() <= timedelta(minutes=10)
    assert moved.mailings.get(kind="address_day").due_at.astimezone(ZoneInfo(moved.zone)).date() == moved.date
    assert not Delivery.objects.filter(guest=no).exists()


def test_moving_back_within_ten_minutes_tells_nobody():
    meetup = make_meetup(in_days=14)
    make_guest(meetup, rsvp="yes")
    first = meetup.date

    reschedule_meetup(meetup, date=first + timedelta(days=1))
    reschedule_meetup(meetup, date=first)

    assert not letters(meetup, "moved").exists()


def test_moving_with_the_same_values_changes_nothing():
    meetup = make_meetup(in_days=14)
    make_guest(meetup, rsvp="yes")

    same = reschedule_meetup(meetup, date=meetup.date, street=meetup.street, parking="in the yard")

    assert same.revision == 0
    assert same.parking == "in the yard"
    assert not letters(meetup, "moved").exists()


def test_moving_in_the_last_day_tells_at_once(moved_clock):
    meetup = make_meetup(in_days=14)
    make_guest(meetup, rsvp="yes")
    moved_clock(to=meetup.starts_at - timedelta(hours=5))

    reschedule_meetup(meetup, time=time(20))

    assert letters(meetup, "moved").get().due_at <= clock.now()


def test_moving_withdraws_reminders_of_the_old_time():
    meetup = make_meetup(in_days=14)
    guest = make_guest(meetup, rsvp="yes")
    enqueue("three_days", key="x", guest=guest)

    reschedule_meetup(meetup, date=meetup.date + timedelta(days=3))

    assert letters(meetup, "three_days", "withdrawn").exists()


def test_canceling_withdraws_what_waits_and_tells_all_but_those_who_declined():
    meetup = make_meetup(in_days=14)
    guests = {rsvp: make_guest(meetup, rsvp=rsvp) for rsvp in Guest.Rsvp.values}
    enqueue("three_days", key="x", guest=guests["yes"])

    canceled = cancel_meetup(meetup, word="I have the flu.")
    cancel_meetup(meetup, word="again")

    told = letters(meetup, "canceled")
    assert {row.guest.rsvp for row in told} == {"invited", "yes", "maybe", "waiting"}
    assert {row.guest.rsvp for row in told if row.context["had_seat"]} == {"yes"}
    assert letters(meetup, "three_days", "withdrawn").exists()
    assert canceled.cancel_word == "I have the flu."


def test_a_cancellation_is_taken_back_within_ten_minutes(moved_clock):
    meetup = make_meetup(in_days=14)
    guest = make_guest(meetup, rsvp="yes")
    enqueue("confirmation", key="x", guest=guest)
    canceled = cancel_meetup(meetup)

    assert can_restore(canceled)
    restored = restore_meetup(meetup)

    assert restored.is_published
    assert not letters(meetup, "canceled").exists()
    assert letters(meetup, "confirmation").get().revision == restored.revision
    cancel_meetup(meetup)
    moved_clock(minutes=11)
    with pytest.raises(MeetupError):
        restore_meetup(meetup)


def count_queries(act, *, num_guests: int) -> int:
    meetup = make_meetup(plan=True)
    for _ in range(num_guests):
        make_guest(meetup, rsvp="yes")
    with CaptureQueriesContext(connection) as queries:
        act(meetup)
    assert Delivery.objects.filter(meetup=meetup, kind__in=["moved", "canceled"]).count() == num_guests
    return len(queries)


@pytest.mark.parametrize("act", [cancel_meetup, lambda meetup: reschedule_meetup(meetup, street="3 Elm Street")])
def test_telling_many_guests_asks_the_database_no_oftener_than_telling_one(act):
    assert count_queries(act, num_guests=3) == count_queries(act, num_guests=1)


def test_a_held_evening_cannot_be_canceled():
    with pytest.raises(MeetupError):
        cancel_meetup(make_held_meetup())


def test_invitations_beyond_the_days_number_leave_on_the_mornings_after():
    host = make_host(proven_at=clock.now())
    meetup = make_meetup(host)

    result = invite_guests(meetup, addresses=[("", f"friend{n}@example.org") for n in range(70)], by=host)

    assert (len(result.sent), len(result.later), result.refused) == (60, 10, [])
    later = Delivery.objects.filter(guest__in=result.later)
    assert {f"{row.due_at.astimezone(ZoneInfo(meetup.zone)):%H:%M}" for row in later} == {"09:00"}
