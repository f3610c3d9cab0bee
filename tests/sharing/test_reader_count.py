"""How many read it: about right, of people only, and without keeping anything of anybody."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from meetups.dispatch.claim import claim_deliveries
from meetups.letters import build_message
from meetups.models import Delivery, Mailing, ReaderCount, Recap
from meetups.outbox.fan_out import fan_out_due
from meetups.outbox.plan import owe_recap_letters
from meetups.recaps.services.recap import take_down_recap
from meetups.sharing.reach import led_to
from meetups.sharing.reader_count import MOST_OF_ONE_ADDRESS, fold_readers, note_reader, num_readers
from meetups.times import clock
from tests.factories import make_debrief, make_draft, make_held_meetup, make_meetup, make_recap, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


@pytest.fixture
def recap() -> Recap:
    return make_recap(make_held_meetup(make_user(shown_name="Ana")))


def read(client, recap: Recap, number: int = 1, agent: str = FIREFOX, **headers) -> None:
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    client.get(recap.get_absolute_url(), REMOTE_ADDR=address, headers={"User-Agent": agent} | headers)


def today(recap: Recap) -> int:
    return num_readers(clock.now().date(), recap.pk)


def test_a_reader_counts_once_a_day_however_often(client, recap):
    # With this salt the two programs are of two kinds; with one in eight they would be of one.
    cache.set(f"readers:salt:{clock.now().date()}", "soup")
    for _ in range(3):
        read(client, recap)
    read(client, recap, 2)
    read(client, recap, agent=f"{FIREFOX} another")

    assert today(recap) == 3


def test_one_address_counts_for_a_few_readers_whatever_it_says_to_be(recap):
    for number in range(300):
        for address in ("10.9.9.9", f"2001:db8:1:2::{number:x}"):
            request = RequestFactory().get("/", REMOTE_ADDR=address, headers={"User-Agent": f"{FIREFOX} {number}"})
            note_reader(request, recap.pk)

    assert MOST_OF_ONE_ADDRESS < today(recap) <= 2 * MOST_OF_ONE_ADDRESS


def test_an_address_that_is_none_counts_as_it_is(recap):
    note_reader(RequestFactory().get("/", REMOTE_ADDR="", headers={"User-Agent": FIREFOX}), recap.pk)

    assert today(recap) == 1


def test_a_few_hundred_readers_are_counted_about_right(recap):
    for number in range(600):
        request = RequestFactory().get("/", REMOTE_ADDR=f"10.1.{number // 250}.{number % 250}", headers={"User-Agent": FIREFOX})
        note_reader(request, recap.pk)

    assert 570 <= today(recap) <= 630


@pytest.mark.parametrize(
    "agent",
    ["", "curl/8", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "facebookexternalhit/1.1"]
    + ["Mastodon/4.3 (http.rb/5; +https://social.example/)", "Mozilla/5.0 HeadlessChrome/120", "python-requests/2"],
)
def test_machines_do_not_count(client, recap, agent):
    read(client, recap, agent=agent)

    assert today(recap) == 0


def test_what_is_loaded_ahead_or_only_asked_about_does_not_count(client, recap):
    read(client, recap, **{"Sec-Purpose": "prefetch;prerender"})
    client.head(recap.get_absolute_url(), headers={"User-Agent": FIREFOX})

    assert today(recap) == 0


def test_reading_writes_no_row_and_sets_no_cookie_and_the_sweep_writes_the_number(client, recap):
    before = all_rows()
    response = client.get(recap.get_absolute_url(), headers={"User-Agent": FIREFOX})
    read(client, recap, 2)
    unchanged = all_rows()

    changed, again = fold_readers(), fold_readers()
    cache.delete("readers:folded")
    unchanged_number = fold_readers()

    assert before == unchanged and not response.cookies
    assert (changed, again, unchanged_number) == (1, 0, 0)
    row = ReaderCount.objects.get()
    assert (row.recap, row.day, row.num_readers) == (recap, clock.now().date(), 2)


def test_the_next_day_has_another_salt_and_its_own_number(client, recap, moved_clock):
    read(client, recap)
    first = cache.get(f"readers:salt:{clock.now().date()}")
    fold_readers()
    cache.delete("readers:folded")

    moved_clock(days=1)
    read(client, recap)
    fold_readers()

    assert first and first != cache.get(f"readers:salt:{clock.now().date()}")
    assert [row.num_readers for row in ReaderCount.objects.order_by("day")] == [1, 1]
    assert led_to(recap).num_readers == 2


def test_a_recap_that_is_gone_and_a_cache_that_forgot_do_no_harm(client, recap):
    other = make_recap(make_held_meetup())
    read(client, recap)
    read(client, other)
    other.delete()
    fold_readers()
    cache.clear()
    read(client, recap)

    fold_readers()

    assert [row.num_readers for row in ReaderCount.objects.all()] == [1]


def test_many_recaps_cost_the_cache_few_questions(client, recap, monkeypatch):
    monkeypatch.setattr("meetups.sharing.reader_count.AT_ONCE", 2)
    for told in [recap, *(make_recap(make_held_meetup()) for _n in range(4))]:
        read(client, told)
    asked, get_many = [], cache.get_many
    monkeypatch.setattr(cache, "get_many", lambda keys: asked.append(len(keys)) or get_many(keys))

    fold_readers()

    assert asked == [2, 2, 1]
    assert sum(row.num_readers for row in ReaderCount.objects.all()) == 5


# What it led to ------------------------------------------------------------------------------------------------------


def test_copies_tables_and_held_ones_are_counted_and_canceled_ones_are_copies_only(client, recap):
    make_draft(parent=recap.meetup)
    make_meetup(parent=recap.meetup)
    make_held_meetup(parent=recap.meetup)
    make_meetup(parent=recap.meetup, status="canceled")

    far = led_to(recap)
    page = client.get(recap.get_absolute_url()).content.decode()

    assert (far.num_copies, far.num_tables, far.num_held, far.num_to_come) == (4, 2, 1, 1)
    assert "This conversation led to 2 tables so far." in page


def test_a_recap_that_led_to_none_says_nothing_about_it(client, recap):
    make_draft(parent=recap.meetup)

    assert "led to" not in client.get(recap.get_absolute_url()).content.decode()


# Sixty days on -------------------------------------------------------------------------------------------------------


def test_the_host_hears_once_after_sixty_days(recap, moved_clock):
    make_debrief(recap.meetup, num_came=11)
    owe_recap_letters(recap.meetup)
    owe_recap_letters(recap.meetup)
    make_held_meetup(parent=recap.meetup)
    make_meetup(parent=recap.meetup, in_days=90)
    Mailing.objects.exclude(kind="led_to").delete()

    moved_clock(days=59)
    fan_out_due()
    early = Delivery.objects.count()
    moved_clock(days=62)
    fan_out_due()
    fan_out_due()

    [letter] = Delivery.objects.all()
    words = build_message(letter).body.replace("\n", " ")
    assert early == 0 and letter.user == recap.meetup.host
    assert "Your table of 11 led to 2 tables. 1 was held. 1 is still to come." in words


def test_nothing_is_said_of_a_recap_that_was_taken_down(late_november, recap):
    owe_recap_letters(recap.meetup)
    Mailing.objects.exclude(kind="led_to").delete()
    late_november(to=clock.now() + timedelta(days=62))
    fan_out_due()
    take_down_recap(recap)

    claim_deliveries()

    assert Delivery.objects.get().state == "withdrawn"
