"""Who is shown in a recap has it taken out without an account; an organizer takes a recap down, and says why."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_removal_token
from meetups.models import Contribution, Recap, RemovalRequest
from tests.browser.page_states import add_photo
from tests.factories import (
    make_campaign,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_others_speak,
    make_recap,
    make_user,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture
def recap(settings, tmp_path) -> Recap:
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    meetup = make_held_meetup(campaign=make_campaign(make_user(shown_name="Olu"), slug="read-together"))
    add_photo(make_contribution(make_guest(meetup, rsvp="yes", attended=True), SENTENCE, position=1), alt="Six bowls")
    make_others_speak(meetup)
    return make_recap(meetup)


def door(recap: Recap) -> str:
    return f"/recaps/{recap.slug}/removal/"


def blocks_on(page: str) -> list[str]:
    return re.findall(r'name="block" value="([0-9a-f]{16})"', page)


def ask(client: Client, recap: Recap, number: int = 0, **fields):
    """Choose that one of what is shown, and press."""
    block = blocks_on(client.get(door(recap)).content.decode())[number]
    return client.post(door(recap), {"block": block, "words": "", "crumbs": ""} | fields)


def test_the_recap_leads_to_a_form_that_lists_what_everybody_sees(client, recap):
    before = all_rows()

    assert door(recap) in client.get(recap.get_absolute_url()).content.decode()
    response = client.get(door(recap))

    page = response.content.decode()
    assert SENTENCE in page and "Six bowls" in page
    assert len(blocks_on(page)) == 4
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert all_rows() == before


def test_one_press_hides_it_and_leads_to_a_page_of_ones_own(client, recap):
    response = ask(client, recap, words="That is about me.")

    assert response.status_code == 303
    assert SENTENCE not in client.get(recap.get_absolute_url()).content.decode()
    own = client.get(response["Location"])
    assert "The sentence is out of sight" in own.content.decode()
    assert (own["Cache-Control"], own["X-Robots-Tag"]) == ("no-store", "noindex, nofollow, noarchive")
    assert SENTENCE not in own.content.decode() and "That is about me." not in own.content.decode()


def test_the_hosts_desk_names_the_words_only_while_they_are_for_everyone(client, recap):
    ask(client, recap)
    client.force_login(recap.meetup.host)
    desk = f"/host/{recap.meetup.code}/recap/"
    assert f"<h3>“{SENTENCE}”</h3>" in client.get(desk).content.decode()

    Contribution.objects.filter(sentence=SENTENCE).update(sentence_consent="nobody")

    page = client.get(desk).content.decode()
    assert SENTENCE not in page and "<h3>A sentence</h3>" in page


def test_who_asked_takes_it_back_by_a_press_alone(client, recap):
    own = ask(client, recap)["Location"]
    client.get(own)
    assert RemovalRequest.objects.get().settled_at is None

    assert client.post(own).status_code == 303

    assert "You took it back" in client.get(own).content.decode()
    assert SENTENCE in client.get(recap.get_absolute_url()).content.decode()


def test_the_photo_is_gone_at_its_own_address_too(client, recap):
    photo = Contribution.objects.get(sentence=SENTENCE).photo
    ask(client, recap, number=-1)

    assert client.get(photo.get_absolute_url()).status_code == 404
    assert SENTENCE in client.get(recap.get_absolute_url()).content.decode()


def test_nothing_chosen_and_a_machine_change_nothing(client, recap):
    before = all_rows()

    nothing = client.post(door(recap), {"words": "Out with it"})
    unknown = client.post(door(recap), {"block": "0" * 16})
    machine = ask(client, recap, crumbs="https://example.net")

    assert "Please choose what should be taken out." in nothing.content.decode()
    assert unknown.status_code == 200
    assert "A program filled in this form" in machine.content.decode()
    assert all_rows() == before


@pytest.mark.usefixtures("full_window")
def test_one_stranger_cannot_empty_a_recap(client, recap):
    answers = [ask(client, recap).status_code for _n in range(4)]

    assert answers == [303, 303, 303, 429]
    assert RemovalRequest.objects.count() == 3


@pytest.mark.usefixtures("full_window")
def test_many_strangers_together_cannot_empty_one_either_and_another_recap_is_as_open_as_before(client, recap):
    make_others_speak(recap.meetup, 4)
    other = make_recap(make_held_meetup())
    make_others_speak(other.meetup, 3)

    answers = [ask(Client(REMOTE_ADDR=f"203.0.113.{n}"), recap).status_code for n in range(5)]

    assert answers == [303] * 4 + [429]
    assert ask(Client(REMOTE_ADDR="203.0.113.77"), other).status_code == 303


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_of_what_is_not_public_nothing_can_be_asked(client, recap, state):
    Recap.objects.update(state=state)

    assert client.get(door(recap)).status_code == 404
    assert client.post(door(recap), {"block": "0" * 16}).status_code == 404


def test_another_token_is_no_way_to_a_request(client, recap):
    ask(client, recap)
    token = make_removal_token(RemovalRequest.objects.get())

    assert client.get(f"/out/{token[:-1]}x").status_code == 404
    assert client.get(f"/r/{token}").status_code == 404
    assert client.get(f"/w/{token}").status_code == 404


# An organizer takes a recap down


def organizers_door(recap: Recap) -> str:
    return f"/c/read-together/recaps/{recap.slug}/"


def test_an_organizer_takes_a_recap_down_with_a_reason_and_gives_it_back(client, recap):
    client.force_login(recap.meetup.campaign.organizers.get().user)
    listed = client.get("/c/read-together/dashboard/?show=held").content.decode()

    without = client.post(organizers_door(recap), {"then": "take_down", "reason": " "})
    client.post(organizers_door(recap), {"then": "take_down", "reason": "A neighbor is named."})
    gone = Client().get(recap.get_absolute_url())
    page = client.get(organizers_door(recap)).content.decode()
    client.post(organizers_door(recap), {"then": "give_back", "reason": "The name is out."})

    assert organizers_door(recap) in listed
    assert "<title>Error:" in without.content.decode()
    assert gone.status_code == 410
    assert "This recap is taken down" in gone.content.decode() and "neighbor" not in gone.content.decode()
    assert "A neighbor is named." in page
    assert Recap.objects.get().taken_down_at is None
    assert client.get(organizers_door(recap)).status_code == 404


@pytest.mark.parametrize("who", ["another organizer", "the host", "nobody"])
def test_nobody_else_takes_it_down(client, recap, who):
    other = make_user()
    make_campaign(other, slug="another")
    if who != "nobody":
        client.force_login(other if who == "another organizer" else recap.meetup.host)

    answers = [client.post(url, {"reason": "Because."}) for url in (organizers_door(recap), f"/c/another/recaps/{recap.slug}/")]

    assert {answer.status_code for answer in answers} <= {302, 404}
    assert Recap.objects.get().is_published
