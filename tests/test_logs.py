"""What the logs may hold: one line each, no whole token, no address (R71, R99)."""

import logging
import re
import sys

import pytest

import meetups.urls
from config.logs import OneLineFormatter, clean

TOKEN = "Zm9vYmFyYmF6cXV4cXV1eGZvb2JhcmJhenF1eC1fXw"


def line(message: str, *arguments, **extra) -> str:
    """Return what the log would hold for a message."""
    record = logging.LogRecord("longtable.access", logging.INFO, __file__, 1, message, arguments, extra.get("exc_info"))
    record.created, record.msecs = 0.0, 7.0
    return OneLineFormatter().format(record)


@pytest.mark.parametrize("purpose", ["r", "u", "w"])
@pytest.mark.parametrize("rest", ["", "/", "/calendar.ics", "?rsvp=yes"])
def test_token_of_a_link_is_cut_after_six_characters(purpose, rest):
    assert line("GET %s 200", f"/{purpose}/{TOKEN}{rest}") == (
        f"1970-01-01T00:00:00.007Z INFO longtable.access GET /{purpose}/Zm9vYm…{rest} 200"
    )


SECRETS = [
    str(page.pattern)
    for page in meetups.urls.urlpatterns
    if "<str:token>" in str(page.pattern) or "<str:secret>" in str(page.pattern)
]


@pytest.mark.parametrize("page", SECRETS)
def test_no_page_behind_a_token_is_logged_with_it(page):
    path = "/" + re.sub(
        r"<\w+:\w+>", lambda placeholder: TOKEN if placeholder[0] in ("<str:token>", "<str:secret>") else "7", page
    )

    assert TOKEN in path
    assert TOKEN[:7] not in clean(f"GET {path} 200")


def test_a_token_somewhere_else_in_an_address_is_cut_too():
    assert clean(f"GET /new/door/{TOKEN}/x?next=/also/{TOKEN}&t={TOKEN} 200") == (
        "GET /new/door/Zm9vYm…/x?next=/also/Zm9vYm…&t=Zm9vYm… 200"
    )


def test_token_of_a_whole_address_is_cut_too():
    assert TOKEN not in clean(f"see https://example.org/r/{TOKEN}/ and http://localhost:8000/u/{TOKEN}")


def test_address_of_a_person_is_taken_out():
    assert clean("to ana.li+table@example.org: 550 no") == "to <address>: 550 no"


@pytest.mark.parametrize("written", ["ana%40example.org", "Ana@EXAMPLE.ORG", "o'ana@mail.example.co.uk", "jörg@münchen.example"])
def test_address_in_another_writing_is_taken_out_too(written):
    assert clean(f"to {written}, refused") == "to <address>, refused"


def test_newline_in_a_message_cannot_forge_a_second_line():
    forged = line("GET %s 404", "/x\r\n1970-01-01T00:00:00.000Z INFO django.security all is well\u2028really")

    assert len(forged.splitlines()) == 1


def test_traceback_stays_on_the_line_without_token_or_address():
    try:
        raise ValueError(f"/r/{TOKEN} of ana@example.org")
    except ValueError:
        shown = line("failed", exc_info=sys.exc_info())

    assert len(shown.splitlines()) == 1
    assert "ValueError: /r/Zm9vYm… of <address>" in shown
    assert TOKEN not in shown


def test_time_is_given_in_utc():
    assert line("hello") == "1970-01-01T00:00:00.007Z INFO longtable.access hello"
