"""What of a text is drawn: every letter that a font here has, and never a box; one letter less takes no line along."""

import pytest
from PIL import Image, ImageDraw

from meetups.drawing import fonts
from meetups.drawing.fonts import SANS, SERIF
from meetups.drawing.text_layout import draw_line, runs_of
from meetups.drawing.writing import can_write, clean, drawn_text, write

# Of each script that we ship a font for.
EVERYWHERE = [
    *("Łódź, Québec, Malmö", "“What?” — she said…", "Þórr’s naïve façade", "Nguyễn Thị Hằng", "Phở, ơ ư ạ ẵ", "Ọmọ wá", "Ħaġar"),
    *("Кто решает?", "Қазақ тілі, ғ ұ", "Ποιος;", "من يقرر؟", "مَن يُقَرِّر", "פּ מי מחליט? שָׁלוֹם", "कौन तय करता है, क्षत्रिय"),
    *("ใครตัดสินใจ น้ำ", "ვინ წყვეტს?", "Ո՞վ է որոշում"),
]
WITH_NOTO = ["誰が決める", "谁来决定？", "누가?", "কে সিদ্ধান্ত নেয়", "யார் முடிவு", "ማን ይወስናል", "ሰላም", "ἀρχὴ", "ໃຜ", "នរណា"]


@pytest.mark.parametrize("text", EVERYWHERE)
def test_letters_of_the_fonts_we_ship_are_drawn_on_any_machine(text, bare_machine):
    assert drawn_text(text) == text
    assert can_write(text) is True


@pytest.mark.parametrize("text", WITH_NOTO)
def test_letters_of_noto_are_drawn_where_it_is_installed(text, noto):
    assert drawn_text(text) == text
    assert can_write(text) is True


@pytest.mark.parametrize("text", [*WITH_NOTO[:7], "\U0001d11e", "", " ", "\u200b", "🍲🍲 !", "👩‍🍳", "\ufffc\ue000"])
def test_of_what_nobody_can_draw_nothing_is_drawn(text, bare_machine):
    assert drawn_text(text) == ""
    assert can_write(text) is False


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("Soup 🍲", "Soup"),
        ("Soup 🍲, bread ☕️ and more 👩🏽‍🍳!", "Soup, bread and more!"),
        ("Soupe 🍲 !", "Soupe !"),
        ("🍲 Soup", "Soup"),
        ("🇨🇦 Toronto", "Toronto"),
        ("non\u2011breaking and soft\u00adhyphen", "non-breaking and softhyphen"),
        ("cafe\u0301 Pho\u031b\u0309", "café Phở"),
        ("1️⃣ first, ① second, ©️ ours", "1 first, 1 second, © ours"),
        ("𝓗𝓮𝓵𝓵𝓸 ﬁne ２０２６", "Hello fine 2026"),
        ("e\u0323\u0301 q\u0303", "ẹ q"),
        ("ἀρχὴ", "αρχη"),
        ("Zoë 力 and Ana", "Zoë and Ana"),
        ("a\u202fb\u2009c\u00a0d", "a b c d"),
        ("\u202eevil\u202c \u2066name\u2069\u200f", "evil name"),
        ("Z\u0336a\u0336l\u0336g\u0336o\u0336", "Zalgo"),
        ("…", "…"),
        ("???", "???"),
        ("Soup \ufdfd", "Soup"),
    ],
)
def test_letter_nobody_can_draw_is_replaced_or_left_out_and_its_line_stays(typed, drawn, bare_machine):
    assert drawn_text(typed) == drawn


def test_sentence_without_its_emoji_is_whole_and_one_without_a_word_is_not(bare_machine):
    assert can_write("We decide 🍲 together ☕") is True
    assert can_write("We decide 力 together") is False


def test_text_of_which_most_letters_are_lost_is_not_drawn(bare_machine):
    assert drawn_text("誰が決めるのか 2026") == ""
    assert drawn_text("Who decides 誰") == "Who decides"


def test_without_raqm_what_needs_shaping_is_not_drawn_and_what_does_not_is(noto, machine_without_raqm):
    assert [drawn_text(text) for text in ("من يقرر؟", "कौन", "誰が", "Who?", "ვინ")] == ["", "", "誰が", "Who?", "ვინ"]


def test_text_with_a_hyphen_we_lack_stays_in_our_own_font(noto):
    for style in (SERIF, SANS):
        assert [run.face.path for run in runs_of("non-breaking", style, False, clean("non\u2011breaking ﬁ"))] == [
            str(fonts.OURS / fonts.OWN[style])
        ]


@pytest.mark.parametrize("text", EVERYWHERE)
@pytest.mark.parametrize("style", [SERIF, SANS])
def test_no_letter_comes_out_as_a_box(text, style, bare_machine):
    """Every letter, drawn alone, looks unlike the box that its font draws for a letter it lacks."""
    for run in runs_of(write(text).text, style, False, text):
        box = drawn_with(run.face, fonts.NOT_A_LETTER)
        assert not [letter for letter in run.text if not letter.isspace() and drawn_with(run.face, letter) == box]


def drawn_with(face: fonts.Face, letter: str) -> bytes:
    image = Image.new("L", (80, 80), 255)
    ImageDraw.Draw(image).text((30, 60), letter, font=face.at(30), anchor="ls")
    return image.tobytes()


def test_hindi_and_arabic_are_shaped_and_not_drawn_letter_by_letter(bare_machine):
    for text in ("क्षि", "مرحبا"):
        whole, apart = Image.new("L", (400, 120), 255), Image.new("L", (400, 120), 255)
        draw_line(ImageDraw.Draw(whole), (10, 80), text, style=SERIF, size=60, fill="#000")
        draw_line(ImageDraw.Draw(apart), (10, 80), "\u200c".join(text), style=SERIF, size=60, fill="#000")
        assert whole.tobytes() != apart.tobytes()
