"""A relay that wants its letters slowly: so many in a minute, so many connections at once."""

import pytest
from django.core.cache import cache

from hosts.cache import ForgivingRedisCache
from meetups.dispatch import throttle
from meetups.dispatch.send import deliver_due
from meetups.models import Delivery
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sink(settings):
    cache.clear()
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


def owe(number: int) -> None:
    meetup = make_meetup()
    for _ in range(number):
        make_delivery("invitation", guest=make_guest(meetup))


def test_what_is_beyond_the_minutes_share_waits_untouched_for_the_next(settings, sink, moved_clock):
    settings.RELAY_PER_MINUTE = 2
    owe(3)

    assert deliver_due() == {"sent": 2, "slowed": 1}
    assert deliver_due() == {"slowed": 1}

    [left] = Delivery.objects.filter(state="queued")
    assert (left.attempts, left.num_leases, left.lease_token) == (0, 0, "")
    moved_clock(minutes=1)
    assert deliver_due() == {"sent": 1}
    assert len(sink.messages) == 3


def test_without_a_limit_nothing_is_counted(settings):
    owe(3)

    assert deliver_due() == {"sent": 3}


def test_a_worker_without_a_free_connection_leaves_the_letters_alone(settings, sink):
    settings.RELAY_CONNECTIONS = 1
    owe(1)

    with throttle.connection() as slot:
        assert slot is not None
        assert deliver_due() == {"slowed": 1}
        assert sink.messages == []

    assert deliver_due() == {"sent": 1}


def test_a_connection_that_ran_out_and_is_anothers_is_not_given_back(settings):
    settings.RELAY_CONNECTIONS = 1
    with throttle.connection() as first:
        cache.delete(first.key)
        with throttle.connection() as second:
            first.give_back()
            with throttle.connection() as third:
                assert (second is not None, third) == (True, None)


def test_a_cache_that_is_away_slows_nobody(settings):
    settings.RELAY_PER_MINUTE, settings.RELAY_CONNECTIONS = 1, 1
    owe(2)
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    ForgivingRedisCache.rests_until = 0

    assert deliver_due() == {"sent": 2}

    ForgivingRedisCache.rests_until = 0
