"""The page of the reproduction number, as organizers read it."""

import html
import re
from datetime import timedelta

import pytest

from meetups.campaigns.descent import count_descents
from meetups.campaigns.family import MOST_DRAWN
from meetups.models import Descent, DescentMonth
from meetups.times import clock
from tests.factories import STREET, make_guest, make_held_meetup, make_host

pytestmark = pytest.mark.django_db
PAGE = "/c/read/dashboard/generations/"


def words_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def count(campaign, *, months_ago: int = 4, **sums) -> DescentMonth:
    day = (clock.now() - timedelta(days=31 * months_ago)).date().replace(day=1)
    names = ("num_held", "num_guests", "num_asked", "num_could", "num_dated", "num_held_on", "num_next", "num_days")
    fields = dict.fromkeys(names, 0) | sums
    return DescentMonth.objects.create(campaign=campaign, month=day, counted_at=clock.now(), **fields)


def family_of(campaign, num_children: int, *, outside: int = 0) -> None:
    parent = make_held_meetup(campaign=campaign, title="The first soup", in_days=-30)
    for number in range(num_children + outside):
        within = {"campaign": campaign} if number < num_children else {}
        child = make_held_meetup(title=f"Soup number {number}", in_days=-10, **within)
        Descent.objects.create(child=child, parent=parent, evidence="said", num_days=20)


def test_before_anything_was_held_the_page_says_so(client, campaign):
    assert "Nothing to count yet" in words_of(client.get(PAGE))


def test_below_twenty_evenings_there_are_counts_and_no_number(client, campaign):
    count(campaign, num_held=19, num_guests=150, num_asked=100, num_could=10, num_next=19, num_days=190)

    words = words_of(client.get(PAGE))

    assert "19 evenings were held" in words
    assert "New hosts for each evening held" not in words
    assert "1.00" not in words


def test_from_twenty_on_it_says_the_number_its_interval_and_the_pace(client, campaign):
    count(
        campaign,
        num_held=40,
        num_guests=320,
        num_asked=300,
        num_could=80,
        num_dated=70,
        num_held_on=55,
        num_next=60,
        num_days=1200,
    )

    words = words_of(client.get(PAGE))

    assert "New hosts for each evening held 1.50 95% sure that it is between 1.14–1.93" in words
    assert "Days until the next evening 20" in words
    assert "Days in which evenings double 34" in words
    assert "Each round of evenings is larger than the one before." in words
    assert "5 more hosts began without having said so" in words
    assert re.search(r"Said “I could host” · most are lost here 80 27% of those asked", words)


@pytest.mark.parametrize(
    ("num_next", "verdict"),
    [(20, "Each round of evenings is smaller"), (38, "It may grow or shrink")],
)
def test_the_verdict_claims_no_more_than_the_interval_does(client, campaign, num_next, verdict):
    count(campaign, num_held=40, num_next=num_next, num_days=20 * num_next)

    assert verdict in words_of(client.get(PAGE))


def test_a_month_whose_sixty_days_are_not_over_is_named_and_left_out_of_the_number(client, campaign):
    count(campaign, num_held=20, num_next=10, num_days=200)
    count(campaign, months_ago=0, num_held=30, num_next=0)

    words = words_of(client.get(PAGE))

    assert "New hosts for each evening held 0.50" in words
    assert "hosts may still come" in words


def test_the_family_is_a_picture_with_its_table_and_says_nothing_of_evenings_elsewhere(client, campaign):
    count(campaign, num_held=3)
    family_of(campaign, 2, outside=1)

    response = client.get(PAGE)
    source, words = response.content.decode(), words_of(response)

    assert (source.count("<circle"), source.count('class="plot-line"')) == (4, 3)
    assert "Soup number 0" in words
    assert "an evening outside this campaign" in words
    assert "Soup number 2" not in words
    assert STREET not in source


def test_a_family_too_large_to_draw_is_drawn_in_part_and_says_so(client, campaign):
    count(campaign, num_held=3)
    parent = make_held_meetup(campaign=campaign, in_days=-30)
    host = make_host()
    for _number in range(MOST_DRAWN + 5):
        child = make_held_meetup(host, campaign=campaign, in_days=-10)
        Descent.objects.create(child=child, parent=parent, evidence="said", num_days=20)

    response = client.get(PAGE)

    assert response.content.decode().count("<circle") == MOST_DRAWN
    assert f"The largest families are drawn: {MOST_DRAWN - 1} of {MOST_DRAWN + 5} evenings" in words_of(response)


def test_the_page_takes_as_many_queries_for_nine_descents_as_for_one(client, campaign, django_assert_num_queries):
    count(campaign, num_held=3)
    for number in (1, 8):
        family_of(campaign, number)
        with django_assert_num_queries(5):
            client.get(PAGE)


def test_what_the_night_counts_is_on_the_page_of_the_morning(client, campaign):
    parent = make_held_meetup(campaign=campaign, in_days=-30)
    host = make_host("samir@example.org", shown_name="Samir")
    for email in ("samir@example.org", "a@example.org", "b@example.org"):
        make_guest(parent, email=email, rsvp="yes", attended=True, could_host=email.startswith("samir"))
    child = make_held_meetup(host, campaign=campaign, in_days=-10, title="Samir's soup")
    for _guest in range(3):
        make_guest(child, rsvp="yes", attended=True)
    assert "Nothing to count yet" in words_of(client.get(PAGE))

    count_descents()

    words = words_of(client.get(PAGE))
    assert "Samir's soup" in words
    assert "they sat there and said that they could host" in words
