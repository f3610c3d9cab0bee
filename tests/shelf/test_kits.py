"""The files of the shelf are whole, in every language, and what they say fits the form they fill in."""

import re

import pytest
from django.conf import settings
from django.utils import translation

from hosts.links import find_link
from meetups.drawing.book_cover import CLOTHS, ROOM_ABOVE_EMBLEM, TITLE_TOP, draw_cover
from meetups.drawing.emblems import EMBLEMS
from meetups.planning.draft_source import kit_of_shelf
from meetups.planning.forms.kit import KeptKitForm
from meetups.planning.forms.meetup import initial_from_kit
from meetups.shelf.kits import KitFileError, find_kit, look_of, read_kit, read_shelf

SHELF = read_shelf()
LANGUAGES = [code for code, _name in settings.LANGUAGES]
EACH = [pytest.param(kit, code, id=f"{kit.slug} {code}") for kit in SHELF for code in LANGUAGES]
# What a phone shows without becoming a wall of text, in characters: at least, at most.
LENGTHS = {"theme": (3, 24), "title": (8, 60), "line": (30, 140), "book": (3, 80), "way_in": (200, 600), "meal": (50, 220)}
LINES = {"questions": (3, 3, 140), "run": (3, 6, 160), "agreements": (3, 3, 110)}


def texts_of(words) -> list[str]:
    one = [words.theme, words.title, words.line, words.book, words.way_in, words.meal]
    return [*one, *words.questions, *words.run, *words.agreements]


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def test_the_shelf_has_at_least_sixteen_kits_and_a_poem_and_a_film_among_them():
    assert len(SHELF) >= 16
    assert {kit.kind for kit in SHELF} == {"book", "poem", "film"}


@pytest.mark.parametrize("kit", SHELF, ids=lambda kit: kit.slug)
def test_a_kit_is_said_in_every_language_of_the_site_and_in_no_other(kit):
    assert sorted(kit.words) == sorted(LANGUAGES)


@pytest.mark.parametrize("kit", SHELF, ids=lambda kit: kit.slug)
def test_a_kit_names_a_work_that_exists_and_a_look(kit):
    assert re.fullmatch(r"[a-z][a-z-]{2,39}", kit.slug)
    assert 1400 < kit.year <= 2026
    assert (kit.cloth in CLOTHS, kit.emblem in EMBLEMS) == (True, True)


def test_no_two_kits_look_the_same_or_stand_in_the_same_place():
    assert len({kit.emblem for kit in SHELF}) == len(SHELF)
    assert len({kit.order for kit in SHELF}) == len(SHELF)


@pytest.mark.parametrize(("kit", "code"), EACH)
def test_a_kit_has_all_its_parts_in_lengths_that_are_read(kit, code):
    words = kit.words[code]
    lengths = {name: len(getattr(words, name)) for name in LENGTHS}

    assert {name: size for name, size in lengths.items() if not LENGTHS[name][0] <= size <= LENGTHS[name][1]} == {}
    for name, (fewest, most, longest) in LINES.items():
        lines = getattr(words, name)
        assert fewest <= len(lines) <= most
        assert [line for line in lines if len(line) > longest] == []


@pytest.mark.parametrize(("kit", "code"), EACH)
def test_a_kit_holds_no_link(kit, code):
    assert [text for text in texts_of(kit.words[code]) if find_link(text) or "://" in text or "@" in text] == []


@pytest.mark.parametrize(("kit", "code"), EACH)
def test_a_kit_fills_in_a_form_that_takes_it_as_it_is(kit, code):
    """Lengths, check digit, and nothing that the form would clean away."""
    row = kit_of_shelf(kit, code)
    filled = initial_from_kit(row, title=row.title) | {"language": row.language}
    form = KeptKitForm(filled)

    assert form.errors == {}
    # A line of a form has plain spaces only, and so French lines lose their no-break ones there.
    assert {name: plain(form.cleaned_data[name]) for name in filled} == {name: plain(text) for name, text in filled.items()}


@pytest.mark.parametrize(("kit", "code"), EACH)
def test_a_kit_asks_three_questions_and_says_how_long_each_part_takes(kit, code):
    words = kit.words[code]

    assert [line for line in words.questions if not line.rstrip("»\xa0").endswith("?")] == []
    assert [line for line in words.run if not re.match(r"\d+ (minutes|minutes\xa0|minutos)", line)] == []
    assert 60 <= sum(int(line.split()[0]) for line in words.run) <= 200


@pytest.mark.parametrize("kit", SHELF, ids=lambda kit: kit.slug)
def test_french_has_its_spaces_and_spanish_its_marks(kit):
    french, spanish = texts_of(kit.words["fr"]), texts_of(kit.words["es"])

    assert [text for text in french if re.search(r"[^\xa0][;:?!»]|«[^\xa0]|['\"]", text)] == []
    assert [text for text in spanish if text.count("?") != text.count("¿") or text.count("!") != text.count("¡")] == []


@pytest.mark.parametrize(("kit", "code"), EACH)
def test_a_cover_has_room_for_its_whole_title_above_the_emblem(kit, code):
    title = kit.words[code].book
    drawing = draw_cover(title, kit.author, cloth=kit.cloth, emblem=kit.emblem)

    assert " ".join(line.text for line in drawing.title) == plain(title)
    assert drawing.rule_y <= TITLE_TOP + ROOM_ABOVE_EMBLEM + 16
    assert drawing.emblem == EMBLEMS[kit.emblem]


def test_the_look_of_a_kit_goes_with_its_book_into_every_language():
    kit = find_kit("neighbors")

    assert look_of("Vieux, râleur et suicidaire : la vie selon Ove", "Fredrik Backman") == (kit.cloth, kit.emblem)
    assert look_of("Un hombre llamado Ove", "fredrik backman") == (kit.cloth, kit.emblem)
    assert look_of("A Man Called Ove", "Somebody Else") == ("", "")


def test_a_language_that_a_file_lacks_is_english():
    kit = find_kit("poem")

    assert kit.in_language("fr-ca").language == "fr"
    assert [kit.in_language(code).language for code in ("de", "", None)] == ["en", "en", "en"]


def test_a_kit_becomes_the_same_draft_whatever_language_the_page_has():
    with translation.override("es"):
        row = kit_of_shelf(find_kit("film"), "fr")

    assert (row.title, row.language, row.shelf, row.book.title) == (
        "Un seul dîner, tout l’argent", "fr", "film", "Le Festin de Babette",
    )  # fmt: skip


WHOLE = (settings.BASE_DIR / "kits" / "poem.toml").read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("order = ", "poem.toml: Invalid value"),
        (WHOLE.replace('kind = "poem"', 'kind = "song"'), "poem.toml: kind is one of book, poem, film"),
        (WHOLE.replace("year = 1954", ""), "poem.toml: year is missing, or is not a number"),
        (WHOLE.replace("[en]", "[de]"), "poem.toml: there is no [en]"),
        (WHOLE.replace('theme = "A poem"', 'thema = "A poem"'), "poem.toml [en]: nothing is called thema"),
        (WHOLE.replace("order = 14", "order = 14\nstars = 5"), "poem.toml: nothing is called stars"),
        (re.sub(r"questions = \[.*?\]", "questions = []", WHOLE, count=1, flags=re.S), "poem.toml [en]: questions is a list"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(tmp_path, text, says):
    file = tmp_path / "poem.toml"
    file.write_text(text)

    with pytest.raises(KitFileError) as raised:
        read_kit(file)

    assert str(raised.value).startswith(says)
