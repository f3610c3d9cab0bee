"""What is taken back is gone everywhere at once: page, picture, photo, feeds, oEmbed, card, book, report, and others' copies.

Each channel is asked as a cache asks, with the ETag of its copy. The same table of channels says how long a copy may be used.
"""

import re
from dataclasses import dataclass

import pytest
from django.core.cache import cache

from meetups.access.public_url import full_url
from meetups.models import Contribution, Recap
from meetups.public.book_findings import make_sense
from meetups.public.freeze_book_report import freeze_sense
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.recaps.services.recap import edit_recap, take_down_recap
from tests.browser.page_states import add_photo
from tests.factories import (
    make_book,
    make_campaign,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_kit,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."
HOST_LINE = "Nobody changes a city alone."
SLUG = "transforming-power-k3x9"


@dataclass(frozen=True)
class Channel:
    """One way by which a recap reaches others: its path, what of it stands there, and what is answered when it is taken down."""

    path: str
    words: tuple[str, ...] = (SENTENCE, HOST_LINE)
    # What answers when the recap is taken down: 200 where others stand beside it.
    gone: int = 404


CHANNELS = {
    "page": Channel(f"/recaps/{SLUG}/", gone=410),
    "picture": Channel(f"/recaps/{SLUG}/card.png", words=()),
    "atom": Channel("/feed.atom", gone=200),
    "json feed": Channel("/feed.json", gone=200),
    "feed of the book": Channel("/books/transforming-power/feed.atom", gone=200),
    "feed of the campaign": Channel("/c/read-together/feed.json", gone=200),
    "feed of the town": Channel("/find/feed.atom?town=Leeds", gone=200),
    "card in a frame": Channel(f"/recaps/{SLUG}/embed/", words=(SENTENCE,)),
    "oembed json": Channel(f"/oembed/?url={{own}}/recaps/{SLUG}/", words=()),
    "oembed xml": Channel(f"/oembed/?format=xml&url={{own}}/recaps/{SLUG}/", words=()),
    "book": Channel("/books/transforming-power/", words=(HOST_LINE,), gone=200),
    "report": Channel("{report}", words=(HOST_LINE,), gone=200),
    "sitemap": Channel("/sitemap.xml", words=(), gone=200),
    # The last one: a file that is closed inside of a test takes the connection to PostgreSQL along.
    "photo": Channel("{photo}", words=()),
}


@pytest.fixture
def told(settings, tmp_path) -> dict[str, str]:
    """A recap with four voices and a photo among five tables of a book; return the path of each channel."""
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    book = make_book("Transforming Power", slug="transforming-power")
    campaign = make_campaign(slug="read-together")
    meetup = make_held_meetup(
        make_user("ana@example.org", shown_name="Ana"), kit=make_kit(book=book), campaign=campaign, town_name="Leeds"
    )
    make_recap(meetup, slug=SLUG, question="Where does it begin?", agree=f"{HOST_LINE}\nSoup helps.")
    said = [SENTENCE, "Somebody has to ask first.", "We began with the street.", "The bread was good."]
    left = [make_contribution(make_guest(meetup, rsvp="yes"), words, position=place) for place, words in enumerate(said, start=1)]
    photo = add_photo(left[0])
    for number in range(4):
        other = make_held_meetup(kit=make_kit(book=book))
        make_recap(other, question=f"Another question {number}?", agree=f"Another line{number} of table{number}.")
    recaps = list(Recap.objects.public().with_meetup())
    assert make_sense(recaps)
    report = freeze_sense(book, recaps=recaps, by=make_user())
    make_meetup(kit=make_kit(book=book), visibility="listed")
    parts = {"photo": photo.get_absolute_url(), "report": report.get_absolute_url(), "own": full_url("")}
    return {name: channel.path.format(**parts) for name, channel in CHANNELS.items()}


def body_of(response) -> str:
    return (b"".join(response) if response.streaming else response.content).decode(errors="replace")


def look(client, paths: dict[str, str]) -> dict[str, tuple]:
    """Return the words and the ETag of each channel."""
    found = {}
    for name, path in paths.items():
        response = client.get(path)
        assert response.status_code == 200, name
        found[name] = body_of(response), response["ETag"]
    return found


def ask_again(client, paths: dict[str, str], cached: dict[str, tuple]) -> dict[str, tuple[int, str]]:
    """Ask each channel with the ETag of a cached copy; return status and words, those of the copy where it is still valid."""
    answers = {}
    for name, path in paths.items():
        response = client.get(path, headers={"If-None-Match": cached[name][1]})
        answers[name] = (response.status_code, cached[name][0] if response.status_code == 304 else body_of(response))
    return answers


def test_everything_stands_in_its_channels_and_a_copy_is_right_while_nothing_changes(client, told):
    cached = look(client, told)

    for name, channel in CHANNELS.items():
        assert all(words in cached[name][0] for words in channel.words), name
    assert {name: status for name, (status, _) in ask_again(client, told, cached).items() if status != 304} == {}


def test_nobody_may_keep_a_copy_for_longer_than_a_minute_without_asking(client, told):
    for name, path in told.items():
        rule = client.get(path)["Cache-Control"]
        age = re.search(r"max-age=(\d+)", rule)

        assert "no-cache" in rule or (age and int(age[1]) <= 60), name
        assert "Last-Modified" not in client.get(path), name


def test_a_sentence_that_is_taken_back_is_gone_from_every_channel_and_every_copy(client, told):
    cached = look(client, told)

    withdraw_contribution(Contribution.objects.get(sentence=SENTENCE))

    answers = ask_again(client, told, cached)
    assert [name for name, (_, words) in answers.items() if SENTENCE in words] == []
    assert answers["photo"][0] == 404
    # The picture showed that sentence.
    assert answers["picture"][0] == 200
    assert {name for name, (status, _) in answers.items() if status >= 500} == set()
    assert all(HOST_LINE in answers[name][1] for name, channel in CHANNELS.items() if HOST_LINE in channel.words)


def test_a_line_the_host_takes_back_is_gone_from_every_channel_and_every_copy(client, told):
    cached = look(client, told)

    edit_recap(Recap.objects.get(slug=SLUG), agree="Soup helps.")

    answers = ask_again(client, told, cached)
    assert [name for name, (_, words) in answers.items() if HOST_LINE in words] == []
    assert "Soup helps." in answers["book"][1] and "Soup helps." in answers["report"][1]


def test_a_recap_that_is_taken_down_is_gone_from_every_channel_and_every_copy(client, told):
    cached = look(client, told)

    take_down_recap(Recap.objects.get(slug=SLUG))

    answers = ask_again(client, told, cached)
    assert {name: status for name, (status, _) in answers.items()} == {name: channel.gone for name, channel in CHANNELS.items()}
    leaks = (SENTENCE, HOST_LINE, "Where does it begin?", "Soup helps.", SLUG)
    told_of = {name: [words for words in leaks if words in body] for name, (_, body) in answers.items()}
    # A page may name the address it was asked for.
    assert {name: words for name, words in told_of.items() if words and (words != [SLUG] or SLUG not in told[name])} == {}
