"""A clock that ran six hours ahead for a while: no letter is lost, none stays leased, and it is seen (R34, R130)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.models import Delivery, Heartbeat, Mailing, Meetup
from meetups.operations.sweep import sweep
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup
from tests.faults.letters import MovableClock, num_extra, num_reached, owe, states, wait_until
from tests.serving import Site

TORONTO = ZoneInfo("America/Toronto")
SIX_HOURS = 6 * 3600
NUM_LETTERS = 60


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.mark.slow
def test_letters_leased_by_a_worker_that_died_in_the_future_are_sent(tmp_path):
    clock_file = MovableClock(tmp_path / "clock")
    environment = {"TEST_CLOCK_FILE": str(clock_file.file), "SWEEP_SECONDS": "1"}

    with (
        smtpsink.Sink(delay=0.3) as sink,
        Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, **environment) as site,
    ):
        owe(site, NUM_LETTERS)
        clock_file.move(SIX_HOURS)
        site.start_worker()
        sink.wait_for(lambda sink: len(sink.messages) >= 3)
        site.kill_worker()
        assert states(site)["sending"] > 40
        clock_file.move(-SIX_HOURS)
        sink.delay = 0
        site.start_worker()
        # All but those that were with the relay when the worker died, which wait five minutes.
        sink.wait_for(lambda sink: num_reached(sink) >= NUM_LETTERS - 2, seconds=60)
        clock_file.move()
        wait_until(lambda: states(site) == {"sent": NUM_LETTERS}, site)

        assert "the clock was set back" in site.logs
    # Two children of the worker, one letter each on its way.
    assert num_extra(sink) <= 2


@pytest.fixture
def lunch(moved_clock) -> Meetup:
    """A lunch at noon with eight guests. It is half past six; the letters with the address are due at eight."""
    today = clock.now().astimezone(TORONTO).date() + timedelta(days=7)
    moved_clock(to=datetime.combine(today, time(6, 30), TORONTO))
    meetup = make_meetup(date=today, time=time(12), plan=True)
    for _ in range(8):
        make_guest(meetup, rsvp="yes", address_proven_at=clock.now())
    Mailing.objects.exclude(kind="address_day").update(is_off=True)
    return meetup


def jump_and_return(moved_clock) -> None:
    """Let the clock stand six hours ahead for one sweep, and sweep again when it is right."""
    now = clock.now()
    moved_clock(to=now + timedelta(hours=6))
    sweep()
    moved_clock(to=now + timedelta(seconds=10))
    sweep()


@pytest.mark.django_db
def test_letters_with_the_address_that_a_jump_skipped_leave_at_eight_once(moved_clock, lunch, sink):
    jump_and_return(moved_clock)
    assert sink.messages == []

    for minutes in (91, 92):
        moved_clock(to=lunch.starts_at - timedelta(hours=5, minutes=30) + timedelta(minutes=minutes))
        sweep()

    assert len(sink.messages) == num_reached(sink) == 8


@pytest.mark.django_db
def test_a_letter_that_expired_in_the_future_leaves_at_its_hour(moved_clock, lunch, sink):
    at_eight = clock.now() + timedelta(minutes=90)
    guest = make_guest(lunch, rsvp="yes", address_proven_at=clock.now())
    row = make_delivery("address_day", guest=guest, due_at=at_eight, next_try_at=at_eight, not_after=lunch.starts_at)
    Mailing.objects.all().update(is_off=True)

    jump_and_return(moved_clock)

    row.refresh_from_db()
    assert (row.state, row.next_try_at, row.finished_at) == ("queued", at_eight, None)
    moved_clock(to=at_eight + timedelta(minutes=1))
    sweep()
    assert [message.recipients for message in sink.messages] == [(guest.email,)]


@pytest.mark.django_db
def test_what_the_host_or_a_guest_withdrew_meanwhile_is_not_owed_again(moved_clock, lunch, sink):
    guest = make_guest(lunch, rsvp="yes")
    withdrawn = make_delivery("address_day", guest=guest, not_after=lunch.starts_at)
    answered = make_delivery("please_confirm", guest=make_guest(lunch, rsvp="no"), not_after=lunch.starts_at)
    now = clock.now()
    moved_clock(to=now + timedelta(hours=6))
    sweep()
    ended = {"state": "withdrawn", "finished_at": clock.now()}
    Delivery.objects.filter(pk=withdrawn.pk).update(last_words="Taken back before it was sent.", **ended)
    Delivery.objects.filter(pk=answered.pk).update(last_words="The guest has answered since.", **ended)
    moved_clock(to=now + timedelta(seconds=10))

    sweep()

    # The letter about an answer is checked once more, and the answer is still no.
    assert {row.state for row in Delivery.objects.all()} == {"withdrawn"}
    assert sink.messages == []


@pytest.mark.django_db
def test_a_try_that_was_put_off_in_the_future_is_made_now(moved_clock, sink):
    sink.troubles[smtpsink.RCPT] = ["451 4.3.0 Later"]
    row = make_delivery("invitation", guest=make_guest(make_meetup()))

    jump_and_return(moved_clock)

    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.django_db
def test_a_jump_is_seen_until_a_sweep_has_mended_it(client, moved_clock):
    now = clock.now()
    moved_clock(to=now + timedelta(hours=6))
    sweep()
    make_delivery("invitation", guest=make_guest(make_meetup()))
    claim_deliveries()
    moved_clock(to=now + timedelta(seconds=10))

    assert client.get("/healthz").json()["outbox"]["problems"] == ["clock", "stuck"]

    sweep()
    assert client.get("/healthz").status_code == 200
    assert Heartbeat.objects.get(name="sweep").at <= clock.now()
