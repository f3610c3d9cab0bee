"""The numbers of a large campaign are kept for less than a minute and counted again by the worker; a small one's are live."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from meetups.campaigns.board import board
from meetups.campaigns.board.board import recount_boards
from meetups.campaigns.board.numbers import MOST_AREAS
from meetups.models import Recap
from meetups.times import clock
from tests.factories import make_guest, make_held_meetup, make_kit, make_meetup, make_recap

pytestmark = pytest.mark.django_db
PAGE = "/c/read/dashboard/"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def large(monkeypatch, campaign):
    """The campaign, where two evenings are many."""
    monkeypatch.setattr(board, "FEWEST_KEPT", 2)
    monkeypatch.setattr(board, "YOUNG", timedelta(0))
    for title in ("First", "Second"):
        make_meetup(campaign=campaign, title=title, kit=make_kit())
    return campaign


def upcoming(client, query: str = "") -> int:
    found = re.search(r"<dt>Upcoming</dt><dd>(?:<a [^>]*>)?(\d+)", client.get(PAGE + query).content.decode())
    assert found
    return int(found[1])


def test_a_small_campaign_is_counted_with_every_look(client, campaign):
    make_meetup(campaign=campaign)
    assert upcoming(client) == 1

    make_meetup(campaign=campaign)

    assert upcoming(client) == 2
    assert recount_boards() == 0


def test_a_large_campaign_is_counted_once_and_then_kept(client, large, django_assert_num_queries):
    assert upcoming(client) == 2
    make_meetup(campaign=large, title="Third")

    # Session, user, campaign, and the rows of the evenings shown.
    with django_assert_num_queries(4):
        assert upcoming(client) == 2
    assert "Third" not in client.get(f"{PAGE}?show=all").content.decode()


def test_the_worker_counts_again_what_was_looked_at(client, large):
    assert recount_boards() == 0
    assert upcoming(client) == 2
    make_meetup(campaign=large, title="Third")

    assert recount_boards() == 1

    assert upcoming(client) == 3
    assert "Third" in client.get(f"{PAGE}?show=all").content.decode()


def test_what_was_counted_just_now_is_not_counted_again(client, large, monkeypatch):
    monkeypatch.setattr(board, "YOUNG", timedelta(seconds=20))
    upcoming(client)

    assert recount_boards() == 0


def test_what_nobody_looked_at_for_a_day_is_left_alone(client, large):
    upcoming(client)
    cache.set(board.WATCHED, {large.pk: clock.now() - timedelta(days=1, minutes=1)})

    assert recount_boards() == 0


def test_a_kept_board_ends_within_a_minute(client, large, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set_many", lambda rows, timeout: kept.append(timeout))

    upcoming(client)

    assert kept and max(kept) <= 60


def test_a_choice_of_its_own_is_kept_by_itself(client, large):
    assert upcoming(client) == 2
    make_meetup(campaign=large, title="Third")

    assert upcoming(client, "?area=Toronto") == 3
    assert upcoming(client) == 2


def test_an_evening_that_is_gone_since_it_was_counted_leaves_the_others(client, large):
    upcoming(client)
    large.meetups.get(title="First").delete()

    page = client.get(PAGE).content.decode()

    assert "Second" in page
    assert "First" not in page


def test_what_a_host_changes_shows_at_once_though_the_numbers_are_kept(client, large):
    assert "First" in client.get(PAGE).content.decode()
    large.meetups.filter(title="First").update(title="Renamed", visibility="private")

    page = client.get(PAGE).content.decode()

    assert "Renamed" in page
    assert "First" not in page


def test_a_recap_that_is_taken_down_is_not_linked_any_more(client, large):
    recap = make_recap(make_held_meetup(campaign=large))
    assert f"/recaps/{recap.slug}/" in client.get(f"{PAGE}?show=held").content.decode()
    Recap.objects.update(state=Recap.State.DRAFT)

    assert f"/recaps/{recap.slug}/" not in client.get(f"{PAGE}?show=held").content.decode()


def test_a_kept_page_is_in_the_language_of_its_reader(client, large):
    assert "Evenings in the next seven days" in client.get(PAGE, headers={"accept-language": "en"}).content.decode()

    assert 'lang="fr"' in client.get(PAGE, headers={"accept-language": "fr"}).content.decode()
    assert "<dt>À venir</dt>" in client.get(PAGE, headers={"accept-language": "fr"}).content.decode()


def test_numbers_and_list_of_two_counts_are_never_mixed(client, large):
    assert upcoming(client) == 2
    make_meetup(campaign=large, title="Third")
    key = board._key(large, board.EVERY_EVENING)
    moment, listed = cache.get(f"{key}:upcoming")
    cache.set(f"{key}:upcoming", (moment - timedelta(seconds=1), listed[:1]))

    assert upcoming(client) == 3


def test_a_page_beyond_what_is_kept_is_counted(client, large, monkeypatch):
    monkeypatch.setattr(board, "MOST_LISTED", 24)
    upcoming(client)
    host = large.meetups.first().host
    for number in range(24):
        make_meetup(host, campaign=large, title=f"Evening {number}", in_days=20 + number)
    recount_boards()

    page = client.get(f"{PAGE}?page=2").content.decode()

    assert "Page 2 of 2" in page
    assert page.count("<h3>") == 2


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "9" * 400, "²"])
def test_a_page_that_is_not_there_shows_one_that_is(client, campaign, page):
    make_meetup(campaign=campaign, title="Only")

    assert "Only" in client.get(f"{PAGE}?page={page}").content.decode()


def test_weeks_and_towns_add_up_to_the_totals(client, campaign):
    host = make_meetup(campaign=campaign, in_days=1, town_name="Town 0").host
    for number in range(1, MOST_AREAS + 3):
        make_meetup(host, campaign=campaign, in_days=-number if number % 2 else number, town_name=f"Town {number}")
    make_guest(make_held_meetup(host, campaign=campaign, in_days=-30), rsvp="yes", party_size=2)
    make_meetup(host, campaign=campaign, status="canceled")

    page = client.get(PAGE).content.decode()

    assert "4 other towns" in page
    towns = re.search(r"by town</caption>(.*?)</table>", page, re.S)
    weeks = re.search(r"by week</caption>(.*?)</table>", page, re.S)
    assert towns and weeks

    def column(table: str, name: str) -> int:
        return sum(int(re.sub("<[^>]+>", "", cell)) for cell in re.findall(rf'data-label="{name}">(.*?)</td>', table))

    assert column(towns[1], "Meetups") == MOST_AREAS + 4 == column(weeks[1], "Held") + column(weeks[1], "Upcoming")
    assert column(weeks[1], "Canceled") == 1
    assert column(weeks[1], "Yeses") == column(towns[1], "Yeses") == 2


def test_a_week_and_a_town_open_their_evenings(client, campaign):
    make_meetup(campaign=campaign, title="Here", in_days=3)
    make_meetup(campaign=campaign, title="There", in_days=20, town_name="Toronto Heights")
    page = client.get(PAGE).content.decode()

    weeks = re.findall(r'<th scope="row"><a href="([^"#]+)', page)
    opened = [client.get(PAGE + address.replace("&amp;", "&")).content.decode() for address in weeks]

    assert len(weeks) == 4
    assert ["Here" in one for one in opened].count(True) == 2
    assert ["There" in one for one in opened].count(True) == 2
