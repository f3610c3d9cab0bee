"""Pages of a host after the meetup: the ticks of who came, and six questions."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.models import Debrief, Guest, Meetup
from tests.factories import (
    make_debrief,
    make_guest,
    make_held_meetup,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup(client) -> Meetup:
    """A held meetup whose host is signed in."""
    meetup = make_held_meetup()
    client.force_login(meetup.host)
    return meetup


def url(meetup: Meetup, page: str) -> str:
    return f"/host/{meetup.code}/{page}"


# Who came


def test_host_ticks_who_came_and_names_who_came_unasked(client, meetup):
    ana, ben = make_guest(meetup, name="Ana", rsvp="yes"), make_guest(meetup, name="Ben", rsvp="yes")
    mo = make_guest(meetup, name="Mo", rsvp="maybe")

    response = client.post(url(meetup, "came/"), {"yes": [ana.pk], "also": [mo.pk], "others": "Noor, Lee ,"}, follow=True)

    assert response.redirect_chain == [(url(meetup, "debrief/"), 302)]
    assert "Written down: 4 guests came." in response.content.decode()
    assert sorted(Guest.objects.filter(attended=True).values_list("name", flat=True)) == ["Ana", "Lee", "Mo", "Noor"]
    assert Guest.objects.get(pk=ben.pk).attended is False


def test_list_has_every_guest_that_exists_for_the_host(client, meetup):
    make_guest(meetup, name="Yes Yara", rsvp="yes", party_size=2)
    make_guest(meetup, name="Told Tess", rsvp="yes", attended=True)
    make_guest(meetup, name="Declined Dan", rsvp="no")
    make_guest(meetup, name="Removed Rita", rsvp="yes", removed_at=meetup.starts_at)
    make_guest(meetup, name="Unproven Uma", rsvp="yes", origin="self")

    page = client.get(url(meetup, "came/")).content.decode()

    assert "Yes Yara, and 1 more" in page
    assert "Told Tess (was there)" in page
    assert "Declined Dan" in page
    assert "Rita" not in page and "Uma" not in page
    assert page.count(" checked") == 1


def test_guest_of_another_table_cannot_be_ticked(client, meetup):
    other = make_guest(make_held_meetup(), rsvp="yes")

    response = client.post(url(meetup, "came/"), {"yes": [other.pk]})

    assert response.status_code == 200
    assert "Error:" in response.content.decode()
    assert Guest.objects.get().attended is None


@pytest.mark.parametrize("pk", ["9" * 30, "-1", "x", "\0", "1e3"])
def test_a_tick_for_no_guest_is_a_page_and_no_break(client, meetup, pk):
    guest = make_guest(meetup, rsvp="yes")

    response = client.post(url(meetup, "came/"), {"yes": [pk]})

    guest.refresh_from_db()
    assert response.status_code in (200, 302)
    assert guest.attended is not True


def test_it_did_not_happen_is_an_answer(client, meetup):
    make_guest(meetup, rsvp="yes")

    response = client.post(url(meetup, "came/"), {"not_held": "on"})

    assert response.headers["Location"] == f"/host/{meetup.code}/"
    assert Debrief.objects.get().did_happen is False
    assert Guest.objects.get().attended is None


@pytest.mark.parametrize("others", ["www.example.com", ", ".join(["Bo"] * 21), "a" * 61])
def test_names_that_are_none_are_refused_and_kept(client, meetup, others):
    response = client.post(url(meetup, "came/"), {"others": others})

    assert response.status_code == 200
    assert "Please look at this again" in response.content.decode()
    assert others in response.content.decode()
    assert not Guest.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_tick_list_takes_the_same_queries_whatever_its_length(client, meetup, number):
    for _place in range(number):
        make_guest(meetup, rsvp="yes", attended=True)
        make_guest(meetup, rsvp="no")

    with CaptureQueriesContext(connection) as queries:
        client.get(url(meetup, "came/"))

    # Four of them are for the line of what is best done next.
    assert len(queries) <= 13


# Six questions


def test_six_answers_are_kept_and_lead_to_the_recap(client, meetup):
    answers = {"did_happen": "yes", "num_came": "8", "agree": "A", "differ": "B", "still_open": "C", "next_time": "D"}

    response = client.post(url(meetup, "debrief/"), answers)

    assert response.headers["Location"] == url(meetup, "recap/")
    debrief = Debrief.objects.get()
    assert (debrief.did_happen, debrief.num_came, debrief.agree, debrief.differ) == (True, 8, "A", "B")
    assert (debrief.still_open, debrief.next_time) == ("C", "D")


def test_number_of_ticks_is_filled_in(client, meetup):
    make_guest(meetup, rsvp="yes", attended=True, party_size=2)
    make_guest(meetup, rsvp="yes", attended=True)

    page = client.get(url(meetup, "debrief/")).content.decode()

    assert re.search(r'name="num_came" value="3"', page)
    assert re.search(r'value="yes"[^>]* checked', page)


def test_no_leads_back_to_the_desk(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"did_happen": "no"})

    assert response.headers["Location"] == f"/host/{meetup.code}/"
    assert Debrief.objects.get().did_happen is False


@pytest.mark.parametrize(
    "answers",
    [{}, {"did_happen": "perhaps"}, {"did_happen": "yes", "num_came": "-1"}, {"did_happen": "yes", "agree": "x" * 10_000}],
    ids=["nothing", "perhaps", "negative", "long"],
)
def test_bad_answers_are_shown_again_and_not_kept(client, meetup, answers):
    response = client.post(url(meetup, "debrief/"), answers)

    assert response.status_code == 200
    assert "<title>Error:" in response.content.decode()
    assert not Debrief.objects.exists()


def test_answer_for_the_host_alone_is_nowhere_in_the_recap(client, meetup):
    make_debrief(meetup, next_time="No wine for Theo")

    assert "Theo" in client.get(url(meetup, "debrief/")).content.decode()
    assert "Theo" not in client.get(url(meetup, "recap/")).content.decode()
    assert "Theo" not in client.get(url(meetup, "recap/publish/")).content.decode()


def test_what_is_typed_is_kept_before_the_button_is_pressed_and_decides_nothing(client, meetup):
    typed = {"autosave": "1", "num_came": "8", "agree": "One. Two. Three. Four.", "next_time": "Bread"}

    response = client.post(url(meetup, "debrief/"), typed)
    client.post(url(meetup, "debrief/"), {"autosave": "1", "differ": "City or street"})

    assert (response.status_code, response.content) == (204, b"")
    kept = Debrief.objects.get()
    assert (kept.did_happen, kept.num_came, kept.agree, kept.differ) == (None, 8, "One. Two. Three. Four.", "City or street")
    page = client.get(url(meetup, "debrief/")).content.decode()
    assert "One. Two. Three. Four." in page and "data-autosave" in page
    assert "Six short questions" in client.get(f"/host/{meetup.code}/").content.decode()


def test_an_answer_that_cannot_be_kept_yet_does_not_lose_the_others(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"autosave": "1", "num_came": "many", "agree": "Soup", "differ": "x" * 601})

    assert response.status_code == 422
    assert (Debrief.objects.get().agree, Debrief.objects.get().differ) == ("Soup", "")


def test_more_than_three_sentences_are_shown_again(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"did_happen": "yes", "agree": "One. Two. Three. Four."})

    assert "Three sentences at most, please." in response.content.decode()
    assert not Debrief.objects.exists()
