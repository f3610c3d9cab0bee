"""A page comes back under its key with each reader's own text in its placeholders, for as long as there is room for it."""

from types import SimpleNamespace

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from meetups.caching import page_cache
from meetups.caching.page_cache import PageCache, digest, is_placeholder, placeholder


def make_cache(*, max_pages: int = 3, max_bytes: int = 250, max_age: float = 3600) -> PageCache:
    return PageCache(max_pages=max_pages, max_bytes=max_bytes, max_age=max_age)


def texts_in(cache: PageCache) -> list[str]:
    return [page.fill({}).decode()[:1] for page in cache.pages()]


def test_placeholder_is_filled_whatever_stands_beside_it():
    page = make_cache().store(b"key", f"x{placeholder('note')}x-x{placeholder('note')}{placeholder('shown_name')}xx")

    assert page.fill({"note": "a<b", "shown_name": ""}) == b"xa&lt;bx-xa&lt;bxx"
    assert page.fill({"note": mark_safe("a<b"), "shown_name": "é"}) == "xa<bx-xa<béxx".encode()


def test_page_refuses_to_be_filled_without_one_of_its_values():
    page = make_cache().store(b"key", f"x{placeholder('note')}x")

    with pytest.raises(KeyError):
        page.fill({})


def test_placeholder_is_told_from_what_people_type():
    assert is_placeholder(placeholder("note"))
    assert not any(is_placeholder(value) for value in ("", "placeholder", "placeholder-note-", None, 3))


def test_page_is_found_under_its_own_key_with_its_headers():
    cache = make_cache()
    cache.store(b"a", "a", {"X-Robots-Tag": "noindex"})

    assert cache.find(b"a").headers == {"X-Robots-Tag": "noindex"}
    assert cache.find(b"b") is None


def test_page_stored_twice_is_replaced_and_counted_once():
    cache = make_cache(max_bytes=250)

    for _time in range(5):
        cache.store(b"a", "a" * 100)
    cache.store(b"b", "b" * 100)

    assert texts_in(cache) == ["a", "b"]


def test_page_read_longest_ago_goes_first_when_there_are_too_many():
    cache = make_cache(max_pages=3)
    for name in "abc":
        cache.store(name.encode(), name)
    cache.find(b"a")

    cache.store(b"d", "d")

    assert texts_in(cache) == ["c", "a", "d"]


def test_page_read_longest_ago_goes_first_when_there_are_too_many_bytes():
    cache = make_cache(max_bytes=250)
    for name in "abc":
        cache.store(name.encode(), name * 50)

    cache.store(b"e", "é" * 60)

    assert texts_in(cache) == ["b", "c", "é"]


def test_page_larger_than_the_cache_drops_no_other():
    cache = make_cache(max_bytes=250)
    cache.store(b"a", "a" * 50)

    page = cache.store(b"b", "b" * 251)

    assert page.fill({}) == b"b" * 251
    assert texts_in(cache) == ["a"]


def test_page_that_nobody_has_read_for_an_hour_is_dropped(monkeypatch):
    cache, ticks = make_cache(max_age=3600), SimpleNamespace(now=0)
    monkeypatch.setattr(page_cache, "time", SimpleNamespace(monotonic=lambda: ticks.now))
    cache.store(b"a", "a")
    ticks.now = 3500
    cache.store(b"b", "b")
    assert cache.find(b"a")

    ticks.now = 7000
    assert cache.find(b"a")
    ticks.now = 7100
    assert cache.find(b"b") is None
    assert texts_in(cache) == ["a"]


def test_room_of_dropped_pages_is_free_again():
    cache = make_cache(max_bytes=250)
    cache.store(b"a", "a" * 200)
    cache.clear()

    for name in "bcd":
        cache.store(name.encode(), name * 80)

    assert texts_in(cache) == ["b", "c", "d"]


def test_digest_tells_facts_and_languages_apart():
    facts = [["a", 1], ["a", "1"], ["a1"], ["a", None]]

    assert len({digest(row) for row in facts}) == len(facts)
    with translation.override("fr"):
        french = digest(["a", 1])
    assert french != digest(["a", 1]) == digest(("a", 1))
