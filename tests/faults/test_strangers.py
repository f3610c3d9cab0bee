"""What an address that never agreed gets, and an account sends, is counted rightly when many ask at once (R77, R88)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction  # noqa: F401  the condition of skipif reads connection
from django.utils import timezone

from hosts.signin.adapter import may_be_mailed
from meetups.dispatch.claim import claim_deliveries
from meetups.guests.services.invitation import INVITES_A_DAY_NEW, invite_guests
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import AddressLedger, Delivery
from meetups.outbox.stranger_limits import lock_addresses
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup, make_user
from tests.faults.test_lock_order import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]

SOMEBODY = "somebody@example.org"


def test_a_stranger_typed_in_at_eight_tables_at_once_gets_one_letter():
    meetups = [make_meetup(visibility="listed") for _ in range(8)]

    wrong = at_once(*[lambda table=meetup: ask_for_seat(table, name="Maria", email=SOMEBODY) for meetup in meetups])

    assert wrong == []
    assert Delivery.objects.filter(kind="prove_address").count() == AddressLedger.objects.count() == 1


def test_a_guest_typed_in_at_two_tables_at_once_gets_one_link():
    meetups = [make_meetup(visibility="listed") for _ in range(8)]
    for meetup in meetups:
        make_guest(meetup, SOMEBODY, rsvp="yes", address_proven_at=clock.now())

    wrong = at_once(*[lambda table=meetup: ask_for_seat(table, name="Maria", email=SOMEBODY) for meetup in meetups])

    assert wrong == []
    assert Delivery.objects.filter(kind="new_link").count() == 1


def test_eight_hosts_who_invite_the_same_person_at_once_write_on_days_of_their_own():
    meetups = [make_meetup() for _ in range(8)]
    people = [("", SOMEBODY), ("", "another@example.org")]

    # In two orders, so that one transaction may have locked the address that the other waits for.
    wrong = at_once(
        *[
            lambda table=meetup, step=step: invite_guests(table, addresses=people[::step], by=table.host)
            for meetup, step in zip(meetups, [1, -1] * 4, strict=True)
        ]
    )

    assert wrong == []
    due = Delivery.objects.filter(kind="invitation", guest__email=SOMEBODY, due_at__lte=clock.now())
    assert (due.count(), AddressLedger.objects.count()) == (1, 12)


def test_a_new_account_with_four_windows_writes_to_sixty_people_a_day():
    host = make_user(proven_at=timezone.now())
    tables = {name: make_meetup(host) for name in "abcd"}

    def invite(name: str) -> None:
        invite_guests(tables[name], addresses=[("", f"{name}{n}@example.org") for n in range(40)], by=host)

    assert at_once(*[lambda table=name: invite(table) for name in tables]) == []

    due = Delivery.objects.filter(kind="invitation", due_at__lte=clock.now() + timedelta(minutes=1))
    assert due.count() == INVITES_A_DAY_NEW


def test_twelve_doors_at_once_send_no_more_codes_than_one_after_another():
    user = make_user(SOMEBODY, proven_at=None)

    at_once(*[lambda: may_be_mailed(user)] * 12)

    # One in two minutes; twelve that count at once must not take each other for the first.
    assert AddressLedger.objects.count() == 1


def test_a_claim_waits_for_no_address_that_somebody_else_counts():
    row = make_delivery("seven_days", guest=make_guest(make_meetup(), SOMEBODY))
    is_held, is_done = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            lock_addresses([SOMEBODY])
            is_held.set()
            is_done.wait(10)
        connections.close_all()

    holder = threading.Thread(target=lock)
    holder.start()
    is_held.wait(10)

    assert claim_deliveries() == []

    is_done.set(), holder.join()
    row.refresh_from_db()
    assert row.state == "waiting"
    assert timedelta(seconds=50) < row.next_try_at - clock.now() <= timedelta(minutes=1)
    assert AddressLedger.objects.count() == 0
