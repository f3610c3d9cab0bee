"""Countries and regions, by name and by code."""

import pytest

from meetups.text.place_names import Region, country_code, country_name, region_name, regions_named


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Canada", "CA"),
        ("usa", "US"),
        ("U.S.A.", "US"),
        ("ca", "CA"),
        ("England", "GB"),
        ("États-Unis", "US"),
        ("Estados Unidos", "US"),
        ("Deutschland", "DE"),
        ("Österreich", "AT"),
        ("Royaume-Uni", "GB"),
        ("日本", "JP"),
        ("Narnia", ""),
        ("", ""),
        ("|", ""),
    ],
)
def test_a_country_is_known_by_name_in_the_languages_of_the_site_and_its_own_and_by_code(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Maine", ("US", "ME")),
        ("Oregón", ("US", "OR")),
        ("Ontario", ("CA", "ON")),
        ("CA-ON", ("CA", "ON")),
        ("Colombie-Britannique", ("CA", "BC")),
        ("Bavière", ("DE", "BY")),
        ("Bayern", ("DE", "BY")),
        ("Escocia", ("GB", "SCT")),
        ("Texas", ("US", "TX")),
        ("Cataluña", ("ES", "CT")),
    ],
)
def test_a_region_is_known_by_name_in_the_languages_of_the_site_and_its_own(text, region):
    assert regions_named(text) == {Region(*region)}


def test_a_code_that_several_countries_use_stands_for_each_of_their_regions():
    assert {Region("US", "WA"), Region("AU", "WA")} < regions_named("WA")


@pytest.mark.parametrize(("part", "whole"), [("Dorset", ("GB", "ENG")), ("Gironde", ("FR", "NAQ")), ("Oberbayern", ("DE", "BY"))])
def test_a_part_of_a_region_stands_for_the_region(part, whole):
    assert regions_named(part) == {Region(*whole)}


@pytest.mark.parametrize("text", ["", " ", "|", "Narnia", "Texas|US TX", "\n", "."])
def test_what_is_no_region_is_none(text):
    assert regions_named(text) == frozenset()


def test_names_are_in_the_language_asked_for_and_in_english_for_any_other():
    languages = ["en", "fr", "es", "de"]

    assert [country_name("CH", language) for language in languages] == ["Switzerland", "Suisse", "Suiza", "Switzerland"]
    assert [region_name("CA", "BC", language) for language in languages] == [
        "British Columbia", "Colombie-Britannique", "Columbia Británica", "British Columbia",
    ]  # fmt: skip


def test_a_code_that_is_not_known_is_its_own_name():
    assert (country_name("XX"), region_name("US", "??"), region_name("US", "")) == ("XX", "??", "")
