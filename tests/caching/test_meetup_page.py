"""A cached page says at once what has changed, and costs one query while nothing has."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from meetups.caching import meetup_page, page_cache
from meetups.caching.meetup_page import cached_pages
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Guest
from meetups.times import clock
from tests.factories import make_campaign, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    cached_pages.clear()


@pytest.fixture
def meetup():
    return make_meetup(visibility="listed", seats=3, campaign=make_campaign())


def read(client, meetup, **headers) -> str:
    return client.get(meetup.get_absolute_url(), headers=headers).content.decode()


def without_stamp(html: str) -> str:
    return re.sub(r'name="asked" value="[^"]+"', "", html)


def test_a_page_that_nothing_changed_takes_one_query_and_is_the_same(client, meetup, django_assert_num_queries):
    first = read(client, meetup)

    with django_assert_num_queries(1):
        second = read(client, meetup)

    assert without_stamp(second) == without_stamp(first)
    assert client.get(meetup.get_absolute_url()).headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_cached_page_carries_a_stamp_of_now(client, meetup, monkeypatch):
    read(client, meetup)
    monkeypatch.setattr("meetups.public.views.pages.make_stamp", lambda: "fresh-stamp")

    assert 'name="asked" value="fresh-stamp"' in read(client, meetup)


def test_a_cached_page_counts_each_answer_at_once(client, meetup):
    guests = [make_guest(meetup) for _ in range(3)]
    said = [read(client, meetup)]

    for guest, size in zip(guests, [2, 1, 1], strict=True):
        record_rsvp(guest, Answer("yes", party_size=size))
        said.append(read(client, meetup))
    record_rsvp(guests[1], Answer("no"))
    said.append(read(client, meetup))

    counts = ["0 of 3 seats taken", "2 of 3 seats taken", "3 of 3 seats taken", "3 of 3 seats taken, 1 waiting"]
    for html, count in zip(said, [*counts, "3 of 3 seats taken"], strict=True):
        assert f"<figcaption>{count}</figcaption>" in html


def test_a_cached_page_counts_removals_and_strangers_at_once(client, meetup):
    guest = make_guest(meetup, rsvp="yes")
    stranger = make_guest(meetup, rsvp="yes", origin="self")
    assert "1 of 3 seats taken" in read(client, meetup)

    Guest.objects.filter(pk=stranger.pk).update(address_proven_at=clock.now())
    assert "2 of 3 seats taken" in read(client, meetup)

    Guest.objects.filter(pk=guest.pk).update(removed_at=clock.now())
    assert "1 of 3 seats taken" in read(client, meetup)


def test_a_cached_page_counts_a_friend_of_a_guest_once_the_host_says_yes(client, meetup):
    friend = make_guest(meetup, rsvp="yes", origin="friend", address_proven_at=clock.now())
    assert "0 of 3 seats taken" in read(client, meetup)

    Guest.objects.filter(pk=friend.pk).update(admitted_at=clock.now())

    assert "1 of 3 seats taken" in read(client, meetup)


def test_a_cached_page_frees_a_seat_in_the_second_in_which_its_offer_ends(client, meetup, moved_clock):
    now = moved_clock(seconds=0)
    # Both moments in one minute, which alone would renew the page.
    moved_clock(to=now.replace(second=10, microsecond=0) + timedelta(minutes=1))
    make_guest(meetup, rsvp="waiting", offered_at=now, offer_expires_at=clock.now() + timedelta(seconds=20))
    assert "1 of 3 seats taken" in read(client, meetup)

    moved_clock(seconds=(clock.now() - now).total_seconds() + 30)

    assert "0 of 3 seats taken" in read(client, meetup)


def change_title(meetup):
    meetup.title = "Bread and two questions"
    meetup.save()


def change_kit(meetup):
    meetup.kit.meal = "Bread and two questions"
    meetup.kit.save()


def change_host(meetup):
    meetup.host.shown_name = "Bread and two questions"
    meetup.host.save()


def change_campaign(meetup):
    meetup.campaign.name = "Bread and two questions"
    meetup.campaign.save()


@pytest.mark.parametrize("change", [change_title, change_kit, change_host, change_campaign])
def test_a_cached_page_says_what_was_edited_at_once(client, meetup, change):
    assert "Bread and two questions" not in read(client, meetup)

    change(meetup)

    assert "Bread and two questions" in read(client, meetup)


def test_a_cached_page_is_gone_when_the_evening_is_canceled_or_closed(client, meetup):
    read(client, meetup)

    meetup.status = "canceled"
    meetup.save()
    assert "This evening is canceled" in read(client, meetup)

    meetup.visibility = "private"
    meetup.save()
    assert client.get(meetup.get_absolute_url()).status_code == 404


def test_a_cached_page_by_link_stays_out_of_search_engines(client):
    meetup = make_meetup(visibility="link")

    tags = [client.get(meetup.get_absolute_url())["X-Robots-Tag"] for _ in range(2)]

    assert tags == ["noindex, nofollow, noarchive"] * 2


def test_a_page_is_cached_for_each_language(client, meetup):
    english, french = read(client, meetup), read(client, meetup, accept_language="fr")

    assert '<html lang="en"' in english
    assert '<html lang="fr"' in french
    assert '<html lang="en"' in read(client, meetup)


def test_a_page_of_the_minute_before_is_dropped(client, meetup, moved_clock, monkeypatch):
    ticks = SimpleNamespace(now=0)
    monkeypatch.setattr(page_cache, "time", SimpleNamespace(monotonic=lambda: ticks.now))
    read(client, meetup)

    ticks.now = 60
    moved_clock(seconds=60)
    read(client, meetup)

    assert len(cached_pages) == 1


def test_a_page_whose_facts_change_while_it_is_rendered_is_not_cached(client, meetup):
    key = meetup_page.meetup_page_key(meetup.code)
    response = client.get(meetup.get_absolute_url())
    cached_pages.clear()

    make_guest(meetup, rsvp="yes")
    meetup_page.store_page(key, meetup.code, response, stamp="no stamp")

    assert not len(cached_pages)
