"""What a stranger has hidden and the host has put back is hidden by a second request, and then its author or staff decide."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_contribution_token, make_removal_token
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Recap, RemovalRequest
from tests.browser.page_states import add_photo
from tests.factories import (
    make_campaign,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_others_speak,
    make_recap,
    make_user,
    sign_in_with_factor,
)

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."
STAYS = "decided that it stays"


@pytest.fixture
def recap(settings, tmp_path) -> Recap:
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    meetup = make_held_meetup(make_user("ana@example.org"), campaign=make_campaign(make_user("olu@example.org")))
    author = make_guest(meetup, "maria@example.org", rsvp="yes", attended=True)
    add_photo(make_contribution(author, SENTENCE, position=1))
    make_others_speak(meetup)
    return make_recap(meetup)


@pytest.fixture
def host(recap) -> Client:
    client = Client()
    client.force_login(recap.meetup.host)
    return client


@pytest.fixture
def staff() -> Client:
    user = make_user("sam@example.org", is_staff=True, is_superuser=True)
    client = Client()
    sign_in_with_factor(client, user)
    return client


def ask(recap: Recap, *, stranger: int, is_photo: bool = False, words: str = ""):
    """Ask for the sentence, or the photo, to be taken out, from an address of one's own; return the answer."""
    client, door = Client(REMOTE_ADDR=f"203.0.113.{stranger}"), f"/recaps/{recap.slug}/removal/"
    blocks = re.findall(r'name="block" value="([0-9a-f]{16})"', client.get(door).content.decode())
    return client.post(door, {"block": blocks[-1 if is_photo else 0], "words": words, "crumbs": ""})


def is_public(recap: Recap) -> bool:
    return SENTENCE in Client().get(recap.get_absolute_url()).content.decode()


def host_decides(host: Client, recap: Recap, then: str) -> str:
    """Press one of the host's buttons for the latest request; return the page that follows."""
    latest = RemovalRequest.objects.latest("pk")
    return host.post(f"/host/{recap.meetup.code}/recap/removals/{latest.pk}/", {"then": then}, follow=True).content.decode()


def page_of(contribution: Contribution) -> str:
    return f"/w/{make_contribution_token(contribution)}"


def author_decides(then: str, *, ticked: bool = True) -> int:
    """Press one of the author's buttons for the latest request; return the status of the answer."""
    latest = RemovalRequest.objects.latest("pk")
    typed = {"removal": latest.pk, "then": then} | ({"read": "on"} if ticked else {})
    return Client().post(page_of(latest.contribution), typed).status_code


@pytest.fixture
def asked_twice(recap, host) -> Recap:
    ask(recap, stranger=1)
    host_decides(host, recap, "put_back")
    ask(recap, stranger=2, words="It is about me.")
    return recap


def test_a_second_request_hides_it_again_and_not_the_host_but_its_author_puts_it_back(recap, host):
    own = Client().get(ask(recap, stranger=1)["Location"]).content.decode()
    assert "leaves it out for good or, if it was a mistake, shows it again" in own
    assert not is_public(recap)
    host_decides(host, recap, "put_back")
    assert is_public(recap)

    own = Client().get(ask(recap, stranger=2)["Location"]).content.decode()
    said = host_decides(host, recap, "put_back")

    assert "Whoever left it is asked, and the people who run this site" in own
    assert "Whoever left it decides now, or the people who run this site." in said
    assert "You showed it again once, so whoever left it decides this time" in said
    assert 'value="put_back"' not in said
    assert not is_public(recap)
    assert author_decides("put_back") == 303
    assert is_public(recap)


def test_what_its_author_put_back_a_third_stranger_cannot_hide(asked_twice):
    own = f"/out/{make_removal_token(RemovalRequest.objects.latest('pk'))}"
    author_decides("put_back")

    answer = ask(asked_twice, stranger=3)

    assert answer.status_code == 200 and STAYS in answer.content.decode()
    assert is_public(asked_twice)
    assert RemovalRequest.objects.count() == 2
    assert STAYS in Client().get(own).content.decode()


