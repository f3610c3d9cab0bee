"""No English word of ours stands on a page in another language.

The other language is made here: each of our messages, of Django's and of allauth's is "translated" to itself between two
marks. What stands outside of the marks is either what somebody typed or a word that nobody can translate. A new word of ours
has to be in `locale/` (`script/messages`), as for every language.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import allauth
import django
import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache as site_cache
from django.db import models
from django.test import Client
from django.utils.html import escape
from lxml import html as parser

from hosts.models import User
from meetups.letters.message import build_message
from meetups.models import Delivery, Guest, Meetup
from tests.browser import visits
from tests.browser.page_states import make_states
from tests.letters.letters import VARIANTS, make_evening, make_letter, make_table, read_at

ROOT = Path(__file__).resolve().parent.parent
# A language with Django's own formats of dates that has no words in them ("d. F Y"), and that the site does not speak.
MARKED = "da"
BEGIN, END = "⟦", "⟧"
PART = "\x1f"
ADDRESS = re.compile(r"https?://\S+|localhost\S*|\S+@\S+")
WORD = re.compile(r"[^\W\d_]{2,}")
# Drawn covers repeat what a host typed; the zones have the names of the standard; the frame for other sites is HTML.
OF_NOBODY = (
    "//script | //style | //code | //pre | //select[@name='zone'] | //*[starts-with(@class, 'cover-')] | //*[@id='share-embed']"
)
SAID_ALOUD = (
    "aria-label",
    "alt",
    "title",
    "placeholder",
    "data-label",
    "data-done",
    "data-saved",
    "data-refused",
    "data-waiting",
)
# The same in every language: formats and licenses, services and programs, the languages in their own words.
NAMES = set(
    "Atom JSON Feed CSV Excel ISBN GeoNames CC BY UTC GMT English Français Español Dansk Google Calendar Maps Outlook Yahoo "
    "Apple OpenStreetMap WhatsApp Bluesky Mastodon Facebook LinkedIn Django Celery Python SQLite PostgreSQL tzdata".split()
)
NAMES |= set(WORD.findall(settings.SITE_NAME))
# Letters with a subject that a person wrote.
SUBJECT_IS_TYPED = {"host_letter", "campaign_letter"}
CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy", "ngettext_lazy", "pgettext_lazy", "npgettext_lazy"}


def catalogs() -> Iterator[polib.POFile | polib.MOFile]:
    """Return our messages, and those that Django and allauth have translated into French."""
    yield polib.pofile(str(ROOT / "locale/fr/LC_MESSAGES/django.po"))
    for package in (django, allauth):
        for file in Path(package.__file__).parent.rglob("locale/fr/LC_MESSAGES/django.mo"):
            yield polib.mofile(str(file))


@pytest.fixture(scope="module")
def marked_messages(tmp_path_factory) -> Path:
    """Return a folder of translations that mark each message."""
    marked = polib.POFile()
    marked.metadata = {"Content-Type": "text/plain; charset=utf-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
    for catalog in catalogs():
        for entry in catalog:
            said = f"{BEGIN}{entry.msgid}{END}"
            if entry.msgid_plural:
                forms = {0: said, 1: f"{BEGIN}{entry.msgid_plural}{END}"}
                marked.append(polib.POEntry(msgid=entry.msgid, msgid_plural=entry.msgid_plural, msgstr_plural=forms))
            elif entry.msgid:
                marked.append(polib.POEntry(msgid=entry.msgid, msgctxt=entry.msgctxt, msgstr=said))
    folder = tmp_path_factory.mktemp("marked")
    (folder / MARKED / "LC_MESSAGES").mkdir(parents=True)
    marked.save_as_mofile(str(folder / MARKED / "LC_MESSAGES" / "django.mo"))
    return folder


@pytest.fixture
def marked_site(settings, marked_messages) -> None:
    """Let the site speak the marked language too."""
    settings.LANGUAGES = [*settings.LANGUAGES, (MARKED, "Dansk")]
    settings.LOCALE_PATHS = [str(marked_messages)]


@pytest.fixture
def house(db, settings, tmp_path, marked_site) -> dict:
    """Return paths and sessions of a site with every page in every state, whose people all speak the marked language."""
    site_cache.clear()
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "media", tmp_path / "var"
    settings.VAR_DIR.mkdir()
    states = make_states()
    speak_marked()
    return states


def speak_marked() -> None:
    """Let everybody in the database have chosen the marked language."""
    for model in (Guest, User, Meetup):
        model.objects.update(language=MARKED)


def texts_on_shelf() -> set[str]:
    """Return every text of the kits that ship with the software, in all their languages."""
    return {text for file in (ROOT / "kits").glob("*.toml") for text in texts_in(tomllib.loads(file.read_text()))}


def texts_in(value: object) -> Iterator[str]:
    """Return every text in what a TOML file holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


def typed_by_people(*more: str) -> re.Pattern[str]:
    """Return a pattern of every free text in the database, and of `more`, whole and line by line."""
    texts = set(more)
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, models.CharField | models.TextField)]
        for field in fields:
            if not field.choices:
                texts |= set(filter(None, model._base_manager.values_list(field.attname, flat=True)))
    parts = {part.strip() for text in texts for part in [text, *re.split(r"[\n,]", text)]}
    typed = sorted({part for part in parts if len(part) > 1}, key=len, reverse=True)
    # Lines of letters are folded.
    patterns = [r"\s+".join(map(re.escape, part.split())) for part in typed]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.I)


