"""Many letters over several connections: each of them once, and one connection where that is enough."""

import threading

import pytest
from django.db import connection

from meetups.dispatch import parallel
from meetups.dispatch import send as sending
from meetups.dispatch.parallel import ClaimedQueue, deliver_in_threads
from meetups.dispatch.relay_state import pause_outbox
from meetups.models import Delivery
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup


@pytest.fixture
def sink(settings):
    with smtpsink.Sink(delay=0.002) as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.fixture
def threads(monkeypatch):
    """The threads that delivered."""
    used, deliver = set(), parallel.deliver_due

    def note_and_deliver(**words):
        used.add(threading.current_thread())
        return deliver(**words)

    monkeypatch.setattr(parallel, "deliver_due", note_and_deliver)
    return used


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_many_letters_leave_once_over_several_connections(settings, sink, threads):
    settings.SENDING_THREADS = 3
    meetup = make_meetup(seats=200)
    for _ in range(130):
        make_delivery("invitation", guest=make_guest(meetup))

    assert deliver_in_threads() == {"sent": 130}

    assert len(threads) == 3
    assert len({message.message_id for message in sink.messages}) == len(sink.messages) == 130
    assert not Delivery.objects.exclude(state="sent", attempts=1).exists()


@pytest.mark.django_db
def test_few_letters_need_one_connection(settings, sink, threads):
    settings.SENDING_THREADS = 3
    make_delivery("invitation", guest=make_guest(make_meetup()))

    assert deliver_in_threads() == {"sent": 1}

    assert threads == {threading.current_thread()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_a_thread_that_fails_is_counted_and_the_others_send_everything(settings, sink, monkeypatch):
    settings.SENDING_THREADS = 2
    deliver, main = parallel.deliver_due, threading.current_thread()

    def deliver_or_break(**words):
        if threading.current_thread() is not main:
            raise KeyError("what a thread may break on")
        return deliver(**words)

    monkeypatch.setattr(parallel, "deliver_due", deliver_or_break)
    meetup = make_meetup(seats=200)
    for _ in range(60):
        make_delivery("invitation", guest=make_guest(meetup))

    assert deliver_in_threads() == {"sent": 60, "errors": 1}
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_what_was_claimed_ahead_and_not_sent_is_as_it_was_before(settings, sink):
    settings.SENDING_THREADS = 2
    meetup = make_meetup(seats=200)
    for _ in range(130):
        make_delivery("invitation", guest=make_guest(meetup))

    counts = deliver_in_threads(should_stop=lambda: len(sink.messages) >= 5)

    left = Delivery.objects.exclude(state="sent")
    assert 5 <= counts["sent"] < 20
    assert left.count() == 130 - counts["sent"]
    assert not left.exclude(state="queued", num_leases=0, lease_token="", lease_until=None).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_what_was_leased_at_two_deaths_is_sent_alone_before_the_threads_start(settings, sink, monkeypatch):
    settings.SENDING_THREADS = 3
    meetup = make_meetup(seats=200)
    rows = [make_delivery("invitation", guest=make_guest(meetup)) for _ in range(80)]
    suspects = {row.pk for row in rows[30:33]}
    Delivery.objects.filter(pk__in=suspects).update(num_leases=2)
    leased = []

    def note_and_send(row, relay, roots, **words):
        if row.pk in suspects:
            leased.append(set(Delivery.objects.filter(state="sending").values_list("pk", flat=True)) - {row.pk})
        return send(row, relay, roots, **words)

    send = sending.send_delivery
    monkeypatch.setattr(sending, "send_delivery", note_and_send)

    assert deliver_in_threads() == {"sent": 80}

    assert leased == [set(), set(), set()]


@pytest.mark.django_db
def test_nothing_is_claimed_ahead_while_the_outbox_is_paused(settings, sink, monkeypatch):
    settings.SENDING_THREADS = 2
    meetup = make_meetup(seats=200)
    for _ in range(60):
        make_delivery("invitation", guest=make_guest(meetup))
    pause_outbox()
    monkeypatch.setattr(parallel, "claim_deliveries", lambda **_which: pytest.fail("claimed"))

    assert deliver_in_threads() == {"paused": 1}


@pytest.mark.django_db
def test_batches_are_cut_between_meetups_and_those_queued_too_long_are_put_back(monkeypatch):
    small, large = make_meetup(seats=200), make_meetup(seats=200)
    for number in range(45):
        make_delivery("invitation", guest=make_guest(small if number < 13 else large))
    queue = ClaimedQueue(2)
    queue.fill()

    batches = [queue.take()]
    monkeypatch.setattr(parallel, "SECONDS_FOR_A_BATCH", 0)
    late = queue.take()

    assert [{row.meetup_id for row in batch} for batch in batches] == [{small.pk}]
    assert (len(batches[0]), late) == (13, [])
    assert Delivery.objects.filter(state="sending").count() == 13
    assert Delivery.objects.filter(state="queued", num_leases=0).count() == 32


@pytest.mark.django_db
def test_the_last_letters_are_shared_among_the_threads():
    meetup = make_meetup(seats=200)
    for _ in range(20):
        make_delivery("invitation", guest=make_guest(meetup))
    queue = ClaimedQueue(4)
    queue.fill()

    batches = iter(queue.take, [])

    assert [len(batch) for batch in batches] == [5, 4, 3, 2, 2, 1, 1, 1, 1]
