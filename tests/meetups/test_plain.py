"""People's words on a line, in lines, and wrapped."""

import pytest

from meetups.plain import clean_line, clean_words, holds_any, sentences_of, shorten, wrap_lines


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


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("We met at 12, rue de l'étoile!", True),
        ("12 Rue de l\u2019E\u0301toile", True),
        ("12 Rue de l'E\u0301to\u00adile", True),
        ("１２ RUE DE L’ÉTOILE", True),
        ("We met in the rue de l'Étoile", False),
        ("112 Rue de l’Étoile", False),
        ("Call +1 416 555 0142", True),
        ("Call 416-555-0142.", True),
        ("Call (416)5550142", True),
        ("+14165550142", True),
        ("In 2026, 0142 times", False),
    ],
)
def test_a_street_and_a_number_are_found_however_they_are_written(text, is_held):
    assert holds_any(text, "12 Rue de l’Étoile", "+1 416 555 0142") is is_held


def test_a_secret_that_is_empty_or_one_short_word_is_held_by_nothing():
    assert not holds_any("We met at home, 12 of us", "", "Home", "12")
