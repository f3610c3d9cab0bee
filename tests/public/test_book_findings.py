"""What tables found, side by side: which sentences stand, in which order, and that a majority never has the page to itself."""

import random
from datetime import timedelta

import pytest

from meetups.models import Meetup, Recap
from meetups.public.book_findings import MOST_LINES, freeze, gather_questions, make_sense, thaw
from meetups.times import clock
from tests.factories import make_book, make_held_meetup, make_kit, make_recap, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    return make_book("Transforming Power", slug="transforming-power")


def tell(book, *agree: str, days_ago: int = 0, **fields) -> Recap:
    """Return the recap of one more table that read the book."""
    meetup = make_held_meetup(make_user(shown_name="Ana"), kit=make_kit(book=book))
    moment = clock.now() - timedelta(days=days_ago)
    return make_recap(meetup, agree="\n".join(agree), published_at=moment, **fields)


def sense_of(book):
    return make_sense(list(Recap.objects.public().with_meetup().filter(meetup__kit__book=book)))


def texts(lines) -> list[tuple[str, int]]:
    return [(line.text, line.num_tables) for line in lines]


def test_four_tables_are_too_few(book):
    for _ in range(4):
        tell(book, "Soup helps.")
    assert sense_of(book) is None

    tell(book, "Soup helps.")

    assert sense_of(book).num_tables == 5


def test_what_tables_say_in_the_same_words_is_one_line_and_one_word_more_is_another(book):
    said = [
        "Nobody changes a city alone.",
        "Nobody changes the City alone!",
        "nobody changes city, alone",
        "Everybody changes a city.",
    ]
    for number, words in enumerate(said):
        tell(book, words, days_ago=9 - number)
    tell(book, "Nobody changes a city not alone.", days_ago=1)

    sense = sense_of(book)

    assert texts(sense.agree) == [
        ("Nobody changes a city alone.", 3),
        ("Nobody changes a city not alone.", 1),
        ("Everybody changes a city.", 1),
    ]


def test_one_table_that_says_a_thing_twice_is_one_table(book):
    tell(book, "Soup helps a lot.", "Soup helps a lot!")
    for number in range(4):
        tell(book, f"Word{number} is thing{number}.")

    assert ("Soup helps a lot.", 1) in texts(sense_of(book).agree)


def test_single_tables_have_a_third_of_each_column_however_many_agree(book):
    common = [f"Common number{n} stands here{n}." for n in range(9)]
    for number in range(6):
        tell(book, *common, f"Alone is table{number} saying{number}.", days_ago=number)

    lines = sense_of(book).agree

    assert len(lines) == MOST_LINES
    assert [line.num_tables for line in lines] == [6] * 6 + [1] * 3
    # The latest table first.
    assert [line.text for line in lines[6:]] == [f"Alone is table{number} saying{number}." for number in range(3)]


def test_a_table_that_shares_nothing_speaks_before_one_that_does(book):
    for number in range(5):
        tell(book, "Nobody changes a city alone.", f"Aside is also{number} word{number}.", days_ago=number)
    tell(book, "Cities do not change.", days_ago=30)

    lines = sense_of(book).agree

    assert texts(lines)[:2] == [("Nobody changes a city alone.", 5), ("Cities do not change.", 1)]


def test_a_line_is_marked_with_the_language_its_table_spoke(book):
    for _ in range(5):
        tell(book, "La soupe aide.")
    Meetup.objects.update(language="fr")

    assert [line.language for line in sense_of(book).agree] == ["fr"]


def test_one_dissenter_stands_beside_at_most_two_shared_lines(book):
    for _ in range(5):
        tell(book, *(f"Common number{n} stands here{n}." for n in range(8)))
    tell(book, "Not at all.")

    lines = sense_of(book).agree

    assert [line.num_tables for line in lines] == [5, 5, 1]


@pytest.mark.parametrize("seed", range(12))
def test_at_least_a_third_is_always_from_single_tables_and_the_same_recaps_give_the_same_page(book, seed):
    chance = random.Random(seed)
    pool = [f"Sentence{n} about matter{n}." for n in range(chance.randint(1, 14))]
    recaps = []
    for number in range(chance.randint(5, 12)):
        recaps.append(tell(book, *chance.sample(pool, min(3, len(pool))), days_ago=number))
    recaps = list(Recap.objects.with_meetup().filter(pk__in=[recap.pk for recap in recaps]))

    lines = make_sense(recaps).agree
    chance.shuffle(recaps)

    alone = [line for line in lines if line.num_tables == 1]
    is_all_shared = all(
        sum(words in recap.agree_list for recap in recaps) > 1
        for words in {text for recap in recaps for text in recap.agree_list}
    )
    assert len(alone) * 3 >= len(lines) or is_all_shared
    assert 1 <= len(lines) <= MOST_LINES
    assert texts(make_sense(recaps).agree) == texts(lines)


def test_two_hundred_tables_take_no_query_and_little_time(book, django_assert_num_queries):
    for number in range(30):
        tell(book, *(f"Line {number} {n} of words {number * 7 + n}." for n in range(3)), days_ago=number)
    recaps = list(Recap.objects.with_meetup())

    with django_assert_num_queries(0):
        make_sense(recaps)


# Frozen --------------------------------------------------------------------------------------------------------------


def test_a_frozen_sense_keeps_no_words_and_shows_only_what_still_stands(book):
    kept, edited, gone = (tell(book, f"Words{n} of table{n}.", days_ago=n) for n in range(3))
    shared = [tell(book, "Nobody changes a city alone.", days_ago=5 + n) for n in range(3)]
    frozen = freeze(sense_of(book))
    Recap.objects.filter(pk=edited.pk).update(agree="Something else.")
    Recap.objects.filter(pk=shared[-1].pk).update(agree="")

    public = Recap.objects.public().with_meetup().exclude(pk=gone.pk)
    sense, num_gone = thaw(frozen, {recap.pk: recap for recap in public})

    assert "Words" not in repr(frozen) and "Nobody" not in repr(frozen)
    assert texts(sense.agree) == [("Nobody changes a city alone.", 2), (kept.agree, 1)]
    assert (sense.num_tables, num_gone) == (6, 2)


# Questions -----------------------------------------------------------------------------------------------------------


def test_a_changed_question_is_a_variation_of_the_usual_one(book):
    kits = [make_kit(book=book, questions="Where does change begin?\nWho pays?") for _ in range(3)]
    kits.append(make_kit(book=book, questions="Where did change begin in our street?\nWho pays?"))

    questions = gather_questions(kits)

    assert questions.usual == ("Who pays?", "Where does change begin?")
    assert questions.also == ("Where did change begin in our street?",)


def test_one_table_has_one_usual_question_and_none_is_none():
    assert gather_questions([make_kit(questions="A?\nB?")]).usual == ("A?",)
    assert gather_questions([make_kit(questions="")]).usual == ()
