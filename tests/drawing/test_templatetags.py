"""The table, the cover, the bar, and a meetup's moment in words."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils import translation

from meetups.drawing.book_cover import TEXT_WIDTH, TITLE_ROOM, draw_cover, text_width
from meetups.drawing.emblems import EMBLEMS
from meetups.drawing.table import draw_table
from meetups.times import clock


def render(source: str, **context) -> str:
    return Template("{% load meetups %}" + source).render(Context(context))


def make_meetup(starts_at=datetime(2026, 12, 16, 2, 0, tzinfo=UTC), zone="America/Vancouver"):
    return SimpleNamespace(starts_at=starts_at, ends_at=starts_at and starts_at + timedelta(hours=3), zone=zone, seats=10)


@pytest.fixture
def at(monkeypatch):
    def set_clock(*moment):
        monkeypatch.setattr(clock, "now", lambda: datetime(*moment, tzinfo=UTC))

    return set_clock


def test_table_says_its_seats_beside_the_picture():
    html = render("{% table seats=10 taken=7 waiting=2 %}")

    assert "<figcaption>7 of 10 seats taken, 2 waiting</figcaption>" in html
    assert 'aria-hidden="true"' in html


def test_table_without_counted_seats_says_how_many_come():
    html = render("{% table seats=None taken=7 %}")

    assert "<figcaption>7 are coming</figcaption>" in html


def test_table_without_anybody_waiting_does_not_mention_it():
    html = render("{% table seats=1 taken=0 %}")

    assert "<figcaption>0 of 1 seat taken</figcaption>" in html


def test_table_is_well_formed_and_without_inline_style():
    html = render("{% table seats=12 taken=5 waiting=3 %}")

    ElementTree.fromstring(html)  # noqa: S314 - our own markup
    assert "style=" not in html
    assert len(html) < 3000


@pytest.mark.parametrize(("seats", "taken"), [(1, 0), (2, 1), (5, 5), (6, 3), (10, 7), (13, 13), (40, 39)])
def test_drawing_has_one_chair_for_each_seat_and_fills_as_many_as_are_taken(seats, taken):
    drawing = draw_table(seats, taken)

    assert len(drawing.chairs) == seats
    assert sum(chair.is_taken for chair in drawing.chairs) == taken


@pytest.mark.parametrize(("seats", "taken", "shown"), [(200, 0, 0), (200, 1, 1), (200, 100, 20), (200, 199, 39), (200, 200, 40)])
def test_drawing_of_hundreds_keeps_the_proportion_and_is_full_only_when_it_is(seats, taken, shown):
    drawing = draw_table(seats, taken)

    assert len(drawing.chairs) == 40
    assert sum(chair.is_taken for chair in drawing.chairs) == shown


def test_drawing_stays_inside_its_size():
    drawing = draw_table(11, 4, 20)

    boxes = [box for chair in drawing.chairs for box in (chair.seat, chair.back)] + list(drawing.waiting)
    assert len(drawing.waiting) == 6
    assert all(x >= 0 and y >= 0 and x + w <= drawing.width and y + h <= drawing.height for x, y, w, h in boxes)


def test_drawing_of_a_table_with_more_guests_than_seats_is_full():
    drawing = draw_table(4, 6)

    assert [chair.is_taken for chair in drawing.chairs] == [True] * 4


def test_cover_names_the_book_for_those_who_do_not_see_it():
    book = SimpleNamespace(title="Transforming Power", author="Judy Rebick")

    html = render("{% cover book %}", book=book)

    assert 'role="img" aria-label="Cover: Transforming Power, by Judy Rebick"' in html
    assert "style=" not in html


def test_cover_escapes_what_a_title_contains():
    book = SimpleNamespace(title='<script>alert("1")</script> & co', author='"><b>')

    html = render("{% cover book %}", book=book)

    assert "<script" not in html
    assert "<b>" not in html
    ElementTree.fromstring(html)  # noqa: S314 - our own markup


def test_cover_without_a_book_uses_the_title_it_is_given():
    html = render("{% cover None 'Soup night' %}")

    assert 'aria-label="Cover: Soup night"' in html


def test_cover_writes_numbers_with_a_point_in_every_language():
    with translation.override("fr"):
        html = render("{% cover book %}", book=SimpleNamespace(title="La vie devant soi", author="É. A."))

    assert re.findall(r'(?:y|x|font-size)="[^"]*,[^"]*"', html) == []


@pytest.mark.parametrize(
    "title", ["A", "Transforming Power", "Emergence and " * 20, "Donaudampfschifffahrtsgesellschaft" * 3, "変革の力" * 12]
)
def test_cover_fits_any_title(title):
    drawing = draw_cover(title, "Somebody With a Very Long Name Indeed, and Another One Beside Her")

    assert all(text_width(line.text, line.size) <= TEXT_WIDTH + line.size for line in drawing.title)
    assert len(drawing.title) * drawing.title[0].size <= TITLE_ROOM
    assert drawing.rule_y < drawing.author[0].y - 8


def test_cover_is_the_same_every_time_and_not_the_same_for_every_book():
    covers = {draw_cover(title).cloth for title in ["A", "B", "C", "D", "E", "F", "G", "H"]}

    assert draw_cover("A", "B") == draw_cover("A", "B")
    assert len(covers) > 2


def test_bar_stays_between_nothing_and_all():
    html = render("{% bar 3 4 %}{% bar 9 4 %}{% bar 1 0 %}")

    assert re.findall(r'bar-fill" width="(\d+)"', html) == ["75", "100", "0"]


def test_moment_is_said_with_weekday_date_time_and_place():
    html = render("{{ meetup|moment }}", meetup=make_meetup())

    assert html == '<time datetime="2026-12-15T19:00:00-07:00">Tuesday 15 December 2026, 7:00 p.m., Vancouver time</time>'


def test_moment_of_a_draft_without_a_time_is_nothing():
    html = render("{{ meetup|moment }}{{ meetup|day_large }}{{ meetup|in_words }}", meetup=make_meetup(starts_at=None))

    assert html == ""


def test_day_large_leaves_out_the_present_year(at):
    at(2026, 11, 1)

    html = render("{{ meetup|day_large }}", meetup=make_meetup())

    assert html == '<time datetime="2026-12-15T19:00:00-07:00">Tuesday 15 December</time>'


def test_day_large_names_another_year(at):
    at(2025, 11, 1)

    html = render("{{ meetup|day_large }}", meetup=make_meetup())

    assert "Tuesday 15 December 2026" in html


def test_in_words_goes_by_the_calendar_on_the_meetups_wall(at):
    at(2026, 12, 15, 6, 30)

    # In Vancouver it is still the evening of the 14th, and the meetup is on the 15th.
    assert render("{{ meetup|in_words }}", meetup=make_meetup()) == "tomorrow"


def test_a_book_of_the_shelf_has_its_emblem_and_any_other_has_none():
    of_shelf, other = (SimpleNamespace(title=title, author="Fredrik Backman") for title in ("A Man Called Ove", "Another Man"))

    assert [EMBLEMS["door"] in render("{% cover book %}", book=book) for book in (of_shelf, other)] == [True, False]


def test_shortened_keeps_emoji_whole_and_is_escaped():
    assert render("{{ text|shortened:8 }}", text="ab 👩🏽‍🍳 soup") == "ab 👩🏽‍🍳…"
    assert render("{{ text|shortened:30 }}", text='a "word"\n&') == "a &quot;word&quot; &amp;"
