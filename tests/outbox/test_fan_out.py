"""Letters to a whole segment, written by the database: each with its own key and Message-ID, and none twice."""

import re
from datetime import timedelta

import pytest

from meetups.models import Delivery, Guest
from meetups.models.delivery import make_message_id
from meetups.outbox.fan_out import owe_to_all
from meetups.outbox.queue import make_delivery
from meetups.times import clock
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db
MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@localhost>")


def test_every_guest_gets_a_row_as_enqueue_would_write_it(django_assert_num_queries):
    meetup = make_meetup()
    guests = [make_guest(meetup, rsvp="yes") for _ in range(3)]
    example = make_delivery("please_confirm", key="", meetup=meetup, due_at=clock.now(), context={"since": "á"})

    with django_assert_num_queries(1):
        assert owe_to_all(meetup.guests.all(), example, key=("", ":7")) == 3

    rows = {row.guest_id: row for row in Delivery.objects.filter(kind="please_confirm")}
    assert set(rows) == {guest.pk for guest in guests}
    for guest in guests:
        row = rows[guest.pk]
        assert row.dedupe_key == f"please_confirm:{guest.pk}:7"
        same = ["meetup_id", "mailing_id", "user_id", "context", "revision", "priority", "state", "due_at", "not_after"]
        assert [getattr(row, name) for name in same] == [getattr(example, name) for name in same]
        assert MESSAGE_ID.fullmatch(row.message_id) and MESSAGE_ID.fullmatch(make_message_id())
    assert len({row.message_id for row in rows.values()}) == 3


def test_a_second_call_owes_only_to_who_is_new():
    meetup = make_meetup()
    make_guest(meetup)
    example = make_delivery("seven_days", key="", meetup=meetup)
    owe_to_all(meetup.guests.all(), example, key=("4:", ""))
    late = make_guest(meetup)

    assert owe_to_all(meetup.guests.all(), example, key=("4:", "")) == 1

    assert Delivery.objects.get(dedupe_key=f"seven_days:4:{late.pk}").guest == late
    assert Delivery.objects.filter(kind="seven_days").count() == 2


def test_nobody_is_nothing():
    example = make_delivery("seven_days", key="", meetup=make_meetup(), not_after=clock.now() + timedelta(days=1))

    assert owe_to_all(Guest.objects.filter(pk__in=[]), example, key=("", "")) == 0
