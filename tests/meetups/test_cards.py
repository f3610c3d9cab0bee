"""The share picture: what it says, and that it never comes out with boxes, cut words or old sentences."""

import io
from dataclasses import replace

import pytest
from django.core.cache import cache
from PIL import Image, ImageChops

from meetups import cards
from meetups.cards import Card, break_lines, can_write, card_png, draw_card, fit_lines, make_card
from meetups.models import Recap
from tests.factories import (
    STREET,
    day,
    make_book,
    make_contribution,
    make_debrief,
    make_guest,
    make_held_meetup,
    make_kit,
    make_others_speak,
    make_recap,
    make_user,
)

CARD = Card(
    eyebrow="A table in Toronto, Ontario, November 2026",
    words="I left less alone than I came.",
    is_said=True,
    book_title="Transforming Power",
    book_author="Judy Rebick",
    site="Longtable",
    seats=10,
    taken=8,
)


def picture(card: Card) -> Image.Image:
    return Image.open(io.BytesIO(draw_card(card))).convert("RGB")


def is_paper(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Tell whether nothing is drawn inside a box; paper may be one shade off after the colors were reduced."""
    paper = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), cards.PAPER)
    return all(high <= 3 for _low, high in ImageChops.difference(image.crop(box), paper).getextrema())


def recap_of(**fields) -> Recap:
    host = make_user(shown_name="Ana", language=fields.pop("language", ""))
    meetup = make_held_meetup(host, date=day("2025-11-21"), **fields)
    make_recap(meetup)
    return Recap.objects.with_meetup().get(meetup=meetup)


def test_picture_is_1200_by_630_and_light_to_send():
    png = draw_card(CARD)

    assert Image.open(io.BytesIO(png)).size == (1200, 630)
    assert Image.open(io.BytesIO(png)).format == "PNG"
    assert len(png) < 100_000


def test_same_facts_draw_the_same_picture_and_others_another():
    assert draw_card(CARD) == draw_card(replace(CARD))
    assert draw_card(CARD) != draw_card(replace(CARD, taken=7))
    assert CARD.digest == replace(CARD).digest != replace(CARD, words="Other").digest


@pytest.mark.parametrize(
    "words",
    ["I left less alone than I came.", "word " * 56, "Donaudampfschifffahrtsgesellschaft" * 8, "i" * 280, "W" * 280, "…"],
)
@pytest.mark.parametrize("book", ["A very long title about everything that was ever changed " * 3, ""])
def test_words_stay_in_their_place_however_long(words, book):
    image = picture(replace(CARD, words=words, book_title=book))

    assert is_paper(image, (0, 20, cards.LEFT - 40, 630))
    assert is_paper(image, (cards.LEFT + 2, 448, 1200 - 400, cards.TABLE_TOP))
    assert is_paper(image, (1200 - cards.RIGHT + 2, 20, 1200, 630))
    if book:
        cover = 1200 - cards.RIGHT - cards.COVER_WIDTH
        assert is_paper(image, (cover - cards.GAP + 8, 20, cover, 440))


def test_text_too_long_for_the_smallest_size_ends_in_three_dots():
    lines, size = fit_lines("wonder " * 300, 760, 314)

    assert size == cards.SIZES[-1]
    assert lines[-1].endswith("…")
    assert len(lines) * size * 1.16 <= 314


def test_no_word_stands_alone_at_the_end():
    lines, _size = fit_lines("“I left less alone than I came.”", 760, 314)

    assert lines == ["“I left less alone", "than I came.”"]


def test_no_line_is_wider_than_its_column():
    font = cards._font(cards.SERIF, 57)

    assert all(font.getlength(line) <= 300 for line in break_lines("Unverhältnismäßigkeiten in a very small column", font, 300))


@pytest.mark.parametrize("text", ["Łódź, Québec, Malmö", "“What?” — she said…", "Þórr’s naïve façade", "cafe\u0301"])
def test_letters_of_our_fonts_are_written(text):
    assert can_write(text) is True


@pytest.mark.parametrize("text", ["誰が決める", "من يقرر؟", "कौन तय करता है", "Soup \U0001f372", "", "  "])
def test_letters_our_fonts_lack_are_known_before_they_come_out_as_boxes(text):
    assert can_write(text) is False


@pytest.mark.django_db
def test_picture_says_a_public_sentence_the_town_and_the_month():
    recap = recap_of()
    make_debrief(recap.meetup, num_came=6)
    make_contribution(make_guest(recap.meetup), "For the table.", sentence_consent="table", position=0)
    make_contribution(make_guest(recap.meetup), "For everyone.", shown_as="Maria, Toronto", position=1)
    make_others_speak(recap.meetup)

    card = make_card(recap)

    assert card == Card(
        eyebrow="A table in Toronto, Ontario, November 2025",
        words="For everyone.",
        is_said=True,
        book_title="Transforming Power",
        book_author="Judy Rebick",
        site="Longtable",
        seats=10,
        taken=6,
    )
    assert STREET not in repr(card) and "Maria" not in repr(card)


@pytest.mark.django_db
def test_sentence_that_cannot_be_written_leaves_room_for_the_next():
    recap = recap_of()
    make_contribution(make_guest(recap.meetup), "誰が決める", position=0)
    make_contribution(make_guest(recap.meetup), "We do.", position=1)
    make_others_speak(recap.meetup, 1)

    assert make_card(recap).words == "We do."


@pytest.mark.django_db
def test_without_a_sentence_the_question_stands():
    card = make_card(recap_of())

    assert (card.words, card.is_said) == ("Where have you seen people change something together?", False)


@pytest.mark.django_db
def test_picture_of_nothing_we_can_write_is_still_a_picture():
    recap = recap_of(kit=make_kit(book=make_book("変革する力", "誰か")), town_name="東京", region="")
    recap.question = "誰が決める"

    card = make_card(recap)

    assert (card.eyebrow, card.words, card.book_title, card.book_author) == ("", "", "", "")
    assert picture(card).size == (1200, 630)


@pytest.mark.django_db
def test_picture_speaks_the_hosts_language_whoever_asks():
    assert make_card(recap_of(language="fr")).eyebrow.endswith("novembre 2025")


@pytest.mark.django_db
def test_picture_is_drawn_once_until_something_on_it_changes(monkeypatch):
    cache.clear()
    drawn = []
    monkeypatch.setattr(cards, "draw_card", lambda card: drawn.append(card) or b"png")
    recap = recap_of()

    card_png(recap, CARD)
    card_png(recap, CARD)
    recap.card_version += 1
    card_png(recap, CARD)
    card_png(recap, replace(CARD, words="Other"))

    assert len(drawn) == 3
