"""A guest's pages without their style sheet, as in a text browser."""

import re
from html import unescape

import pytest

from tests.factories import make_dish, make_full_evening, make_guest, make_meetup
from tests.guests.views.reading import link, page

pytestmark = pytest.mark.django_db
BLOCKS = "p h1 h2 h3 ul ol li dl dt dd div section article header form fieldset legend figure figcaption details summary label br"
ON_A_LINE = re.compile(rf"</?(?:{BLOCKS.replace(' ', '|')})\b[^>]*>")


def lines_of(html: str) -> list[str]:
    """Return the lines of text, where only block elements and breaks begin a new line."""
    text = unescape(re.sub(r"<[^>]+>", "", ON_A_LINE.sub("\n", html.partition("<main")[2].replace("\n", " "))))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def test_each_answer_stands_on_a_line_of_its_own(client):
    lines = lines_of(page(client, link(make_guest(make_meetup()))))

    assert {"Yes, I will come", "Maybe", "No, I can't", "Not this time, but ask me again"} <= set(lines)


def test_drawings_say_in_words_what_they_show(client):
    lines = lines_of(page(client, link(make_full_evening())))

    assert "12 of 12 seats taken" in lines
    assert "Transforming Power Judy Rebick" in lines
    assert "You bring: Plum cake (a dessert), for 6" in lines


@pytest.mark.parametrize("below", ["", "/table", "/confirm", "/not-me"])
@pytest.mark.parametrize("rsvp", ["invited", "yes", "maybe", "waiting"])
def test_headings_begin_at_the_first_level_and_leave_none_out(client, rsvp, below):
    meetup = make_meetup(word="Come hungry.")
    make_dish(meetup)
    make_dish(meetup, guest=make_guest(meetup, rsvp="yes"))

    levels = [int(level) for level in re.findall(r"<h(\d)", page(client, link(make_guest(meetup, rsvp=rsvp)) + below))]

    assert levels[0] == 1
    assert [(one, two) for one, two in zip(levels, levels[1:], strict=False) if two > one + 1] == []
