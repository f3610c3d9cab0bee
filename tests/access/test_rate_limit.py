"""Rate limits, and which IP address they count."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from meetups.access.rate_limit import client_ip, too_many
from meetups.times import clock

NOON = datetime(2026, 12, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at(monkeypatch):
    """Set the clock to a moment."""

    def set_to(moment: datetime):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_to(NOON)
    return set_to


def test_too_many_lets_the_limit_through_and_refuses_what_is_beyond(at):
    answers = [too_many("report", "203.0.113.9", limit=3, seconds=600) for _ in range(5)]

    assert answers == [False, False, False, True, True]


def test_too_many_counts_each_person_and_each_act_apart(at):
    too_many("report", "203.0.113.9", limit=1, seconds=600)

    assert too_many("report", "203.0.113.10", limit=1, seconds=600) is False
    assert too_many("invite", "203.0.113.9", limit=1, seconds=600) is False
    assert too_many("report", "203.0.113.9", limit=1, seconds=600) is True


def test_too_many_begins_anew_with_the_next_window(at):
    too_many("report", "203.0.113.9", limit=1, seconds=600)
    at(datetime(2026, 12, 15, 12, 10, tzinfo=UTC))

    assert too_many("report", "203.0.113.9", limit=1, seconds=600) is False


def test_too_many_keeps_a_long_window_longer_than_the_cache_would_by_itself(at, settings):
    too_many("invite", "ana", limit=1, seconds=86_400)
    key = next(iter(cache._list_cache_files())) if hasattr(cache, "_list_cache_files") else None
    if key is None:
        pytest.skip("only the file cache forgets")

    with open(key, "rb") as file:
        assert not cache._is_expired(file)
    assert too_many("invite", "ana", limit=1, seconds=86_400) is True


def test_too_many_treats_an_address_in_capitals_as_the_same(at):
    too_many("sign-in", "ana@example.org", limit=1, seconds=600)

    assert too_many("sign-in", " Ana@Example.org", limit=1, seconds=600) is True


def test_too_many_limits_nothing_when_the_cache_is_away(at, settings):
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}

    assert [too_many("report", "203.0.113.9", limit=1, seconds=600) for _ in range(3)] == [False, False, False]


def test_client_ip_without_a_proxy_ignores_what_the_client_claims(rf, settings):
    settings.TRUSTED_PROXIES = 0
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="1.1.1.1")

    assert client_ip(request) == "198.51.100.7"


def test_client_ip_behind_a_proxy_is_what_that_proxy_saw_whatever_the_client_put_before_it(rf, settings):
    settings.TRUSTED_PROXIES = 1
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2, 198.51.100.7")

    assert client_ip(request) == "198.51.100.7"


def test_client_ip_behind_two_proxies_counts_from_the_right(rf, settings):
    settings.TRUSTED_PROXIES = 2
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 198.51.100.7, 10.0.0.2")

    assert client_ip(request) == "198.51.100.7"


def test_client_ip_of_a_request_that_came_around_the_proxy_is_the_connections(rf, settings):
    settings.TRUSTED_PROXIES = 2
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="1.1.1.1")

    assert client_ip(request) == "198.51.100.7"


def test_client_ip_counts_an_ipv6_household_as_one(rf, settings):
    settings.TRUSTED_PROXIES = 0

    assert client_ip(rf.get("/", REMOTE_ADDR="2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::"
    assert client_ip(rf.get("/", REMOTE_ADDR="::ffff:198.51.100.7")) == "198.51.100.7"


def test_client_ip_that_is_no_address_is_unknown(rf, settings):
    settings.TRUSTED_PROXIES = 1

    assert client_ip(rf.get("/", HTTP_X_FORWARDED_FOR="<script>")) == "unknown"
