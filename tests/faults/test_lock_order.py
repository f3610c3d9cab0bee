"""Row locks are taken in one order, so that a host, a guest and a worker never deadlock."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from meetups.dispatch.claim import claim_deliveries
from meetups.guests.services.seats import lock_meetup
from meetups.models import Contribution, Delivery, Recap
from meetups.outbox.fan_out import fan_out_mailing
from meetups.outbox.plan import plan_mailings
from meetups.planning.services.change import cancel_meetup
from meetups.privacy.erasure import erase_guest
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.recap import write_recap
from tests.factories import make_contribution, make_delivery, make_guest, make_held_meetup, make_meetup, make_recap

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run all acts at the same moment, each on a connection of its own; return the errors."""
    wrong, start = [], threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Locks are waited for here, however slow the machine is: the limit of pages is not what is asked.
                cursor.execute("SET lock_timeout = '60s'")
        start.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001  whatever it is, the test tells of it
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return wrong


def test_a_letter_that_fans_out_while_the_host_moves_the_evening(moved_clock):
    meetup = make_meetup(plan=True)
    make_guest(meetup, rsvp="yes")
    mailing = meetup.mailings.get(kind="three_days")
    moved_clock(to=mailing.due_at)

    @transaction.atomic
    def move() -> None:
        locked = lock_meetup(meetup.pk)
        time.sleep(0.4)
        plan_mailings(locked)

    @transaction.atomic
    def fan_out() -> None:
        time.sleep(0.2)
        fan_out_mailing(mailing)

    assert at_once(move, fan_out) == []
    assert Delivery.objects.filter(kind="three_days").count() == 1


def test_a_claim_that_writes_the_ledger_while_the_host_cancels():
    meetup = make_meetup()
    for _ in range(3):
        make_delivery("seven_days", guest=make_guest(meetup))

    @transaction.atomic
    def claim() -> None:
        claim_deliveries()
        time.sleep(0.4)
        # A second query in the same transaction stands for one that takes long.
        make_delivery("seven_days", guest=make_guest(meetup))

    @transaction.atomic
    def cancel() -> None:
        time.sleep(0.2)
        lock_meetup(meetup.pk)
        cancel_meetup(meetup)

    assert at_once(claim, cancel) == []


def test_a_guest_who_takes_words_out_while_the_host_puts_them_in_order():
    meetup = make_held_meetup()
    make_recap(meetup)
    contribution = make_contribution(make_guest(meetup, rsvp="yes"))
    words = {"question": "What did we say?"}

    @transaction.atomic
    def take_out() -> None:
        withdraw_contribution(contribution)
        time.sleep(0.4)

    @transaction.atomic
    def order() -> None:
        write_recap(meetup, words=words, places={contribution.pk: {"position": 2}})

    wrong = [mistake for _ in range(3) for mistake in at_once(take_out, order)]

    assert wrong == []
    assert Contribution.objects.get().withdrawn_at is not None
    assert Recap.objects.get().question == "What did we say?"


def test_words_that_a_guest_leaves_in_the_moment_of_leaving_everything_go_too():
    meetup = make_held_meetup()
    make_recap(meetup)
    guest = make_guest(meetup, rsvp="yes", attended=True)

    @transaction.atomic
    def leave_words() -> None:
        contribute(guest, sentence="I left less alone than I came.", sentence_consent="everyone", shown_as="Maria")
        time.sleep(0.4)

    @transaction.atomic
    def leave_everything() -> None:
        time.sleep(0.2)
        erase_guest(guest)

    assert at_once(leave_words, leave_everything) == []
    assert not Contribution.objects.exists()
