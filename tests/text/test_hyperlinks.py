"""Web addresses in a host's words, as links."""

import time

import pytest

from meetups.text.hyperlinks import link_addresses
from tests.hostile import HOSTILE

REL = 'rel="nofollow noopener noreferrer"'


@pytest.mark.parametrize(
    ("typed", "url", "shown"),
    [
        ("Read https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2", "https://example.org/a?b=1&amp;c=2"),
        ("(see http://example.org/x_(y))", "http://example.org/x_(y)", "http://example.org/x_(y)"),
        ("www.example.de, page 3", "https://www.example.de", "www.example.de"),
        ("the film: vimeo.com/76979871!", "https://vimeo.com/76979871", "vimeo.com/76979871"),
        ("Lies https://bücher.example.de/größe vorher", "https://bücher.example.de/größe", "https://bücher.example.de/größe"),
        ("<https://example.org/>", "https://example.org/", "https://example.org/"),
    ],
)
def test_an_address_is_a_link_that_shows_what_was_typed(typed, url, shown):
    assert f'<a href="{url}" {REL}>{shown}</a>' in link_addresses(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Bring soup.It is cold, at 7.30 p.m. or 8.15",
        "javascript:alert(1) data:text/html,x mailto:ana@example.org ana@example.org ftp://example.org/x //example.org",
        "Nothing to see",
        "",
    ],
)
def test_what_is_no_web_address_stays_text(typed):
    assert link_addresses(typed) == typed


@pytest.mark.parametrize("script", HOSTILE)
def test_a_script_is_never_more_than_text(script):
    html = link_addresses(f"{script} https://example.org/{script}").replace(f" {REL}", "")

    inside = html.split('<a href="')
    assert all("<" not in part.partition('">')[0] and "'" not in part.partition('">')[0] for part in inside[1:])
    assert "<" not in html.replace('<a href="', "").replace("</a>", "")


def test_a_long_text_of_dots_and_slashes_takes_no_time():
    started = time.process_time()

    link_addresses("http://" + "a." * 2000 + "/(" * 2000)
    link_addresses("www." * 4000)

    assert time.process_time() - started < 5
