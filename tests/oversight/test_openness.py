"""The public page that says how free the hosts of a campaign are."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.models import Descent, Meetup
from meetups.oversight.acts import freeze_meetup
from meetups.oversight.openness import Share, read_openness
from tests.factories import make_campaign, make_host, make_meetup, make_user

pytestmark = pytest.mark.django_db
PAGE = "/c/read/openness/"


@pytest.fixture
def olga():
    return make_user(shown_name="Olga")


@pytest.fixture
def campaign(olga):
    return make_campaign(olga, slug="read", name="Read Together")


def make_evenings(campaign, number: int, *, minutes: int = 4) -> list[Meetup]:
    made = [make_meetup(make_host(), campaign=campaign) for _n in range(number)]
    for meetup in made:
        Meetup.objects.filter(pk=meetup.pk).update(created_at=meetup.published_at - timedelta(minutes=minutes))
    return made


def words(client) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", client.get(PAGE).content.decode())).split())


def test_below_five_evenings_no_number_is_told(client, campaign, olga):
    freeze_meetup(make_evenings(campaign, 4)[0], by=olga, reason="Why not.")

    shown = words(client)

    assert "Numbers are shown from 5 evenings on" in shown
    assert "%" not in shown and "put on hold" not in shown


def test_a_number_below_five_is_not_told_and_cannot_be_counted_back(client, campaign, olga):
    evenings = make_evenings(campaign, 40)
    freeze_meetup(evenings[0], by=olga, reason="Why not.")
    Descent.objects.create(parent=evenings[1], child=evenings[2], evidence="said", num_days=9)

    shown = words(client)

    assert "Evenings that nobody above the host touched at least 87%" in shown
    assert "put on hold < 5" in shown
    assert "Hosts who came from another table at most 13%" in shown
    assert "half of the evenings were public 4" in shown
    assert "Why not." not in shown and "Olga" not in shown


def test_from_five_on_the_numbers_are_exact(client, campaign, olga):
    evenings = make_evenings(campaign, 20)
    for meetup in evenings[:5]:
        freeze_meetup(meetup, by=olga, reason="Why not.")
    make_meetup(campaign=campaign, status="draft")

    openness = read_openness(campaign)

    assert (openness.untouched.words, openness.grown.words, openness.acts) == ("75%", "0%", [("put on hold", "5")])
    assert "put on hold 5" in words(client)


def test_nothing_was_done(client, campaign):
    make_evenings(campaign, 6)

    assert "touched 100%" in words(client)
    assert "Nothing. Every evening is as its host left it." in words(client)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (3, 4, "–"),
        (3, 7, "–"),
        (0, 7, "0%"),
        (7, 7, "100%"),
        (96, 100, "at least 95%"),
        (4, 100, "at most 5%"),
        (50, 100, "50%"),
    ],
)
def test_a_share_tells_no_number_below_five(part, whole, said):
    assert Share(part, whole).words == said


def test_as_many_queries_for_twelve_as_for_three(client, campaign, olga):
    counts = []
    for number in (6, 9):
        for meetup in make_evenings(campaign, number):
            freeze_meetup(meetup, by=olga, reason="Why not.")
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 6


def test_the_campaigns_page_leads_there_and_an_unknown_campaign_does_not(client, campaign):
    assert PAGE in client.get("/c/read/").content.decode()
    assert client.get("/c/nobody/openness/").status_code == 404
