"""A host shows the recap to the table, asks for cuts, and settles what somebody asks to have taken out."""

from datetime import timedelta

import pytest

from meetups.access.tokens import make_contribution_token
from meetups.guests.services.guest_list import remove_guest
from meetups.models import Contribution, Meetup, Recap
from meetups.recaps.services.removal_request import blocks_of, request_removal
from tests.factories import make_contribution, make_guest, make_held_meetup, make_others_speak, make_recap, make_user

pytestmark = pytest.mark.django_db
WORDS = {"question": "Who decides here?", "text": "We ate soup.", "agree": "Soup", "differ": "", "still_open": ""}


@pytest.fixture
def meetup(client) -> Meetup:
    """A held meetup whose host is signed in."""
    meetup = make_held_meetup()
    client.force_login(meetup.host)
    return meetup


def url(meetup: Meetup, page: str) -> str:
    return f"/host/{meetup.code}/{page}"


def spoken(meetup) -> Recap:
    make_contribution(make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes", attended=True), position=1)
    make_others_speak(meetup)
    return make_recap(meetup, state="draft")


def test_shown_to_the_table_moved_and_stopped(client, meetup):
    spoken(meetup)

    shown = client.post(url(meetup, "recap/show/"), {"then": "show"}, follow=True).content.decode()
    day = Recap.objects.get().public_at
    client.post(url(meetup, "recap/show/"), {"then": "move", "day": (day + timedelta(days=2)).date().isoformat()})
    moved = Recap.objects.get().public_at
    stopped = client.post(url(meetup, "recap/show/"), {"then": "stop"}, follow=True).content.decode()

    assert "Your table reads it first. It becomes public on" in shown
    assert "Public on" in shown and "9:00 a.m." in shown
    assert moved - day == timedelta(days=2)
    assert "Stopped." in stopped
    assert Recap.objects.get().public_at is None


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-31", "1990-01-01"])
def test_a_day_that_cannot_be_is_said_and_changes_nothing(client, meetup, day):
    spoken(meetup)
    client.post(url(meetup, "recap/show/"), {"then": "show"})
    before = Recap.objects.get().public_at

    response = client.post(url(meetup, "recap/show/"), {"then": "move", "day": day})

    assert 'role="alert"' in response.content.decode()
    assert Recap.objects.get().public_at == before


def test_a_cut_is_asked_for_and_waits(client, meetup):
    spoken(meetup)
    left = Contribution.objects.get(guest__email="maria@example.org")
    places = {f"place_{row.pk}": "1" for row in meetup.contributions.all()}

    refused = client.post(url(meetup, "recap/"), WORDS | places | {f"cut_{left.pk}": "I left more alone […]"})
    client.post(url(meetup, "recap/"), WORDS | places | {f"cut_{left.pk}": "I left [...] than I came."})

    assert "Leave whole words out" in refused.content.decode()
    left.refresh_from_db()
    assert (left.cut, left.cut_agreed_at, left.public_words) == ("I left […] than I came.", None, left.sentence)
    assert "waits for the guest" in client.get(url(meetup, "recap/")).content.decode()


def test_what_somebody_asks_to_have_removed_is_settled_by_the_host_alone(client, meetup):
    recap = make_recap(meetup)
    left = make_contribution(make_guest(meetup, rsvp="yes", attended=True), "That was Bo.")
    make_others_speak(meetup)
    block = next(block for block in blocks_of(recap) if block.contribution == left)
    removal = request_removal(recap, block=block.name, words="I am Bo.")
    theirs = url(meetup, f"recap/removals/{removal.pk}/")
    page = client.get(url(meetup, "recap/")).content.decode()

    client.force_login(make_user())
    assert client.post(theirs, {"then": "put_back"}).status_code == 404
    client.force_login(meetup.host)
    client.post(theirs, {"then": "put_back"})

    assert "Somebody asks for something to be taken out" in page and "I am Bo." in page
    removal.refresh_from_db()
    assert removal.outcome == "put_back"
    assert "I am Bo." not in client.get(url(meetup, "recap/")).content.decode()


def test_a_recap_that_others_took_down_says_why_and_cannot_be_published(client, meetup):
    make_recap(meetup, state="withdrawn", taken_down_at=meetup.ends_at, taken_down_reason="A neighbor is named.")

    page = client.get(url(meetup, "recap/publish/")).content.decode()
    response = client.post(url(meetup, "recap/publish/"))

    assert "A neighbor is named." in page and "Publish it" not in page
    assert "given back" in response.content.decode() or "give it back" in response.content.decode()
    assert Recap.objects.get().state == "withdrawn"


def test_somebody_taken_off_the_list_reads_it_when_everybody_does(client, meetup):
    recap = spoken(meetup)
    client.post(url(meetup, "recap/show/"), {"then": "show"})
    left = Contribution.objects.get(guest__email="maria@example.org")
    theirs = f"/w/{make_contribution_token(left)}"
    assert recap.question in client.get(theirs).content.decode()

    remove_guest(left.guest)
    before = client.get(theirs).content.decode()
    Recap.objects.update(state="published", public_at=None, published_at=meetup.ends_at)
    after = client.get(theirs).content.decode()

    assert recap.question not in before and left.sentence in before
    assert recap.get_absolute_url() in after
