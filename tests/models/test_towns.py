"""The towns: the file, the table, and the way they are found."""

import zoneinfo

import pytest
from django.core.management import call_command
from django.utils import translation

from meetups.models import Town, TownFile, TownName
from meetups.text.place_names import region_name
from meetups.towns import FILE, load_towns, read_columns, read_names, read_towns

SMALL_FILES = ["regions.tsv.gz", "countries.tsv.gz"]


@pytest.fixture
def towns(shipped_towns, db):
    """The shipped towns, and a test that may change them."""


@pytest.fixture(scope="module")
def rows():
    return list(read_towns(read_columns()))


def test_town_file_is_small_and_every_zone_in_it_is_known(rows):
    zones = {town[7] for town in rows}

    assert FILE.stat().st_size <= 1_500_000
    assert zones - zoneinfo.available_timezones() == set()
    assert len(zones) > 300


def test_files_of_regions_and_countries_are_small():
    assert sum((FILE.parent / name).stat().st_size for name in SMALL_FILES) <= 200_000


def test_town_file_has_coarse_places_only(rows):
    places = [place for town in rows for place in town[5:7]]

    assert all(place == round(place, 1) for place in places)
    assert all(-180 <= place <= 180 for place in places)


def test_town_file_fits_the_columns(rows):
    names = read_names(read_columns())

    assert len({town[0] for town in rows}) == len(rows)
    assert max(len(town[1]) for town in rows) <= 120
    assert max(len(town[2]) for town in rows) <= 120
    assert max(len(town[3]) for town in rows) <= 80
    assert max(len(town[7]) for town in rows) <= 40
    assert all(town[2] for town in rows)
    assert max(len(name) for name, _town in names) <= 60
    assert len(set(names)) == len(names) > 100_000


def test_every_region_of_a_town_has_a_name(rows):
    regions = {(town[4], town[3]) for town in rows if town[3]}

    named = {region for region in regions if region_name(*region) != region[1]}

    # GeoNames names a few regions of small countries with their code alone.
    assert len(regions) > 3000
    assert len(named) >= len(regions) * 0.99


def test_towns_are_loaded_once(towns, rows):
    again = load_towns()

    assert again == 0
    assert Town.objects.count() == len(rows) > 60_000
    assert TownFile.objects.count() == 1


def test_towns_of_an_older_file_are_brought_up_to_date_and_none_is_lost(towns, rows):
    oregon = Town.objects.get(geonames_id=5746545)
    place = {"latitude": 43.7, "longitude": -79.4, "country": "US"}
    Town.objects.filter(pk=oregon.pk).update(region="?", zone="America/Chicago")
    gone = Town.objects.create(geonames_id=1, name="Gone", search_name="gone", zone="America/Chicago", **place)
    TownName.objects.create(town=oregon, search_name="city of yesterday")
    TownFile.objects.update(digest="of an older file")

    number = load_towns()

    oregon.refresh_from_db()
    assert (oregon.name, oregon.region, oregon.zone) == ("Portland", "OR", "America/Los_Angeles")
    assert Town.objects.filter(pk=gone.pk).exists()
    assert not TownName.objects.filter(search_name="city of yesterday").exists()
    assert number == len(rows)
    assert Town.objects.count() == len(rows) + 1
    assert load_towns() == 0


def test_towns_have_their_zones_and_are_found_whatever_their_accents_case_and_points(towns):
    wanted = ["toronto", "VANCOUVER", "st johns", "St. John's", "Montreal", "montréal"]

    found = [Town.objects.named(text).filter(country="CA").first() for text in wanted]

    assert [(town.name, town.region, town.zone) for town in found] == [
        ("Toronto", "ON", "America/Toronto"),
        ("Vancouver", "BC", "America/Vancouver"),
        ("St. John's", "NL", "America/St_Johns"),
        ("St. John's", "NL", "America/St_Johns"),
        ("Montréal", "QC", "America/Toronto"),
        ("Montréal", "QC", "America/Toronto"),
    ]


def test_towns_are_found_by_plain_letters_for_those_that_others_write_with_a_stroke(towns):
    found = [Town.objects.named(text).first().name for text in ["lodz", "Tromso"]]

    assert found == ["Łódź", "Tromsø"]


@pytest.mark.parametrize(
    ("typed", "name", "country"),
    [
        ("Genève", "Geneva", "CH"),
        ("wien", "Vienna", "AT"),
        ("Ciudad de Mexico", "Mexico City", "MX"),
        ("København", "Copenhagen", "DK"),
        ("Köln", "Köln", "DE"),
        ("Nueva York", "New York City", "US"),
        ("東京", "Tokyo", "JP"),
        ("Москва", "Moscow", "RU"),
    ],
)
def test_towns_are_found_by_what_they_are_called_in_other_languages(towns, typed, name, country):
    found = Town.objects.called(typed).first()

    assert (found.name, found.country) == (name, country)


def test_a_town_says_its_region_and_country_in_the_language_of_the_reader(towns):
    munich = Town.objects.called("München").first()
    berlin = Town.objects.called("Berlin").first()

    with translation.override("fr"):
        french = munich.full_name

    assert munich.full_name == "Munich, Bavaria, Germany"
    assert french == "Munich, Bavière, Allemagne"
    assert berlin.full_name == "Berlin, Germany"


def test_command_says_what_it_did(towns, capsys):
    call_command("load_towns")

    assert capsys.readouterr().out == "The towns are already there.\n"
