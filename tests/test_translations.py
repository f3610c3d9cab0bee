"""French and Spanish are complete, and the compiled files say what the written ones do."""

import gettext
import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ["es", "fr"]
PLACEHOLDER = re.compile(r"%\([a-zA-Z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
TAG = re.compile(r"</?[a-z]+|href=\"[^\"]*\"")


def po_of(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def said(entry: polib.POEntry) -> list[str]:
    """Return what an entry says in its language: one text, or one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language):
    missing = [entry.msgid for entry in po_of(language) if not all(said(entry))]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess(language):
    assert [entry.msgid for entry in po_of(language) if entry.fuzzy or entry.obsolete] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_is_said_in_all_forms_or_in_none(language):
    halves = [entry.msgid for entry in po_of(language) if any(said(entry)) and not all(said(entry))]

    assert halves == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pattern", [PLACEHOLDER, TAG], ids=["placeholders", "tags"])
def test_names_numbers_and_links_stay_in_the_sentence(language, pattern):
    wrong = []
    for entry in po_of(language):
        # "One seat" and "%(n)d seats" are the two forms of one sentence: each translation may be made like either.
        allowed = [sorted(pattern.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        wrong += [(entry.msgid, text) for text in filter(None, said(entry)) if sorted(pattern.findall(text)) not in allowed]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_ends_as_the_sentence_does(language):
    wrong = []
    for entry in po_of(language):
        for text in filter(None, said(entry)):
            if (text[0].isspace(), text[-1].isspace()) != (entry.msgid[0].isspace(), entry.msgid[-1].isspace()):
                wrong.append(entry.msgid)

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_the_written_one(language):
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    written = {}
    for entry in po_of(language).translated_entries():
        key = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
        if entry.msgid_plural:
            written |= {(key, int(number)): text for number, text in entry.msgstr_plural.items()}
        else:
            written[key] = entry.msgstr

    compiled.pop("", None)
    assert compiled == written
