"""The cache, which may be away, and counts rightly when it is there."""

import secrets
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache

from hosts.cache import ForgivingFileCache, ForgivingRedisCache, count_up
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
    assert count_up("a", 60) is None
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


def test_while_one_waits_for_a_cache_that_hangs_nobody_else_does(without_redis, monkeypatch):
    asked, answers = [], threading.Event()

    def hang(self, *args, **kwargs):
        asked.append(1)
        answers.wait(10)

    monkeypatch.setattr(RedisCache, "get", hang)
    monkeypatch.setattr(ForgivingRedisCache, "STALLED_SECONDS", 0)
    first = threading.Thread(target=lambda: cache.get("a"))
    first.start()
    while not asked:
        time.sleep(0.01)

    assert cache.get("a", "nothing") == "nothing"

    answers.set()
    first.join()
    assert len(asked) == 1


@pytest.mark.django_db
def test_sign_in_works_while_redis_is_away(without_redis, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")

    assert type_in(code_in("ana@example.org")).url == "/host/"


def test_cache_counts_up_from_one_and_forgets_in_time():
    key = secrets.token_hex(8)

    assert [count_up(key, 1) for _ in range(3)] == [1, 2, 3]
    time.sleep(1.1)
    assert count_up(key, 1) == 1


def test_cache_counts_each_of_many_who_count_up_at_once():
    key = secrets.token_hex(8)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: count_up(key, 60), range(80)))

    assert sorted(counts) == list(range(1, 81))


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
