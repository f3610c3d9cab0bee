"""From a claimed row to a relay and back: the state of each ending, and what a second worker may not do."""

import threading
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from meetups.dispatch import letter, outcome
from meetups.dispatch import send as sending
from meetups.dispatch.claim import claim_deliveries, release_leases
from meetups.dispatch.health import outbox_health
from meetups.dispatch.relay import FileRelay, Relay
from meetups.dispatch.send import deliver_due, send_claimed
from meetups.models import Delivery, Guest, Heartbeat, Meetup
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db

State = Delivery.State


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.fixture
def files(settings, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path / "mail"
    return settings.MAIL_DIR


def invitation(meetup: Meetup | None = None, **fields) -> Delivery:
    return make_delivery("invitation", guest=make_guest(meetup or make_meetup()), **fields)


def later(monkeypatch, **span) -> None:
    now, moved = clock.now, timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: now() + moved)


def facts(row: Delivery) -> tuple:
    row.refresh_from_db()
    return row.state, row.attempts, row.last_code


def test_a_letter_is_sent_and_says_so(sink):
    row = invitation()

    assert deliver_due() == {"sent": 1}

    assert facts(row) == ("sent", 1, 250)
    assert (row.lease_token, row.lease_until, row.num_leases) == ("", None, 0)
    [received] = sink.messages
    assert received.message_id == row.message_id
    assert received.recipients == (row.guest.email,)


def test_without_a_relay_letters_become_files(files):
    row = invitation()

    deliver_due()

    [file] = files.iterdir()
    assert message_from_bytes(file.read_bytes())["Message-ID"] == row.message_id


@pytest.mark.parametrize(
    ("mode", "expected", "is_maybe_there"),
    [
        (smtpsink.REFUSE_RECIPIENT, ("failed", 1, 550), False),
        (smtpsink.DEFER_RECIPIENT, ("waiting", 1, 451), False),
        (smtpsink.REFUSE_SENDER, ("waiting", 0, 550), False),
        (smtpsink.REFUSE_DATA, ("failed", 1, 554), True),
        (smtpsink.DEFER_DATA, ("waiting", 1, 451), False),
        (smtpsink.DROP_AFTER_DOT, ("waiting", 1, None), True),
        (smtpsink.HANG_AFTER_DOT, ("waiting", 1, None), True),
        (smtpsink.HANG_AT_MAIL, ("waiting", 1, None), False),
    ],
)
def test_each_trouble_has_its_state(sink, mode, expected, is_maybe_there):
    sink.mode = mode
    row = invitation()

    deliver_due()

    assert facts(row) == expected
    assert (row.body_begun_at is not None) == is_maybe_there
    assert row.lease_token == ""


def test_a_letter_cut_in_its_body_goes_again(sink):
    sink.mode = smtpsink.DROP_IN_BODY
    row = invitation()

    deliver_due()

    assert facts(row)[:2] == ("waiting", 1)
    assert sink.messages == []


def test_an_unknown_ending_is_tried_once_more_with_the_same_message_id(sink, monkeypatch):
    sink.mode = smtpsink.DROP_AFTER_DOT
    row = invitation()
    deliver_due()
    row.refresh_from_db()
    assert row.next_try_at >= row.body_begun_at + timedelta(minutes=5)

    later(monkeypatch, minutes=7)
    deliver_due()
    later(monkeypatch, days=1)
    deliver_due()

    assert facts(row)[:2] == ("unknown", 2)
    assert [message.message_id for message in sink.messages] == [row.message_id] * 2


def test_waiting_grows_with_each_try_and_ends_with_the_last_useful_moment(sink, monkeypatch):
    sink.mode = smtpsink.DEFER_RECIPIENT
    row = invitation(not_after=clock.now() + timedelta(hours=2))
    waits = []
    monkeypatch.setattr(outcome.random, "uniform", lambda low, high: waits.append(high) or high)

    for _ in range(6):
        deliver_due()
        later(monkeypatch, seconds=waits[-1] + 1)

    assert waits == [60, 300, 900, 3600, 10_800]
    assert facts(row) == ("expired", 5, 451)


