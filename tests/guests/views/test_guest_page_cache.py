"""Guests' pages with the same cache key are rendered once, and each equals what rendering it alone would give now."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import make_friend_token, make_guest_token
from meetups.caching import form_field
from meetups.caching.guest_page import cached_pages
from meetups.guests.services.access_link import refuse_link
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.views import guest_page as guest_page_view
from meetups.models import Cover, Dish, Guest, Meetup, Needs
from meetups.times import clock
from tests.factories import STREET, make_campaign, make_dish, make_guest, make_host, make_kit, make_meetup

pytestmark = pytest.mark.django_db

HOSTILE = {"shown_name": '<b>Ümit</b> & "Co" {{ 7 }} %(n)s', "note": "I'm <i>late</i>", "diet": "no & never", "name": "x"}
PARTY = {"party_size": 3, "party_names": "Kim <k>\nLee", "num_children": 0}


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    cached_pages.clear()
    form_field._cached.clear()


@pytest.fixture
def meetup() -> Meetup:
    return make_meetup(visibility="listed", seats=9, campaign=make_campaign(), kit=make_kit())


def link(guest: Guest, query: str = "") -> str:
    return f"/r/{make_guest_token(guest)}{query}"


def read(client, guest: Guest, query: str = "", **headers) -> str:
    response = client.get(link(guest, query), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def set_row(row, **values) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


# Each equals what rendering it alone gives


STATES = {
    "invited": {},
    "yes": {"rsvp": "yes"},
    "yes, confirmed": {"rsvp": "yes", "confirmed_at": datetime(2026, 1, 1, tzinfo=UTC)},
    "maybe": {"rsvp": "maybe"},
    "no": {"rsvp": "no"},
    "ask me again": {"rsvp": "no", "asks_again": True},
    "could host": {"rsvp": "no", "could_host": True},
    "a stranger": {"origin": "self"},
}


@pytest.mark.parametrize("query", ["", "?rsvp=no", "?lang=fr"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_that_looks_like_another_is_as_if_rendered_alone(client, meetup, monkeypatch, state, query):
    both = [
        make_guest(meetup, **STATES[state], **HOSTILE, **PARTY),
        make_guest(meetup, note="hello", **STATES[state], party_size=3),
    ]
    both[1].diet, both[1].party_names = "nuts", "Max"
    both[1].save()
    make_dish(meetup, "bread", guest=make_guest(meetup, rsvp="yes", shows_name=True), words="Rye")
    make_guest(meetup, rsvp="yes", shows_name=True, shown_name="Bo <b>")
    for guest in Guest.objects.filter(pk__in=[row.pk for row in both]).order_by("pk"):
        record = read(client, guest, query)
        num_cached = len(cached_pages)
        with monkeypatch.context() as patched:
            patched.setattr(guest_page_view, "_looks_like_others", lambda *_facts: False)
            assert record == read(client, guest, query)

    assert num_cached == len(cached_pages) == 2
    assert make_guest_token(both[0]) not in record


@pytest.mark.parametrize("when", ["before", "the day before", "begun", "ended", "canceled"])
def test_a_page_looks_like_others_at_every_hour_of_the_evening(client, monkeypatch, moved_clock, when):
    meetup = make_meetup(date=datetime(2026, 12, 15).date())
    both = [make_guest(meetup, rsvp="yes", shows_name=True, shown_name=name) for name in ("Ada & co", "Bea")]
    hours = {"before": -50, "the day before": -30, "begun": 1, "ended": 5, "canceled": -50}[when]
    moved_clock(to=meetup.starts_at + timedelta(hours=hours))
    if when == "canceled":
        set_row(meetup, status="canceled")
    for guest in both:
        found = read(client, guest)
        with monkeypatch.context() as patched:
            patched.setattr(guest_page_view, "_looks_like_others", lambda *_facts: False)
            assert found == read(client, guest)

    assert len(cached_pages) == 2


@pytest.mark.parametrize("num_others", [0, 11])
@pytest.mark.parametrize("state", STATES)
def test_a_page_takes_three_queries_the_first_time_and_each_other(client, meetup, state, num_others):
    for number in range(num_others):
        make_dish(meetup, guest=make_guest(meetup, rsvp="yes", shown_name=f"Guest {number}", shows_name=True))
    guest = make_guest(meetup, **STATES[state], invited_by=meetup.host)
    # The URL resolver and the clock are set up once in a process.
    read(client, make_guest(make_meetup()))
    numbers = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            read(client, guest)
        numbers.append(len(queries))

    # The shared table is not shown after a no, or before the address is proven.
    expected = 2 if state in ("no", "ask me again", "could host", "a stranger") else 3
    assert numbers == [expected, expected]


# It is never older than the database


def another_says_yes(meetup, guest, settings):
    record_rsvp(make_guest(meetup), Answer("yes", party_size=2))


def another_shows_a_name(meetup, guest, settings):
    record_rsvp(make_guest(meetup), Answer("yes", party_size=1, shown_name="Nadia", shows_name=True))


def another_agrees_to_be_named(meetup, guest, settings):
    set_row(meetup.guests.get(name="Quiet"), shows_name=True)


def another_waits(meetup, guest, settings):
    make_guest(meetup, rsvp="waiting")


def another_takes_a_dish(meetup, guest, settings):
    other = make_guest(meetup, rsvp="yes", shown_name="Nadia", shows_name=True)
    set_row(meetup.dishes.get(), guest=other, words="Rye with seeds")


def a_dish_is_asked_for(meetup, guest, settings):
    make_dish(meetup, "dessert")


def guest_takes_a_dish(meetup, guest, settings):
    set_row(meetup.dishes.get(), guest=guest, words="Rye with seeds")


def host_moves_house(meetup, guest, settings):
    set_row(meetup, street="7 Elder Lane")


def host_moves_the_evening(meetup, guest, settings):
    meetup.time = time(18, 15)
    meetup.derive_times()
    meetup.save()


def host_cancels(meetup, guest, settings):
    set_row(meetup, status="canceled")


def host_gets_a_name(meetup, guest, settings):
    set_row(meetup.host, shown_name="Ottilie")


def host_writes_another_meal(meetup, guest, settings):
    set_row(meetup.kit, meal="Only plums")


def book_gets_another_author(meetup, guest, settings):
    set_row(meetup.kit.book, author="Ursula Franklin")


def guest_brings_one_more(meetup, guest, settings):
    set_row(guest, party_size=2)


def guest_confirms(meetup, guest, settings):
    set_row(guest, confirmed_at=clock.now())


def guest_writes_a_note(meetup, guest, settings):
    set_row(guest, note="I come late")


def guest_is_called_otherwise(meetup, guest, settings):
    set_row(guest, shown_name="Zoltan")


def guest_says_how_to_be_reached(meetup, guest, settings):
    Needs.objects.create(guest=guest, contact="555 0199")


def guest_says_maybe(meetup, guest, settings):
    set_row(guest, rsvp="maybe")


def site_gets_a_name(meetup, guest, settings):
    settings.SITE_NAME = "Soup and Words"


def site_moves(meetup, guest, settings):
    settings.PUBLIC_URL = "https://tables.example.org"


def mailbox_opens(meetup, guest, settings):
    settings.MAILBOX_IS_OPEN = True


SHOWS = {
    another_says_yes: "4 of 9 seats taken",
    another_shows_a_name: "<li>Nadia</li>",
    another_agrees_to_be_named: "<li>Quiet</li>",
    another_waits: "1 waiting",
    another_takes_a_dish: "Rye with seeds (bread), Nadia",
    a_dish_is_asked_for: "bread, a dessert",
    guest_takes_a_dish: "You bring: Rye with seeds",
    host_moves_house: "7 Elder Lane",
    host_moves_the_evening: "6:15 p.m.",
    host_cancels: "This evening is canceled",
    host_gets_a_name: "Ottilie",
    host_writes_another_meal: "Only plums",
    book_gets_another_author: "Ursula Franklin",
    guest_brings_one_more: "said yes, 2 of you",
    guest_confirms: "You are coming, for certain",
    guest_writes_a_note: "I come late</textarea>",
    guest_is_called_otherwise: "Zoltan said yes",
    guest_says_how_to_be_reached: 'value="555 0199"',
    guest_says_maybe: "You said maybe",
    site_gets_a_name: "Soup and Words",
    site_moves: "https://tables.example.org/f/",
    mailbox_opens: "Mailbox of this machine",
}


@pytest.mark.parametrize("change", SHOWS, ids=lambda change: change.__name__)
def test_what_changed_is_on_the_page_at_once(client, meetup, settings, change):
    settings.MAILBOX_IS_OPEN = False
    make_dish(meetup, "bread")
    guest = make_guest(meetup, rsvp="yes", shown_name="Maria")
    make_guest(meetup, rsvp="yes", name="Quiet")
    for _time in range(2):
        assert SHOWS[change] not in read(client, guest)

    change(meetup, guest, settings)

    assert SHOWS[change] in read(client, guest)


def test_an_uploaded_cover_is_on_the_page_at_once(client, meetup):
    guest = make_guest(meetup)
    cover = Cover.objects.create(width=300, height=450, file="covers/plums.jpg")
    set_row(meetup.kit, cover=cover)
    assert 'width="300"' in read(client, guest)

    set_row(cover, width=321)

    assert 'width="321"' in read(client, guest)


def test_whoever_is_blocked_passes_nothing_on_from_then(client, meetup):
    guest, other = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    assert f"/f/{make_friend_token(guest)}" in read(client, guest)

    set_row(guest, blocked_at=clock.now())

    assert "/f/" not in read(client, guest)
    assert f"/f/{make_friend_token(other)}" in read(client, other)


def test_an_old_link_opens_no_page_that_is_cached(client, meetup):
    guest = make_guest(meetup, rsvp="yes")
    old = link(guest)
    assert STREET in read(client, guest)

    refuse_link(guest)

    assert client.get(old).status_code == 404
    guest.refresh_from_db()
    set_row(guest, removed_at=clock.now())
    assert client.get(link(guest)).status_code == 404


def test_a_page_turns_with_the_clock(client, moved_clock):
    meetup = make_meetup(date=datetime(2026, 12, 15).date())
    guest = make_guest(meetup, rsvp="yes", answered_at=datetime(2026, 12, 12, 20, tzinfo=UTC))
    make_dish(meetup, "bread")
    start = meetup.starts_at
    said = {
        start - timedelta(hours=74): ["in 3 days", "Answered 2 hours ago", "Change my answer"],
        start - timedelta(hours=73): ["in 3 days", "Answered 3 hours ago", "Change my answer"],
        start - timedelta(hours=44): ["in 2 days", "Answered 1 day ago", "Change my answer"],
        start - timedelta(hours=36, seconds=1): ["tomorrow", "Change my answer"],
        start - timedelta(hours=36): ["tomorrow", "Are you coming?"],
        start - timedelta(seconds=1): ["today", "Are you coming?", STREET],
        start: ["The evening has begun", STREET],
        meetup.ends_at: ["The evening is over", STREET],
        meetup.ends_at + timedelta(hours=24, seconds=-1): ["The evening is over", STREET],
        meetup.ends_at + timedelta(hours=24): ["The evening is over"],
    }

    for moment, words in said.items():
        moved_clock(to=moment)
        html = read(client, guest)
        assert [word for word in words if word not in html.replace("\xa0", " ")] == []
        assert (STREET in html) == (moment < meetup.ends_at + timedelta(hours=24))


def test_an_offer_that_ends_frees_a_chair_on_the_page_at_once(client, meetup, moved_clock):
    guest = make_guest(meetup, rsvp="yes")
    now = moved_clock(seconds=0)
    make_guest(meetup, rsvp="waiting", offered_at=now, offer_expires_at=now + timedelta(seconds=20))
    assert "2 of 9 seats taken" in read(client, guest)

    moved_clock(seconds=30)

    assert "1 of 9 seats taken, 1 waiting" in read(client, guest)


def test_a_page_is_cached_for_each_language(client, meetup):
    guest, other = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    assert '<html lang="en"' in read(client, guest)

    client.post(link(guest), {"speak": "fr"})

    assert '<html lang="fr"' in read(client, guest)
    assert '<html lang="en"' in read(client, other)
    assert "?lang=es" in read(client, other, "?lang=es")
    assert "?lang=es" not in read(client, other)


def test_a_page_follows_what_its_address_asks_for(client, meetup, monkeypatch):
    guest, queries = make_guest(meetup, rsvp="yes"), ["", "?rsvp=no", "?lang=en", "?rsvp=maybe&lang=en", "?rsvp=yes", "?else=1"]
    found = [read(client, guest, query) for query in queries]
    monkeypatch.setattr(guest_page_view, "_looks_like_others", lambda *_facts: False)
    cached_pages.clear()

    for query, html in zip(queries, found, strict=True):
        cached_pages.clear()
        assert html == read(client, guest, query)


# What is cached, and what is not


def test_nothing_of_a_guest_is_in_a_page_that_is_cached(client, meetup):
    guest = make_guest(meetup, rsvp="yes", email="maria@example.org", **PARTY | HOSTILE | {"shown_name": "Maria"})
    other = make_guest(meetup, rsvp="yes", shown_name="Nadia", shows_name=True)

    assert "Nadia" in read(client, guest)

    cached = b"".join(piece for page in cached_pages.pages() for piece in page.pieces).decode()
    assert STREET in cached
    own = [
        "Maria",
        "maria@",
        "I'm",
        "no & never",
        "no &amp; never",
        "Kim",
        "Lee",
        make_guest_token(guest),
        make_friend_token(guest),
        other.shown_name,
    ]
    assert [word for word in own if word in cached] == []


def test_a_page_on_which_somebody_typed_is_not_cached(client, meetup):
    guest = make_guest(meetup, rsvp="yes")
    client.post(link(guest), {"rsvp": "yes", "shown_name": "http://typed.example", "party_size": "1"})
    client.post(link(guest), {"speak": "fr", "note": "half a sentence"})

    # The shared table alone.
    assert [page.names for page in cached_pages.pages() if len(page.pieces) > 2] == []


def a_question(guest):
    guest.questions.create(words="Is there a lift?")
    set_row(guest, asked_at=clock.now())


def a_place_in_line(guest):
    set_row(guest, rsvp="waiting", waiting_since=clock.now())


def a_friend(guest):
    make_guest(guest.meetup, origin="friend", brought_by=guest)
    set_row(guest, brought_at=clock.now())


def a_need(guest):
    Needs.objects.create(guest=guest, wants_ride=True)


def another_inviter(guest):
    set_row(guest, invited_by=make_host(shown_name="Bo"))


@pytest.mark.parametrize("more", [a_question, a_place_in_line, a_friend, a_need, another_inviter])
def test_a_page_that_asks_for_more_rows_is_not_cached(client, meetup, more):
    guest = make_guest(meetup, rsvp="yes")
    more(guest)

    read(client, guest)

    assert [page for page in cached_pages.pages() if len(page.pieces) > 3] == []


def test_a_dish_is_shown_to_a_guest_with_a_seat_alone_though_pages_are_cached(client, meetup):
    make_dish(meetup, "bread", guest=make_guest(meetup, rsvp="yes"), words="Rye with seeds")
    seated, asked = make_guest(meetup, rsvp="yes"), make_guest(meetup)

    assert "Rye with seeds" in read(client, seated)
    assert "Rye with seeds" not in read(client, asked)
    assert STREET not in read(client, asked)
    assert Dish.objects.count() == 1
