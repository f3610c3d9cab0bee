"""The cache, which may be away, and counts rightly when it is there."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache

from hosts.cache import ForgivingFileCache, ForgivingRedisCache
from tests.factories import make_user


@pytest.fixture
def without_redis(settings):
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    ForgivingRedisCache.rests_until = 0
    yield
    ForgivingRedisCache.rests_until = 0


def test_cache_that_is_away_finds_nothing_and_drops_what_it_gets(without_redis):
    cache.set("a", 1)

    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a", "b"]) == {}
    assert cache.add("a", 1) is True
    assert cache.delete("a") is False
    with pytest.raises(ValueError, match="cannot be counted"):
        cache.incr("a")


def test_cache_that_is_away_is_asked_once_in_some_seconds(without_redis, monkeypatch):
    asked = []

    def hang(self, *args, **kwargs):
        asked.append(1)
        raise OSError

    monkeypatch.setattr(RedisCache, "get", hang)

    for _ in range(5):
        cache.get("a")
    ForgivingRedisCache.rests_until = time.monotonic() - 1
    cache.get("a")

    assert len(asked) == 2


@pytest.mark.django_db
def test_sign_in_works_while_redis_is_away(without_redis, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")

    assert type_in(code_in("ana@example.org")).url == "/host/"


def test_file_cache_counts_every_one_of_many_at_once(settings, tmp_path):
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingFileCache", "LOCATION": tmp_path}}
    cache.set("n", 0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.incr("n"), range(80)))
        wins = list(pool.map(lambda _: cache.add("lock", 1), range(20)))

    assert cache.get("n") == 80
    assert wins.count(True) == 1


def test_file_cache_on_a_broken_disk_finds_nothing(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(ForgivingFileCache, "rests_until", 0.0)
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingFileCache", "LOCATION": tmp_path / "cache"}}
    cache.set("a", 1)
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("not a folder")

    cache.set("a", 1)

    assert cache.get("a") is None
