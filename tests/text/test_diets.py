"""Ticks about food in words and summed."""

import pytest

from meetups.text.diets import DIETS, read_diets, say_diets, store_diets, sum_diets


def test_what_is_stored_is_read_in_one_order_and_without_unknown_codes():
    stored = store_diets(["no_nuts", "vegetarian", "gold", "no_nuts"])

    assert stored == "vegetarian no_nuts"
    assert read_diets("no_nuts gold vegetarian") == ["vegetarian", "no_nuts"]
    assert len(store_diets(DIETS)) <= 120


@pytest.mark.parametrize(
    ("stored", "words", "said"),
    [
        ("", "", ""),
        ("vegetarian no_nuts", "", "vegetarian, without nuts"),
        ("", "no coriander", "no coriander"),
        ("vegan", "no coriander", "vegan; no coriander"),
    ],
)
def test_ticks_stand_in_front_of_what_was_typed(stored, words, said):
    assert say_diets(stored, words) == said


def test_ticks_of_a_table_are_summed():
    stored = ["vegetarian", "vegetarian no_nuts", "", "vegetarian"]

    assert sum_diets(stored) == ["3 vegetarian", "1 without nuts"]
    assert sum_diets([]) == []