def outside(text: str) -> str:
    """Return what stands outside of all marks."""
    depth, left = 0, []
    for char in text:
        depth += (char == BEGIN) - (char == END)
        if depth == 0:
            left.append(" " if char == END else char)
    return "".join(left)


def unmarked(html: str, typed: tuple[re.Pattern[str], ...]) -> set[str]:
    """Return the words of a page, also those that are only said aloud, that are neither marked nor typed by somebody."""
    page = parser.document_fromstring(html)
    for element in page.xpath(OF_NOBODY):
        element.drop_tree()
    spoken = [value for name in SAID_ALOUD for value in page.xpath(f"//@{name}")]
    spoken += page.xpath("//meta[@property='og:title' or @property='og:description' or @property='og:image:alt']/@content")
    # A message may begin in one element and end in another, so the marks of the page are read from top to bottom.
    pieces = [piece for text in [PART.join(page.itertext()), *spoken] for piece in outside(text).split(PART)]
    return {word for piece in pieces if WORD.search(piece) for word in untyped(piece, typed) if word not in NAMES}


@cache
def untyped(piece: str, typed: tuple[re.Pattern[str], ...]) -> list[str]:
    """Return the words of a piece of text that are not part of what somebody typed. Pieces are the same on many pages."""
    for pattern in (ADDRESS, *typed):
        piece = pattern.sub(" ", piece)
    return WORD.findall(piece)


def pages(house: dict) -> Iterator[tuple[str, str]]:
    """Return what was visited, and the page: each as it opens, and as it answers to an empty form."""
    for who, place, act in [*visits.PUBLIC, *visits.GUESTS, *visits.HOSTS, *visits.OTHERS]:
        if act not in (None, visits.press) or "long" in place or "lang=" in place:
            continue
        client = Client(headers={"Accept-Language": MARKED})
        if who:
            client.cookies["sessionid"] = house["sessions"][who]
        name, _space, rest = place.partition(" ")
        url = place if place.startswith("/") else house["paths"][name] + rest
        response = client.get(url, follow=True)
        if act is visits.press and response.status_code == 200:
            url = response.redirect_chain[-1][0] if response.redirect_chain else url
            response = press(client, url, response.content.decode())
        if response is not None and response.get("Content-Type", "").startswith("text/html"):
            yield f"{who} {place}{' pressed' if act else ''}", response.content.decode()


def press(client: Client, url: str, html: str):
    """Submit the first form that has a main button, as it is."""
    page = parser.document_fromstring(html)
    button = next(iter(page.xpath("//main//form//button[@class='button' or @class='button-danger']")), None)
    if button is None:
        return None
    form = next(button.iterancestors("form"))
    sent = dict(form.form_values()) | ({button.get("name"): button.get("value")} if button.get("name") else {})
    target = urljoin(url, form.get("action") or "")
    send = client.post if form.get("method") == "post" else client.get
    return send(target, {name: value or "" for name, value in sent.items()}, follow=True)


def test_no_english_word_of_ours_stands_on_a_page_in_another_language(house):
    found: dict[str, list[str]] = {}
    # Some addresses choose what is shown by a word that no evening has.
    num_pages, typed = 0, (typed_by_people(*texts_on_shelf(), "nowhere"),)
    for name, html in pages(house):
        num_pages += 1
        assert f'lang="{MARKED}"' in html, name
        if name.endswith("pressed") and unmarked(html, typed):
            # What was pressed may have written something.
            typed = (typed[0], typed_by_people())
        for word in unmarked(html, typed):
            found.setdefault(word, []).append(name)

    assert {word: names[:3] for word, names in found.items()} == {}
    assert num_pages > 150


@pytest.mark.parametrize("name", VARIANTS)
def test_no_english_word_of_ours_stands_in_a_letter_in_another_language(db, marked_site, moved_clock, name):
    kind, rsvp, context = VARIANTS[name]
    moved_clock(to=read_at(name))
    meetup = make_evening(cancel_word="The boiler is broken, and so am I." if kind == "canceled" else "")
    make_table(meetup)
    delivery = make_letter(kind, meetup=meetup, rsvp=rsvp, context=context)
    speak_marked()

    letter = build_message(Delivery.objects.get(pk=delivery.pk))

    html = next(part for part, type_ in letter.alternatives if type_ == "text/html")
    text = f"<p>{escape(letter.subject)}</p><p>{escape(letter.body)}</p>"
    typed = (typed_by_people(*filter(None, map(str, delivery.context.values())), *texts_in(delivery.context)),)
    assert (BEGIN in letter.subject or kind in SUBJECT_IS_TYPED) and f'lang="{MARKED}"' in html
    assert unmarked(html, typed) | unmarked(text, typed) == set()


def test_no_word_is_hidden_in_an_f_string_from_the_program_that_collects_them():
    hidden = []
    for folder in ("config", "hosts", "meetups"):
        for file in (ROOT / folder).rglob("*.py"):
            strings = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.JoinedStr)]
            calls = [node for string in strings for node in ast.walk(string) if isinstance(node, ast.Call)]
            names = [(getattr(call.func, "id", getattr(call.func, "attr", "")), call.lineno) for call in calls]
            hidden += [f"{file.relative_to(ROOT)}:{line}" for name, line in names if name in CALLS]

    assert hidden == []