def test_a_relay_that_is_down_burns_no_recipient(settings, sink, monkeypatch):
    settings.EMAIL_PORT = smtpsink.free_port()
    rows = [invitation() for _ in range(3)]

    assert deliver_due() == {"relay_down": 1}
    assert deliver_due() == {"relay_down": 1}

    assert sorted(facts(row)[:2] for row in rows) == [("queued", 0), ("queued", 0), ("waiting", 0)]
    assert outbox_health().relay_down
    settings.EMAIL_PORT = sink.port
    later(monkeypatch, seconds=61)
    assert deliver_due() == {"sent": 3}


def test_one_bad_recipient_does_not_stop_the_others(sink):
    rows = [invitation() for _ in range(5)]
    sink.answers[rows[1].guest.email] = "550 5.1.1 Gone"

    assert deliver_due() == {"sent": 4, "failed": 1}

    assert facts(rows[1]) == ("failed", 1, 550)
    assert rows[1].last_words == "5.1.1 Gone"


def test_a_letter_that_cannot_be_written_fails_after_three_tries_and_holds_up_nobody(files, monkeypatch):
    bad, good = invitation(), invitation()
    write = letter.write_message

    def write_or_break(row, roots):
        if row.pk == bad.pk:
            raise KeyError("a template without its word")
        return write(row, roots)

    monkeypatch.setattr(letter, "write_message", write_or_break)

    for _ in range(4):
        deliver_due()
        later(monkeypatch, hours=3)

    assert facts(bad)[:2] == ("failed", 3)
    assert bad.last_words == "This letter could not be written."
    assert facts(good)[0] == "sent"


def test_a_letter_with_nothing_to_say_is_withdrawn_with_the_reason(files):
    meetup = make_meetup()
    row = make_delivery("host_answers", user=meetup.host, meetup=meetup, context={"since": clock.now().isoformat()})

    deliver_due()

    assert facts(row)[0] == "withdrawn"
    assert row.last_words == "Nobody has answered since."


def test_a_lease_that_is_lost_keeps_the_letter_from_leaving_twice(sink):
    row = invitation()
    [mine] = claim_deliveries()
    Delivery.objects.update(lease_token="somebody else's")

    with Relay() as relay:
        assert send_claimed([mine], relay) == {}

    assert sink.messages == []
    assert facts(row)[0] == "sending"


def test_a_clock_that_jumps_while_the_relay_thinks_sends_no_second_copy(files, monkeypatch):
    class Slow(FileRelay):
        def send(self, *arguments, **named):
            super().send(*arguments, **named)
            later(monkeypatch, hours=6)
            assert release_leases() == 1

    row = invitation()

    send_claimed(claim_deliveries(), Slow())
    deliver_due()

    assert facts(row) == ("sent", 1, 250)
    assert len(list(files.iterdir())) == 1


def test_a_letter_given_up_while_the_relay_thinks_is_sent_once_the_relay_says_so(files, monkeypatch):
    class Slow(FileRelay):
        def send(self, *arguments, **named):
            super().send(*arguments, **named)
            later(monkeypatch, minutes=6)
            assert release_leases() == 1
            assert facts(row)[0] == "unknown"

    row = invitation()
    # Three workers died with this letter leased.
    Delivery.objects.update(num_leases=3)

    send_claimed(claim_deliveries(), Slow())

    assert facts(row) == ("sent", 1, 250)
    assert row.last_words == ""


def test_a_change_between_claim_and_body_sends_the_letter_back(sink):
    row = invitation()
    [mine] = claim_deliveries()
    Guest.objects.update(num_answers=1, rsvp="no")

    with Relay() as relay:
        send_claimed([mine], relay)
    assert facts(row)[:2] == ("queued", 0)
    deliver_due()

    assert facts(row)[0] == "withdrawn"
    assert sink.messages == []


def test_a_letter_whose_last_moment_passes_while_the_relay_thinks_is_not_begun(files, monkeypatch):
    class Slow(FileRelay):
        def send(self, *arguments, **named):
            later(monkeypatch, days=30)
            super().send(*arguments, **named)

    row = invitation()

    send_claimed(claim_deliveries(), Slow())
    assert facts(row)[:2] == ("queued", 0)
    deliver_due()

    assert facts(row)[0] == "expired"
    assert not files.exists()


