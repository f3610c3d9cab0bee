"""Which letters leave, when and how often: planners at once, an outage, a clock that jumps, five thousand recaps in the queue."""

import threading
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, connections

from meetups.dispatch.claim import BATCH, claim_deliveries
from meetups.dispatch.relay import Relay
from meetups.dispatch.send import deliver_due, send_claimed
from meetups.models import Delivery, Guest, Mailing
from meetups.outbox.fan_out import fan_out_due, owe_to_all
from meetups.outbox.plan import plan_mailings
from meetups.outbox.queue import enqueue, make_delivery
from meetups.planning.services.change import cancel_meetup
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_guest, make_held_meetup, make_meetup, make_recap

TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


def a_wednesday_noon(moved_clock) -> datetime:
    """Move the clock to a noon in Toronto some days ahead, and return it: what is tested must not depend on the hour it is."""
    now = clock.now().astimezone(TORONTO)
    return moved_clock(to=datetime.combine(now.date() + timedelta(days=(2 - now.weekday()) % 7 + 7), time(12), TORONTO))


def state_of(kind: str) -> list[str]:
    return list(Delivery.objects.filter(kind=kind).order_by("pk").values_list("state", flat=True))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_hundred_planners_at_once_owe_each_letter_once(moved_clock):
    meetup = make_meetup(plan=True)
    guests = [make_guest(meetup) for _ in range(5)]
    moved_clock(to=meetup.mailings.get(kind="seven_days").due_at)
    # SQLite has one writer at a time: there the hundred come one after another.
    num_threads = 10 if connection.vendor == "postgresql" else 1
    wrong, start = [], threading.Barrier(num_threads)

    def plan() -> None:
        try:
            start.wait()
            for _ in range(100 // num_threads):
                plan_mailings(meetup, is_same_time=True)
                # As if they had not been fanned out yet.
                Mailing.objects.filter(kind="seven_days").update(fanned_out_at=None)
                fan_out_due()
                # Without any lock or check: only the unique key is left.
                owe_to_all(meetup.guests.all(), make_delivery("three_days", key="", meetup=meetup), key=("", ":1"))
                enqueue("invitation", key=str(guests[0].pk), guest=guests[0])
        except Exception as error:  # noqa: BLE001  whatever it is, the test tells of it
            wrong.append(repr(error))
        finally:
            if num_threads > 1:
                connections.close_all()

    planners = [threading.Thread(target=plan) for _ in range(num_threads)] if num_threads > 1 else []
    [planner.start() for planner in planners]
    [planner.join() for planner in planners]
    if not planners:
        plan()

    assert wrong == []
    owed = {kind: sorted(Delivery.objects.filter(kind=kind).values_list("guest", flat=True)) for kind in Delivery.Kind.values}
    everybody = [guest.pk for guest in guests]
    assert {kind: who for kind, who in owed.items() if who} == {
        "invitation": everybody[:1],
        "seven_days": everybody,
        "three_days": everybody,
    }
    assert meetup.mailings.filter(kind="seven_days").count() == 1


@pytest.mark.django_db
def test_after_six_hours_without_workers_what_is_still_useful_leaves_once_and_the_rest_is_shown_as_expired(moved_clock, sink):
    day = a_wednesday_noon(moved_clock).date() + timedelta(days=2)
    dinner, lunch = (make_meetup(date=day, time=time(hour), plan=True) for hour in (20, 13))
    for_dinner, for_lunch = (make_guest(meetup, rsvp="yes") for meetup in (dinner, lunch))
    # At eight in the morning the letters are owed, and then no worker runs.
    moved_clock(to=dinner.mailings.get(kind="address_day").due_at)
    Mailing.objects.exclude(kind="address_day").update(is_off=True)
    fan_out_due()
    assert state_of("address_day") == ["queued", "queued"]

    moved_clock(to=clock.now() + timedelta(hours=6))
    for _ in range(3):
        call_command("deliver", "--once")

    letters = Delivery.objects.filter(kind="address_day")
    assert [letters.get(guest=guest).state for guest in (for_dinner, for_lunch)] == ["sent", "expired"]
    assert [len(sink.to(guest.email)) for guest in (for_dinner, for_lunch)] == [1, 0]
    assert letters.get(guest=for_lunch).last_words == "It was too late for this letter."


@pytest.mark.django_db
def test_a_clock_that_jumps_six_hours_ahead_and_back_sends_nothing_twice_and_nothing_early(moved_clock, sink):
    noon = a_wednesday_noon(moved_clock)
    meetup = make_meetup(in_days=20)
    early, later = (make_guest(meetup) for _ in range(2))
    for guest, hours in [(early, 3), (later, 7)]:
        make_delivery(
            "invitation", key=str(guest.pk), guest=guest, due_at=noon + timedelta(hours=hours), not_after=meetup.starts_at
        ).save()

    num_sent = []
    for hours in [0, 6, 0, 3.5, 6.5]:
        moved_clock(to=noon + timedelta(hours=hours))
        deliver_due()
        num_sent.append((len(sink.to(early.email)), len(sink.to(later.email))))

    assert num_sent == [(0, 0), (1, 0), (1, 0), (1, 0), (1, 0)]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_cancellation_leaves_before_reminders_and_five_thousand_recaps(moved_clock, sink):
    noon = a_wednesday_noon(moved_clock)
    held, next_week = make_held_meetup(), make_meetup(in_days=12)
    make_recap(held)
    for meetup, kind, number in [(held, "recap_came", 5000), (next_week, "three_days", 2 * BATCH)]:
        people = [Guest(meetup=meetup, name="Maria", email=f"{kind}{each}@example.org", rsvp="yes") for each in range(number)]
        guests = Guest.objects.bulk_create(people)
        Delivery.objects.bulk_create([make_delivery(kind, key=str(guest.pk), guest=guest) for guest in guests])
    tonight = make_meetup(date=noon.astimezone(TORONTO).date(), time=time(20))
    coming = [make_guest(tonight, rsvp="yes") for _ in range(3)]
    leased = claim_deliveries()
    assert {row.kind for row in leased} == {"three_days"}

    cancel_meetup(tonight, word="I am ill.")
    with Relay() as relay:
        send_claimed(leased, relay)
    deliver_due(should_stop=lambda: len(sink.messages) >= 2 * BATCH + 10)

    told = [message.recipients[0] for message in sink.messages]
    assert sorted(told[BATCH : BATCH + 3]) == sorted(guest.email for guest in coming)
    assert [who for who in told[BATCH + 3 : 2 * BATCH + 3] if not who.startswith("three_days")] == []
    assert [who for who in told[2 * BATCH + 3 :] if not who.startswith("recap_came")] == []
