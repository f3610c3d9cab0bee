"""Owing letters: one row for each key, in the caller's transaction, and who must not get any."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from meetups.models import Delivery
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db

Kind, State = Delivery.Kind, Delivery.State


def test_a_rolled_back_change_leaves_no_letter():
    guest = make_guest(make_meetup())

    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(Kind.CONFIRMATION, key="1", guest=guest)
        raise RuntimeError

    assert Delivery.objects.count() == 0


def test_the_same_key_twice_is_one_row():
    guest = make_guest(make_meetup())

    first = enqueue(Kind.CONFIRMATION, key="1", guest=guest, context={"rsvp": "yes"})
    second = enqueue(Kind.CONFIRMATION, key="1", guest=guest, context={"rsvp": "no"})

    assert second == first
    assert Delivery.objects.get().context == {"rsvp": "yes"}


def test_a_guest_without_an_email_is_owed_nothing():
    guest = make_guest(make_meetup(), email=None)

    assert enqueue(Kind.CONFIRMATION, key="1", guest=guest) is None
    assert Delivery.objects.count() == 0


def test_a_reminder_is_useful_until_an_hour_before_the_start():
    meetup = make_meetup()

    row = enqueue(Kind.PLEASE_CONFIRM, key="1", guest=make_guest(meetup))

    assert row.not_after == meetup.starts_at - timedelta(hours=1)
    assert (row.meetup, row.revision, row.priority) == (meetup, meetup.revision, 5)


def test_a_cancellation_outranks_a_recap():
    guest = make_guest(make_meetup())
    enqueue(Kind.RECAP_CAME, key="1", guest=guest)
    canceled = enqueue(Kind.CANCELED, key="1", guest=guest)

    assert Delivery.objects.due().first() == canceled


def test_withdrawing_leaves_what_a_worker_has_in_hand():
    guest = make_guest(make_meetup())
    enqueue(Kind.MOVED, key="1", guest=guest)
    in_hand = enqueue(Kind.MOVED, key="2", guest=guest)
    Delivery.objects.filter(pk=in_hand.pk).update(state=State.SENDING)

    assert withdraw_deliveries(Delivery.objects.filter(guest=guest)) == 1
    assert withdraw_deliveries(Delivery.objects.filter(guest=guest)) == 0
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sending", "withdrawn"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 3, 13, 0, tzinfo=UTC), datetime(2026, 11, 3, 13, 0, tzinfo=UTC)),  # 08:00 in Toronto
        (datetime(2026, 11, 3, 12, 59, tzinfo=UTC), datetime(2026, 11, 3, 13, 0, tzinfo=UTC)),  # 07:59
        (datetime(2026, 11, 4, 1, 59, tzinfo=UTC), datetime(2026, 11, 4, 1, 59, tzinfo=UTC)),  # 20:59
        (datetime(2026, 11, 4, 2, 0, tzinfo=UTC), datetime(2026, 11, 4, 13, 0, tzinfo=UTC)),  # 21:00
        (datetime(2026, 11, 1, 2, 0, tzinfo=UTC), datetime(2026, 11, 1, 13, 0, tzinfo=UTC)),  # the night the clocks go back
    ],
)
def test_the_night_ends_at_eight_on_the_wall(moment, expected):
    assert next_allowed(moment, "America/Toronto") == expected
    assert next_allowed(expected, "America/Toronto") == expected


def test_due_is_told_by_the_sites_clock():
    row = enqueue(Kind.CANCELED, key="1", guest=make_guest(make_meetup()), due_at=clock.now() + timedelta(minutes=10))

    assert list(Delivery.objects.due()) == []
    assert row.next_try_at == row.due_at
