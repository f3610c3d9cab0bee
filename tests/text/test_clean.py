"""People's words on a line, in lines, and wrapped."""

import pytest

from meetups.text.clean import clean_line, clean_words, cut, sentences_of, shorten, wrap_lines


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Ana\r\nBcc: x@example.org", "Ana Bcc: x@example.org"),
        ("a\u2028b\u2029c\x85d\x0be\x1cf", "a b c d e f"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("nul\x00 and \x02link\x03", "nul and link"),
        ("  many\t spaces  ", "many spaces"),
        ("👩‍🍳 Zoë", "👩‍🍳 Zoë"),
    ],
)
def test_clean_line_leaves_one_line_of_words(typed, clean):
    assert clean_line(typed) == clean


def test_clean_words_keep_their_lines():
    assert clean_words("one\r\ntwo\n\n\n\n\nthree\u2028four\x00\n") == "one\ntwo\n\nthree\nfour"


def test_shorten_cuts_at_a_space():
    assert shorten("a long title of words", 16) == "a long title…"
    assert shorten("short", 12) == "short"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("e\u0301" * 10, 6, "e\u0301e\u0301…"),
        ("ab👩🏽‍🍳👩🏽‍🍳", 8, "ab👩🏽‍🍳…"),
        ("ab👩🏽‍🍳👩🏽‍🍳", 7, "ab👩🏽‍🍳…"),
        ("ab👩🏽‍🍳👩🏽‍🍳", 6, "ab…"),
        ("🇨🇦🇫🇷🇪🇸", 4, "🇨🇦…"),
        ("नमस्ते दुनिया", 6, "नम…"),
        ("Nguyễn".replace("ễ", "e\u0302\u0303") + " Thị", 6, "Nguy…"),
        ("x" + "\u0301" * 50, 5, "x\u0301\u0301\u0301…"),
        ("a\r\nb\r\nc", 4, "a\r\n…"),
    ],
)
def test_shorten_keeps_what_readers_count_as_one_letter_whole(text, width, short):
    assert shorten(text, width) == short
    assert len(shorten(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "most", "begun"),
    [
        ("short", 9, "short"),
        ("e\u0301" * 3, 3, "e\u0301"),
        ("ab👩🏽‍🍳", 5, "ab"),
        ("🇨🇦🇫🇷", 3, "🇨🇦"),
        ("x\u0301\u0301", 2, "x\u0301"),
    ],
)
def test_cut_keeps_letters_whole_where_a_column_ends(text, most, begun):
    assert cut(text, most) == begun


def test_wrap_keeps_links_whole_and_indents():
    link = "https://longtable.example/" + "x" * 90
    text = f"    {'word ' * 20}\n{link}\n- {'item ' * 20}"

    lines = wrap_lines(text, 40).split("\n")

    assert link in lines
    assert all(len(line) <= 40 for line in lines if line != link)
    assert lines[0].startswith("    word") and lines[1].startswith("    word")
    assert lines[-1].startswith("  item")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("One thing", ["One thing"]),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("One\nTwo\r\n\r\nThree.", ["One", "Two", "Three."]),
        ("“We stay.” “I go.”", ["“We stay.”", "“I go.”"]),
        (
            "We met at St. John's, with Mr. Li and J. Rebick. It was late.",
            ["We met at St. John's, with Mr. Li and J. Rebick.", "It was late."],
        ),
        ("Bring food, e.g. soup. 3.5 liters are enough", ["Bring food, e.g. soup.", "3.5 liters are enough"]),
        ("Well… so it was. Really?! Yes", ["Well… so it was.", "Really?!", "Yes"]),
        ("我们同意。明天见！", ["我们同意。", "明天见！"]),
        ("هل نتفق؟ نعم.", ["هل نتفق؟", "نعم."]),
    ],
)
def test_sentences_are_told_apart_and_names_stay_whole(text, sentences):
    assert sentences_of(text) == sentences
