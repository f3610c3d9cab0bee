"""The towns: the file, the table, and the way they are found."""

import zoneinfo

import pytest
from django.core.management import call_command

from meetups.models import Town
from meetups.towns import FILE, load_towns, read_towns


@pytest.fixture
def towns(db):
    Town.objects.all().delete()
    return load_towns()


def test_town_file_is_small_and_every_zone_in_it_is_known():
    zones = {town[7] for town in read_towns()}

    assert FILE.stat().st_size <= 1_500_000
    assert zones - zoneinfo.available_timezones() == set()
    assert len(zones) > 300


def test_town_file_has_coarse_places_only():
    places = [place for town in read_towns() for place in town[5:7]]

    assert all(place == round(place, 1) for place in places)
    assert all(-180 <= place <= 180 for place in places)


def test_town_file_fits_the_columns():
    towns = list(read_towns())

    assert len({town[0] for town in towns}) == len(towns)
    assert max(len(town[1]) for town in towns) <= 120
    assert max(len(town[2]) for town in towns) <= 120
    assert max(len(town[7]) for town in towns) <= 40
    assert all(town[2] for town in towns)


def test_towns_are_loaded_once(towns):
    again = load_towns()

    assert towns > 60_000
    assert again == 0
    assert Town.objects.count() == towns


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


def test_command_says_what_it_did(towns, capsys):
    call_command("load_towns")

    assert capsys.readouterr().out == "The towns are already there.\n"
