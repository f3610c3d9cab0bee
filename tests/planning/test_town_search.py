"""Which town is meant, among the towns that are shipped: certain, or asked about."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from meetups.planning.town_search import say_choice, search_town
from tests.towns import town_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_towns")]


@pytest.mark.parametrize(
    ("text", "hints", "zone"),
    [
        ("Portland", {"region": "Maine", "country": "United States"}, "America/New_York"),
        ("Portland", {"region": "ME"}, "America/New_York"),
        ("Portland, Oregon", {}, "America/Los_Angeles"),
        ("Portland", {"region": "Oregón", "country": "Estados Unidos"}, "America/Los_Angeles"),
        ("London", {"region": "Ontario"}, "America/Toronto"),
        ("London, ON", {}, "America/Toronto"),
        ("London", {"country": "Royaume-Uni"}, "Europe/London"),
        ("London", {"region": "Greater London", "country": "UK"}, "Europe/London"),
        ("Paris", {}, "Europe/Paris"),
        ("Paris, Texas", {}, "America/Chicago"),
        ("Paris", {"region": "texas"}, "America/Chicago"),
        ("Paris, TX, USA", {}, "America/Chicago"),
        ("Paris, France", {}, "Europe/Paris"),
        ("Sudbury", {"region": "Ontario"}, "America/Toronto"),
        ("Roma", {}, "Europe/Rome"),
        ("Roma", {"country": "Lesotho"}, "Africa/Maseru"),
        ("Genève", {}, "Europe/Zurich"),
        ("Wien", {"country": "Österreich"}, "Europe/Vienna"),
        ("Ciudad de México", {}, "America/Mexico_City"),
        ("København", {}, "Europe/Copenhagen"),
        ("Victoria", {"region": "Colombie-Britannique"}, "America/Vancouver"),
        ("Toronto", {}, "America/Toronto"),
        ("Athens", {"country": "Georgia"}, "America/New_York"),
        ("frankfurt", {"region": "Hessen"}, "Europe/Berlin"),
        ("Little Hollow", {}, None),
        (", ", {}, None),
    ],
)
def test_a_town_is_found_by_name_and_what_narrows_it(text, hints, zone):
    search = search_town(text, **hints)

    assert (search.town.zone if search.town else None) == zone
    assert search.choices == ()


@pytest.mark.parametrize(
    ("text", "hints", "first", "another"),
    [
        ("Portland", {}, ("Portland", "OR", "US"), ("Portland", "ME", "US")),
        ("Portland", {"country": "USA"}, ("Portland", "OR", "US"), ("Portland", "ME", "US")),
        ("London", {}, ("London", "ENG", "GB"), ("London", "ON", "CA")),
        ("Springfield", {}, ("Springfield", "MO", "US"), ("Springfield", "MA", "US")),
        ("Vienne", {}, ("Vienna", "9", "AT"), ("Vienne", "ARA", "FR")),
    ],
)
def test_a_name_that_sizeable_towns_share_is_asked_about(text, hints, first, another):
    search = search_town(text, **hints)

    assert search.town is None
    assert search.choices[0] == town_of(*first)
    assert town_of(*another) in search.choices
    assert search.question == f"Several places are called {text}. Which one do you mean?"


@pytest.mark.parametrize(
    ("text", "hints", "said"),
    [
        ("Portland", {"region": "Ontario", "country": "Canada"}, "Ontario, Canada"),
        ("Toronto", {"region": "Bavaria"}, "Bavaria"),
        ("Toronto, Narnia", {}, "Narnia"),
        ("Sudbury", {"region": "Ontario", "country": "UK"}, "Ontario, UK"),
    ],
)
def test_a_region_that_fits_none_is_asked_about_and_never_left_out(text, hints, said):
    search = search_town(text, **hints)

    name = text.partition(",")[0]
    assert search.town is None
    assert search.choices
    assert search.question == f"We know no place called {name} in {said}. Which one do you mean?"


def test_where_one_hint_fits_only_towns_that_fit_it_are_offered():
    search = search_town("Sudbury", region="Ontario", country="UK")

    assert {town.country for town in search.choices} == {"CA", "GB"}


def test_what_was_called_so_long_ago_is_not_offered_beside_a_larger_one():
    search = search_town("Portland")

    assert {town.name for town in search.choices} == {"Portland"}


def test_namesakes_that_look_alike_are_offered_once():
    search = search_town("Springfield")

    looks = [(town.name, town.region, town.country, town.zone) for town in search.choices]
    assert len(set(looks)) == len(looks) <= 10


def test_a_town_is_offered_with_its_region_and_what_the_clock_says_there(moved_clock):
    moved_clock(to=datetime(2026, 11, 29, 17, 5, tzinfo=UTC))
    oregon, new_south_wales = town_of("Portland", "OR", "US"), town_of("Sydney", "NSW", "AU")

    with translation.override("fr"):
        french = say_choice(oregon)

    assert say_choice(oregon) == "Portland, Oregon, United States (there it is Sunday 29 November, 9:05 a.m. now)"
    assert say_choice(new_south_wales) == "Sydney, New South Wales, Australia (there it is Monday 30 November, 4:05 a.m. now)"
    assert french.startswith("Portland, Oregon, États-Unis (")
    assert "9:05" in french


def test_a_search_asks_the_database_once_and_for_a_part_of_a_name_twice(django_assert_num_queries):
    with django_assert_num_queries(1):
        search_town("Portland", region="Maine", country="USA")
    with django_assert_num_queries(2):
        search_town("Frankfurt am", country="Germany")