def test_what_its_author_leaves_out_stays_out(asked_twice, host):
    assert author_decides("leave_out") == 303

    page = host_decides(host, asked_twice, "put_back")

    assert not is_public(asked_twice)
    assert "Whoever left it decides now" in page and "Left out because somebody asked" not in page


def test_a_mail_scanner_that_presses_every_button_decides_nothing(asked_twice):
    contribution = RemovalRequest.objects.latest("pk").contribution
    page = Client().get(page_of(contribution)).content.decode()
    assert "Somebody asks once more for your words to be taken out" in page and "It is about me." in page

    statuses = [author_decides(then, ticked=False) for then in ("put_back", "leave_out")]

    assert statuses == [200, 200]
    assert RemovalRequest.objects.latest("pk").settled_at is None
    assert "Please tick the box" in Client().post(page_of(contribution), {"then": "put_back"}).content.decode()


def test_its_author_does_not_decide_about_a_first_request_nor_about_what_others_left(recap, host):
    ask(recap, stranger=1)
    first = RemovalRequest.objects.latest("pk")
    assert author_decides("put_back") == 200
    assert "once more" not in Client().get(page_of(first.contribution)).content.decode()
    host_decides(host, recap, "put_back")
    ask(recap, stranger=2)
    other = Contribution.objects.exclude(pk=first.contribution_id).first()

    answer = Client().post(page_of(other), {"removal": RemovalRequest.objects.latest("pk").pk, "then": "put_back", "read": "on"})

    assert answer.status_code == 200
    assert not is_public(recap)


def test_staff_put_it_back_too_and_then_it_stays(asked_twice, staff):
    latest = RemovalRequest.objects.latest("pk")

    what = {"action": "put_back", "_selected_action": [latest.pk], "reason": "Nobody is named in it."}
    staff.post("/staff/meetups/removalrequest/", what)

    assert is_public(asked_twice)
    assert STAYS in ask(asked_twice, stranger=3).content.decode()


def test_a_photo_and_a_sentence_are_asked_about_each_by_itself(asked_twice):
    author_decides("put_back")

    answer = ask(asked_twice, stranger=3, is_photo=True)

    assert answer.status_code == 303
    assert is_public(asked_twice)
    assert Contribution.objects.get(sentence=SENTENCE).photo.removal_asked_at is not None


def test_another_sentence_can_be_asked_about_anew(asked_twice):
    author_decides("put_back")
    contribution = Contribution.objects.get(sentence=SENTENCE)
    contribution.sentence = "I name somebody who was not asked."
    contribution.save()

    answer = ask(asked_twice, stranger=3)

    assert answer.status_code == 303
    assert "I name somebody" not in Client().get(asked_twice.get_absolute_url()).content.decode()


def test_its_author_and_staff_are_told_of_a_second_request_and_nobody_but_the_host_of_the_first(recap, host, staff):
    def readers() -> dict[str, str]:
        letters = Delivery.objects.filter(kind="removal_asked", context__removal=RemovalRequest.objects.latest("pk").pk)
        return {(row.guest or row.user).email: build_message(row).body for row in letters}

    ask(recap, stranger=1)
    assert set(readers()) == {"ana@example.org", "olu@example.org"}
    host_decides(host, recap, "put_back")
    ask(recap, stranger=2, words="It is about me.")

    bodies = readers()

    assert set(bodies) == {"ana@example.org", "olu@example.org", "sam@example.org", "maria@example.org"}
    assert all(SENTENCE in body and "It is about me." in body for body in bodies.values())
    to_author = bodies["maria@example.org"]
    assert "so this time you decide" in to_author
    assert page_of(Contribution.objects.get(sentence=SENTENCE)) in to_author and "/host/" not in to_author
    assert "/staff/meetups/removalrequest/" in bodies["sam@example.org"]
    assert "whoever left it decides this time" in bodies["ana@example.org"]
    assert "/w/" not in bodies["ana@example.org"] + bodies["olu@example.org"] + bodies["sam@example.org"]
