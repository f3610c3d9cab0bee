"""The town a reader looks for: found by what it is called anywhere, and asked about where several are called so (R131)."""

import re

import pytest
from django.core.cache import cache
from django.utils.html import escape

from tests.factories import make_held_meetup, make_meetup, make_recap
from tests.towns import town_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_towns")]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def listed(title: str, name: str, region: str, country: str, **fields):
    town = town_of(name, region, country)
    return make_meetup(visibility="listed", title=title, town=town, town_name=fields.pop("typed", name), zone=town.zone, **fields)


def find(client, town: str, **more) -> str:
    return client.get("/find/", {"town": town} | more).content.decode()


def test_a_name_that_towns_share_is_asked_about_and_all_of_them_are_shown_meanwhile(client, late_november):
    listed("Rose soup", "Portland", "OR", "US")
    listed("Lobster soup", "Portland", "ME", "US")

    html = find(client, "Portland")

    assert "Several places are called Portland. Which one do you mean?" in html
    assert "Portland, Oregon, United States (there it is Monday 23 November, 12:00 p.m. now)</a> · 1 evening" in html
    assert "Portland, Maine, United States (there it is Monday 23 November, 3:00 p.m. now)</a> · 1 evening" in html
    assert "Rose soup" in html and "Lobster soup" in html


def test_the_link_of_a_choice_shows_the_evenings_of_that_town_alone_and_asks_no_more(client):
    listed("Rose soup", "Portland", "OR", "US")
    listed("Lobster soup", "Portland", "ME", "US")
    asked = find(client, "Portland")
    link = re.search(r'href="(\?[^"]+)">Portland, Maine', asked).group(1).replace("&amp;", "&")

    html = client.get(f"/find/{link}").content.decode()

    assert "Lobster soup" in html and "Rose soup" not in html
    assert "Tables in Portland, Maine, United States" in html
    assert "Which one do you mean?" not in html
    assert f'/find/feed.atom{escape(link)}">' in html


def test_a_region_narrows_it_down(client):
    listed("Thames soup", "London", "ENG", "GB")
    listed("Maple soup", "London", "ON", "CA")

    html = find(client, "London, Ontario")

    assert "Maple soup" in html and "Thames soup" not in html
    assert "Which one do you mean?" not in html


def test_a_region_that_fits_none_is_asked_about(client):
    listed("Maple soup", "London", "ON", "CA")

    html = find(client, "London, Narnia")

    assert "We know no place called London in Narnia. Which one do you mean?" in html
    assert "London, Ontario, Canada" in html


@pytest.mark.parametrize("typed", ["Wien", "vienne", "Viena", "Vienna, Austria"])
def test_evenings_are_found_by_other_names_of_their_town(client, typed):
    listed("Apple soup", "Vienna", "9", "AT")

    assert "Apple soup" in find(client, typed)


def test_a_choice_that_does_not_fit_the_words_is_left_out(client):
    listed("Rose soup", "Portland", "OR", "US")
    toronto = town_of("Toronto", "ON", "CA")

    for odd in [toronto.geonames_id, "x", "9" * 50, "-1", ""]:
        assert "Rose soup" in find(client, "Portland", which=odd)


def test_asking_takes_the_same_number_of_queries_for_one_evening_and_three(client, django_assert_max_num_queries):
    listed("Rose soup", "Portland", "OR", "US")
    with django_assert_max_num_queries(50) as one:
        find(client, "Portland")
    for title in ("Second soup", "Third soup"):
        listed(title, "Portland", "ME", "US")

    with django_assert_max_num_queries(50) as three:
        find(client, "Portland")

    assert len(one) == len(three)


def test_what_tables_of_a_town_said_is_found_by_its_other_names_and_by_the_choice(client):
    town, elsewhere = town_of("Portland", "ME", "US"), town_of("Portland", "OR", "US")
    make_recap(make_held_meetup(town=town, town_name="Portland"), question="Who mends the nets?")
    make_recap(make_held_meetup(town=elsewhere, town_name="Portland"), question="Who prunes the roses?")

    feed = client.get("/find/feed.json", {"town": "Portland", "which": town.geonames_id}).json()

    assert [item["title"] for item in feed["items"]] == ["Who mends the nets?"]
    assert feed["title"] == "Tables in Portland, Maine, United States"