@pytest.mark.parametrize("extensions", [[], ["PIPELINING"]])
def test_a_thread_goes_on_within_one_batch(sink, extensions):
    sink.extensions = extensions
    guest = make_guest(make_meetup(), rsvp="yes")
    first, second = make_delivery("confirmation", guest=guest), make_delivery("three_days", guest=guest)

    assert deliver_due() == {"sent": 2}

    assert [message.message["In-Reply-To"] for message in sink.messages] == [None, first.message_id]
    assert sink.messages[1].message_id == second.message_id


def test_letters_of_a_dead_worker_go_again(files, monkeypatch):
    row = invitation()
    claim_deliveries()
    assert release_leases() == 0

    later(monkeypatch, minutes=6)
    assert release_leases() == 1
    assert release_leases() == 0
    deliver_due()

    assert facts(row)[0] == "sent"


def test_a_letter_begun_by_a_dead_worker_rests_first(monkeypatch):
    row = invitation()
    claim_deliveries()
    begun_at = clock.now() + timedelta(minutes=4)
    Delivery.objects.update(body_begun_at=begun_at)

    later(monkeypatch, minutes=6)
    release_leases()

    assert facts(row)[0] == "waiting"
    assert row.next_try_at == begun_at + timedelta(minutes=5)


def test_a_letter_that_ends_its_worker_each_time_is_given_up_and_takes_no_other_with_it(monkeypatch):
    poison, other = invitation(), invitation()
    alone = []
    for _ in range(4):
        rows = claim_deliveries()
        alone.append(len(rows))
        later(monkeypatch, minutes=6)
        release_leases()

    assert alone == [2, 2, 1, 1]
    assert facts(poison)[0] == "failed"
    assert facts(other)[0] == "waiting"


def test_no_transaction_is_open_while_the_relay_is_spoken_to(files, monkeypatch, transactional_db):
    class Watched(FileRelay):
        was_open = None

        def send(self, *arguments, **named):
            Watched.was_open = connection.in_atomic_block
            super().send(*arguments, **named)

    monkeypatch.setattr(sending, "open_relay", Watched)
    invitation()

    deliver_due()

    assert Watched.was_open is False


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_two_claims_at_once_never_take_the_same_letter(transactional_db):
    meetup = make_meetup()
    for _ in range(100):
        invitation(meetup)
    taken, start = [], threading.Barrier(4)

    def claim():
        start.wait()
        while rows := claim_deliveries(limit=7):
            taken.extend(row.pk for row in rows)
        connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(taken) == len(set(taken)) == 100


def test_time_that_is_up_gives_letters_back(files):
    row = invitation()
    rows = claim_deliveries()

    assert send_claimed(rows, FileRelay(), should_stop=lambda: True) == {}
    assert (*facts(row), row.num_leases) == ("queued", 0, None, 0)


def test_deliver_once_needs_no_celery_and_says_what_it_did(files, capsys):
    invitation()

    call_command("deliver", "--once")

    assert capsys.readouterr().out == "1 sent\n"
    assert Heartbeat.objects.filter(name="sweep").exists()


def test_deliver_once_fails_when_a_letter_failed(sink):
    sink.mode = smtpsink.REFUSE_RECIPIENT
    invitation()

    with pytest.raises(CommandError, match="1 failed"):
        call_command("deliver", "--once")


def test_the_health_of_the_outbox_is_told(files):
    assert outbox_health().beat_age is None
    late = clock.now() - timedelta(minutes=20)
    invitation(due_at=late, next_try_at=late)
    soon = clock.now() + timedelta(minutes=20)
    invitation(due_at=soon, next_try_at=soon)

    told = outbox_health().facts()

    assert 1199 <= told["oldest_overdue"] <= 1202
    assert told["states"] == {"queued": 2, "waiting": 0, "sending": 0, "failed_today": 0}


def test_the_dishes_of_all_tables_are_read_at_once(sink):
    def count(num_tables: int) -> int:
        for _ in range(num_tables):
            guest = make_guest(make_meetup(), rsvp="yes")
            make_delivery("please_confirm", guest=guest)
        with CaptureQueriesContext(connection) as queries:
            deliver_due()
        return sum("meetups_dish" in query["sql"] for query in queries)

    assert (count(1), count(3)) == (1, 1)
    assert not Delivery.objects.exclude(state="sent").exists()
