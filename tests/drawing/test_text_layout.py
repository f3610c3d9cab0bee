"""Text on pictures: which letters can be written, which way they run, where lines break."""

from itertools import groupby

import pytest
from PIL import Image, ImageDraw

from meetups.drawing import fonts, words
from meetups.drawing.fonts import SANS, SERIF
from meetups.drawing.text_layout import break_lines, draw_line, fit_lines, is_rtl, line_width, runs_of

SIZES = (78, 70, 63, 57, 51, 46, 41, 37, 33)
TEXTS = [
    *("Łódź, Québec, Malmö", "Кто решает?", "Ποιος;", "Nguyễn Thị Hằng", "من يقرر؟", "מי מחליט?", "कौन तय करता है", "ใครตัดสิน"),
    *("誰が決める", "谁来决定？", "누가?", "قرأنا Transforming Power (2026) معا، ثم: 誰が?"),
]


@pytest.mark.parametrize(
    ("text", "answer"), [("Who?", False), ("من؟", True), ("«من؟»", True), ("2026 من", True), ("(Who) من", False), ("…", False)]
)
def test_text_runs_the_way_of_its_first_letter(text, answer):
    assert is_rtl(text) is answer


def visual(line: str) -> list[tuple[str, bool]]:
    """Return the parts of a line from left to right, each as it is read, and whether it is read from the right."""
    found = groupby(runs_of(line, SERIF, is_rtl(line), line), key=lambda run: run.is_rtl)
    parts = [([run.text for run in runs], way) for way, runs in found]
    return [("".join(texts[::-1] if way else texts).strip(), way) for texts, way in parts]


def test_latin_words_in_an_arabic_line_stand_in_their_place_from_the_right():
    assert visual("قرأنا Long Table معا.") == [("معا.", True), ("Long Table", False), ("قرأنا", True)]


def test_arabic_words_in_a_latin_line_stand_in_their_place_from_the_left():
    assert visual("We read كتابا together.") == [("We read", False), ("كتابا", True), ("together.", False)]


def test_period_after_latin_words_at_the_end_of_an_arabic_line_stands_at_its_left():
    assert [text for text, _way in visual("قرأنا Power.")][0] == "."


def test_every_run_has_all_its_letters(noto):
    for text in TEXTS:
        for style in (SERIF, SANS):
            runs = runs_of(text, style, is_rtl(text), text)
            assert all(fonts.has_letter(run.face, letter) for run in runs for letter in run.text)
            assert sorted("".join(run.text for run in runs)) == sorted(text)


def test_chinese_is_written_with_chinese_forms_and_japanese_with_japanese(noto):
    indexes = [fonts.faces_for(text, SERIF)[-1].index for text in ("谁来决定", "誰が決める", "누가")]

    assert indexes == [fonts.CHINESE, fonts.JAPANESE, fonts.KOREAN]


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
    assert not any(line[0] in words.NOT_FIRST or line[-1] in words.NOT_LAST for line in lines)


def test_line_drawn_from_the_right_ends_where_it_should():
    image = Image.new("L", (600, 100), 255)

    draw_line(ImageDraw.Draw(image), (580, 70), "من يقرر؟", style=SERIF, size=48, fill="#000", anchor="r")

    left, _top, right, _bottom = Image.eval(image, lambda value: 255 - value).getbbox()
    assert 570 <= right <= 584
    assert left > 300


def test_thai_lines_break_between_words_and_not_inside_them():
    text = "ฉันมาคนเดียวและกลับไปพร้อมเพื่อนบ้านห้าคน"
    words_of_it = ["ฉัน", "มา", "คน", "เดียว", "และ", "กลับ", "ไป", "พร้อม", "เพื่อน", "บ้าน", "ห้า", "คน"]

    lines = break_lines(text, SERIF, 57, 300)

    assert len(lines) > 3
    assert "".join(lines) == text
    starts = {len("".join(words_of_it[:number])) for number in range(len(words_of_it) + 1)}
    assert {len("".join(lines[:number])) for number in range(len(lines))} <= starts
