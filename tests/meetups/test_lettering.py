"""Text on pictures: which letters can be written, which way they run, where lines break."""

import pytest
from PIL import Image, ImageDraw

from meetups import lettering
from meetups.lettering import SANS, SERIF, break_lines, can_write, draw_line, fit_lines, is_rtl, line_width, runs_of

SIZES = (78, 70, 63, 57, 51, 46, 41, 37, 33)
EVERYWHERE = ["Łódź, Québec, Malmö", "“What?” — she said…", "Þórr’s naïve façade", "cafe\u0301", "Кто решает?", "Ποιος;"]
WITH_NOTO = ["誰が決める", "谁来决定？", "누가?", "من يقرر؟", "מי מחליט?", "कौन तय करता है", "Tôi đến một mình"]
NOWHERE = ["Soup \U0001f372", "ใครตัดสิน", "\U0001d11e", "", "  ", "\u200b"]


@pytest.mark.parametrize("text", EVERYWHERE)
def test_letters_of_our_fonts_are_written_on_any_machine(text, bare_machine):
    assert can_write(text) is True


@pytest.mark.parametrize("text", WITH_NOTO)
def test_letters_of_noto_are_written_where_it_is_installed(text, noto):
    assert can_write(text) is True


@pytest.mark.parametrize("text", WITH_NOTO + NOWHERE)
def test_letters_no_font_has_are_known_before_they_come_out_as_boxes(text, bare_machine):
    assert can_write(text) is False


@pytest.mark.parametrize("text", NOWHERE)
def test_emoji_and_scripts_without_spaces_are_never_written(text):
    assert can_write(text) is False


def test_without_raqm_what_needs_shaping_is_not_written_and_what_does_not_is(noto, monkeypatch):
    monkeypatch.setattr(lettering, "HAS_RAQM", False)
    for kept in (lettering.faces_for, lettering.can_write):
        kept.cache_clear()

    written = [can_write(text) for text in ("من يقرر؟", "कौन", "誰が", "Who?")]
    monkeypatch.undo()
    for kept in (lettering.faces_for, lettering.can_write):
        kept.cache_clear()

    assert written == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "answer"), [("Who?", False), ("من؟", True), ("«من؟»", True), ("2026 من", True), ("(Who) من", False), ("…", False)]
)
def test_text_runs_the_way_of_its_first_letter(text, answer):
    assert is_rtl(text) is answer


def visual(line: str) -> list[tuple[str, bool]]:
    return [(run.text.strip(), run.is_rtl) for run in runs_of(line, SERIF, is_rtl(line), line) if run.text.strip()]


def test_latin_words_in_an_arabic_line_stand_in_their_place_from_the_right(noto):
    assert visual("قرأنا Long Table معا.") == [("معا.", True), ("Long Table", False), ("قرأنا", True)]


def test_arabic_words_in_a_latin_line_stand_in_their_place_from_the_left(noto):
    assert visual("We read كتابا together.") == [("We read", False), ("كتابا", True), ("together.", False)]


def test_period_after_latin_words_at_the_end_of_an_arabic_line_stands_at_its_left(noto):
    assert [text for text, _way in visual("قرأنا Power.")][0] == "."


def test_every_run_has_all_its_letters(noto):
    for text in (*EVERYWHERE, *WITH_NOTO, "قرأنا Transforming Power (2026) معا، ثم: 誰が?"):
        for style in (SERIF, SANS):
            runs = runs_of(text, style, is_rtl(text), text)
            assert all(lettering._has_letter(run.face, letter) for run in runs for letter in run.text)
            assert sorted("".join(run.text for run in runs)) == sorted(text)


def test_chinese_is_written_with_chinese_forms_and_japanese_with_japanese(noto):
    indexes = [lettering.faces_for(text, SERIF)[-1].index for text in ("谁来决定", "誰が決める", "누가")]

    assert indexes == [lettering.CHINESE, lettering.JAPANESE, lettering.KOREAN]


def test_marks_of_direction_that_somebody_typed_are_gone():
    assert lettering.clean("\u202eevil\u202c \u2066name\u2069\u200f") == "evil name"


def test_text_too_long_for_the_smallest_size_ends_in_three_dots():
    lines, size = fit_lines("wonder " * 300, SERIF, 760, 314, SIZES)

    assert size == SIZES[-1]
    assert lines[-1].endswith("…")
    assert len(lines) * size * 1.16 <= 314


def test_no_word_stands_alone_at_the_end():
    lines, _size = fit_lines("“I left less alone than I came.”", SERIF, 760, 314, SIZES)

    assert lines == ["“I left less alone", "than I came.”"]


@pytest.mark.parametrize(
    "text",
    [
        "Unverhältnismäßigkeiten in a small column",
        "一人で来て、五人の隣人と。" * 3,
        "خرجت مع خمسة جيران " * 5,
        "W" * 90,
    ],
)
def test_no_line_is_wider_than_its_column_and_none_is_lost(text, noto):
    lines = break_lines(text, SERIF, 57, 300)

    assert all(line_width(line, SERIF, 57, whole=text) <= 303 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_no_japanese_line_begins_with_a_comma_or_ends_with_an_opening_bracket(noto):
    lines = break_lines("一人で、来て、「誰が」決める、のか。" * 6, SERIF, 50, 310)

    assert len(lines) > 10
    assert not any(line[0] in lettering.NOT_FIRST or line[-1] in lettering.NOT_LAST for line in lines)


def test_line_drawn_from_the_right_ends_where_it_should(noto):
    image = Image.new("L", (600, 100), 255)

    draw_line(ImageDraw.Draw(image), (580, 70), "من يقرر؟", style=SERIF, size=48, fill="#000", anchor="r")

    left, _top, right, _bottom = Image.eval(image, lambda value: 255 - value).getbbox()
    assert 570 <= right <= 584
    assert left > 300
