"""Nothing listens at the relay for an hour: /healthz says so all the time, and is well again with the first letter (R126)."""

from datetime import timedelta

import pytest

from meetups.operations.sweep import sweep
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead_relay(settings):
    settings.MAIL_IS_FILES = False
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtpsink.free_port(), 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


def owe() -> None:
    make_delivery("invitation", guest=make_guest(make_meetup()))


def problems(client) -> list[str]:
    return client.get("/healthz").json()["outbox"]["problems"]


def test_an_hour_without_a_relay_is_red_all_the_time(client, dead_relay, moved_clock):
    for _ in range(3):
        owe()
    start, statuses = clock.now(), []
    for minute in range(60):
        moved_clock(to=start + timedelta(minutes=minute))
        sweep()
        statuses.append(client.get("/healthz").status_code)

    # One failure may pass with the next try; from the third minute on it is red.
    assert statuses[3:] == [503] * 57
    assert problems(client) == ["relay", "late"]


def test_a_relay_that_is_back_is_well_again(client, settings, dead_relay, moved_clock):
    owe()
    start = clock.now()
    for minute in range(0, 6, 2):
        moved_clock(to=start + timedelta(minutes=minute))
        sweep()
    assert problems(client) == ["relay"]

    with smtpsink.Sink() as sink:
        settings.EMAIL_PORT = sink.port
        moved_clock(to=start + timedelta(minutes=8))
        sweep()

    assert problems(client) == []
