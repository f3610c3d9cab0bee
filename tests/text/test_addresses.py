"""Addresses in the order of each country."""

import pytest

from meetups.text.addresses import address_lines


def lines(street: str, town: str, region: str, postal_code: str, country: str) -> list[str]:
    return address_lines(street=street, town=town, region=region, postal_code=postal_code, country=country)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (("12 Elm", "Portland", "Oregon", "97205", "US"), ["12 Elm", "Portland, Oregon 97205"]),
        (("12 Elm", "Toronto", "Ontario", "M6G 1A1", "CA"), ["12 Elm", "Toronto, Ontario M6G 1A1"]),
        (("12 Elm", "Toronto", "ON", "M6G 1A1", "CA"), ["12 Elm", "Toronto ON M6G 1A1"]),
        (("Hauptstraße 1", "Wien", "Wien", "1010", "AT"), ["Hauptstraße 1", "1010 Wien"]),
        (("12, rue du Four", "Lyon", "", "69002", "FR"), ["12, rue du Four", "69002 Lyon"]),
        (("1 High Street", "Sudbury", "Suffolk", "CO10 2AA", "GB"), ["1 High Street", "Sudbury", "CO10 2AA"]),
        (("丸の内1-1", "千代田区", "東京都", "100-0005", "JP"), ["〒100-0005", "東京都", "千代田区丸の内1-1"]),
        (("1-1 Marunouchi", "Chiyoda", "Tokyo", "100-0005", "JP"), ["1-1 Marunouchi, Chiyoda, Tokyo", "100-0005"]),
        (("서초대로 1", "서초구", "서울특별시", "06611", "KR"), ["서울특별시 서초구", "서초대로 1", "06611"]),
        (("Rua 1", "São Paulo", "SP", "01000-000", "BR"), ["Rua 1", "São Paulo-SP", "01000-000"]),
        (("Av. 1", "Ciudad de México", "CDMX", "06000", "MX"), ["Av. 1", "06000 Ciudad de México, CDMX"]),
        (("1, rue du Lac", "Genève", "", "1201", "CH"), ["1, rue du Lac", "CH-1201 Genève"]),
        (("1 Orchard", "Singapore", "", "018956", "SG"), ["1 Orchard", "Singapore 018956"]),
        (("Невский 1", "Санкт-Петербург", "", "190000", "RU"), ["Невский 1", "Санкт-Петербург", "190000"]),
        (("1 Front Street", "Hamilton", "", "HM 11", "BM"), ["1 Front Street", "Hamilton HM 11"]),
    ],
)
def test_each_country_writes_an_address_in_its_own_order(typed, written):
    assert lines(*typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (("12 Elm", "Portland", "Oregon", "", "US"), ["12 Elm", "Portland, Oregon"]),
        (("12 Elm", "Portland", "", "97205", "US"), ["12 Elm", "Portland 97205"]),
        (("", "Portland", "Oregon", "97205", "US"), ["Portland, Oregon 97205"]),
        (("Rua 1", "Recife", "", "50000-000", "BR"), ["Rua 1", "Recife", "50000-000"]),
        (("Av. 1", "Ciudad de México", "", "06000", "MX"), ["Av. 1", "06000 Ciudad de México"]),
        (("丸の内1-1", "千代田区", "東京都", "", "JP"), ["東京都", "千代田区丸の内1-1"]),
        (("1 Orchard", "Singapore", "", "", "SG"), ["1 Orchard, Singapore"]),
        (("", "", "", "", "US"), []),
    ],
)
def test_what_is_empty_leaves_no_trace(typed, written):
    assert lines(*typed) == written


@pytest.mark.parametrize("country", ["", "XX", "zz", "../..", "AG", "AQ"])
def test_a_country_without_rules_gets_what_is_common_and_loses_no_code(country):
    assert lines("12 Elm", "Nowhere", "Region", "123", country) == ["12 Elm", "Nowhere, Region 123"]


@pytest.mark.parametrize("country", ["AT", "GB", "SG", "GI", "JP", "HK", "IN", "TR", "CI", "VE", "CN"])
def test_no_country_loses_street_town_or_code(country):
    text = " ".join(lines("12 Lindenblossom Street", "Middletown", "", "12345", country))

    assert all(part in text for part in ["12 Lindenblossom Street", "Middletown", "12345"])


def test_a_region_stays_where_nothing_else_tells_two_towns_apart():
    assert lines("Hauptstraße 1", "Neustadt", "Hessen", "", "DE") == ["Hauptstraße 1", "Neustadt, Hessen"]
    assert lines("Hauptstraße 1", "Neustadt", "Hessen", "35279", "DE") == ["Hauptstraße 1", "35279 Neustadt"]


@pytest.mark.parametrize(("code", "country"), [("CH-1201", "CH"), ("〒100-0005", "JP"), ("l-1111", "LU")])
def test_a_sign_that_was_typed_is_not_written_twice(code, country):
    town = "東京" if country == "JP" else "Genève"

    text = " ".join(lines("1-1", town, "", code, country))

    assert text.casefold().count(code[0].casefold()) == 1
