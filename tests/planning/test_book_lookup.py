"""A book is looked up at a real server of this machine that answers like Open Library, or badly; and nowhere by default."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

from meetups.exceptions import MeetupError
from meetups.models import Meetup
from meetups.planning import book_lookup
from meetups.planning.book_lookup import FoundBook, look_up
from tests.factories import make_draft
from tests.planning.host_pages import typed

OVE = {"docs": [{"title": "A Man Called Ove", "author_name": ["Fredrik Backman"]}]}
ISBN = "9781476738024"


@dataclass
class Library:
    """What the server answers, and what it was asked."""

    url: str = ""
    answer: object = None
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    heard: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def library(settings) -> Iterator[Library]:
    library = Library(answer=OVE)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            library.asked.append({"path": urlsplit(self.path).path, **parse_qs(urlsplit(self.path).query)})
            library.heard.append(dict(self.headers))
            body = library.body or json.dumps(library.answer).encode()
            self.send_response(library.status)
            for name, value in library.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for byte in body if library.pause else [body]:
                    self.wfile.write(bytes([byte]) if library.pause else byte)
                    self.wfile.flush()
                    time.sleep(library.pause)
            except OSError:
                # Whoever asked has gone.
                return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    library.url = f"http://127.0.0.1:{server.server_port}"
    settings.BOOK_LOOKUP_URL, settings.BOOK_LOOKUP_IS_LOCAL = library.url, True
    cache.clear()
    yield library
    server.shutdown()
    server.server_close()


def refusal(**asked: str) -> str:
    with pytest.raises(MeetupError) as raised:
        look_up(**asked)
    return str(raised.value)


def test_it_is_off_by_default():
    assert django_settings.BOOK_LOOKUP_URL == ""
    assert "not looked up on this site" in refusal(isbn=ISBN)


def test_a_book_is_found_by_its_isbn_and_asked_for_once(library):
    assert look_up(isbn=ISBN, title="Never mind") == FoundBook("A Man Called Ove", "Fredrik Backman")
    assert look_up(isbn=ISBN) == FoundBook("A Man Called Ove", "Fredrik Backman")

    assert library.asked == [{"path": "/search.json", "isbn": [ISBN], "fields": ["title,author_name"], "limit": ["1"]}]
    assert {"Cookie", "Referer", "Authorization"}.isdisjoint(library.heard[0])


def test_a_book_is_found_by_title_and_author(library):
    look_up(title="a man called ove & co", author="Backman")

    assert (library.asked[0]["title"], library.asked[0]["author"]) == (["a man called ove & co"], ["Backman"])


def test_nothing_typed_asks_nobody(library):
    assert look_up(author="Backman") is None
    assert library.asked == []


def test_a_book_that_is_not_known_is_none_and_asked_for_once(library):
    library.answer = {"docs": []}

    assert [look_up(isbn=ISBN), look_up(isbn=ISBN)] == [None, None]
    assert len(library.asked) == 1


def test_many_authors_are_three_and_text_is_cleaned(library):
    library.answer = {"docs": [{"title": " Two\x00\n lines\u202e ", "author_name": ["A", "B", "C", "D"]}]}

    assert look_up(isbn=ISBN) == FoundBook("Two lines", "A, B, C")


def test_a_title_that_is_a_web_address_is_no_book(library):
    library.answer = {"docs": [{"title": "Buy at www.example.com", "author_name": []}]}

    assert look_up(isbn=ISBN) is None


ODD = [[], {"docs": {}}, {"docs": [7]}, {"docs": [{}]}, {"docs": [{"title": 7}]}, {"docs": [{"title": "A", "author_name": "B"}]}]


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_no_answer(library, answer):
    library.answer = answer

    assert "does not answer at the moment" in refusal(isbn=ISBN)


@pytest.mark.parametrize("status", [301, 302, 307, 404, 429, 500])
def test_no_redirect_is_followed_and_an_error_is_no_answer(library, status):
    library.status, library.headers = status, {"Location": f"{library.url}/elsewhere"}

    assert "does not answer" in refusal(isbn=ISBN)
    assert [one["path"] for one in library.asked] == ["/search.json"]


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b'{"docs": [', b"[" * 100_000])
def test_what_is_no_json_is_no_answer(library, body):
    library.body = body

    assert "does not answer" in refusal(isbn=ISBN)


def test_an_answer_that_is_too_long_is_not_read_to_its_end(library):
    library.body = json.dumps({"docs": [{"title": "A" * 5_000_000}]}).encode()

    assert "does not answer" in refusal(isbn=ISBN)


def test_an_answer_that_drips_is_given_up(library, monkeypatch):
    monkeypatch.setattr(book_lookup, "SECONDS", 0.5)
    library.pause = 0.05
    begun = time.monotonic()

    assert "does not answer" in refusal(isbn=ISBN)
    # Without a limit it would take more than three seconds.
    assert len(json.dumps(OVE)) * library.pause > 3
    assert time.monotonic() - begun < 3


def test_a_failure_is_remembered_for_a_minute_only(library):
    library.status = 500
    refusal(isbn=ISBN)
    library.status = 200

    refusal(isbn=ISBN)
    cache.clear()
    assert look_up(isbn=ISBN) is not None
    assert (book_lookup.FAILED_FOR, book_lookup.FOUND_FOR) == (60, 86_400)


def test_a_host_in_a_private_network_is_never_asked(library, settings):
    settings.BOOK_LOOKUP_IS_LOCAL = False

    assert "does not answer" in refusal(isbn=ISBN)
    assert library.asked == []


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0"])
def test_private_addresses_are_refused_before_anything_is_sent(settings, host):
    cache.clear()
    settings.BOOK_LOOKUP_URL, settings.BOOK_LOOKUP_IS_LOCAL = f"https://{host}", False

    assert "does not answer" in refusal(isbn=ISBN)


def test_a_server_that_is_away_is_no_answer(settings):
    cache.clear()
    settings.BOOK_LOOKUP_URL, settings.BOOK_LOOKUP_IS_LOCAL = "http://127.0.0.1:9", True

    assert "does not answer" in refusal(isbn=ISBN)


# On the page ----------------------------------------------------------------------------------------------------------


def shown(answer) -> dict:
    form = answer.context["form"]
    return {name: "" if form[name].value() is None else form[name].value() for name in form.fields}


@pytest.mark.django_db
def test_the_button_is_there_only_where_the_operator_allows_it(door, settings):
    assert "Look the book up" not in door.get("/host/new/all/", follow=True).content.decode()
    settings.BOOK_LOOKUP_URL = "https://books.example.org"
    assert "Look the book up" in door.get("/host/new/all/", follow=True).content.decode()


@pytest.mark.django_db
def test_a_book_that_is_looked_up_fills_what_is_empty_and_loses_nothing(door, library):
    words = typed(title="", book_title="", book_author="", isbn="978-1-4767-3802-4", then="book")
    answer = door.post("/host/new/all/", words)

    fields = shown(answer)
    assert (fields["book_title"], fields["book_author"]) == ("A Man Called Ove", "Fredrik Backman")
    assert (fields["title"], fields["meal"], fields["street"], fields["date"]) == ("", "Soup", "12 Elm Street", words["date"])
    assert "Found: A Man Called Ove, Fredrik Backman. Nothing is saved yet." in answer.content.decode()
    assert not Meetup.objects.exists()


@pytest.mark.django_db
def test_what_was_typed_about_the_book_stays(door, library):
    fields = shown(door.post("/host/new/all/", typed(book_title="Ove", book_author="", then="book")))

    assert (fields["book_title"], fields["book_author"]) == ("Ove", "Fredrik Backman")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"isbn": "9781476738025"}, "This is not an ISBN"),
        ({"isbn": "", "book_title": ""}, "No such book was found"),
    ],
)
def test_the_page_says_why_nothing_was_found(door, library, change, says):
    answer = door.post("/host/new/all/", typed(then="book", **change))

    assert says in answer.content.decode()
    assert shown(answer)["street"] == "12 Elm Street"
    assert library.asked == []


@pytest.mark.django_db
def test_a_list_that_does_not_answer_loses_nothing(door, library):
    library.status = 503
    answer = door.post("/host/new/all/", typed(then="book", isbn=ISBN))

    assert "The list of books does not answer at the moment." in answer.content.decode()
    assert shown(answer)["book_title"] == "Transforming Power"


@pytest.mark.django_db
def test_a_drafts_page_looks_books_up_too(door, host, library):
    meetup = make_draft(host)
    answer = door.post(f"/host/{meetup.code}/edit/all/", typed(then="book", book_title="", book_author="", isbn=ISBN))

    assert shown(answer)["book_title"] == "A Man Called Ove"


@pytest.mark.django_db
def test_where_it_is_off_the_button_of_an_old_page_asks_nobody_and_loses_nothing(door, library, settings):
    settings.BOOK_LOOKUP_URL = ""
    answer = door.post("/host/new/all/", typed(then="book", isbn=ISBN))

    assert (shown(answer)["street"], library.asked) == ("12 Elm Street", [])


@pytest.mark.django_db
def test_there_is_an_end_to_looking_up(door, library, monkeypatch):
    monkeypatch.setattr("meetups.planning.views.fill.LOOKUPS_AN_HOUR", 2)
    pages = [door.post("/host/new/all/", typed(then="book", isbn=ISBN)).content.decode() for _time in range(3)]

    assert ["Those were many books" in page for page in pages] == [False, False, True]
