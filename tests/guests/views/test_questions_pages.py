"""The pages of a question: the guest's behind the link, and the host's."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_guest_token, make_unsubscribe_token
from meetups.guests.services.question import answer_guest, ask_host
from meetups.models import Delivery, Guest, Question
from tests.factories import make_guest, make_meetup, make_user

pytestmark = pytest.mark.django_db
STAIR = "Is there a stair to climb?"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), name="Maria", rsvp="yes")


def page_of(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}/ask"


def words_of(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


@pytest.fixture
def desk(guest) -> Client:
    client = Client()
    client.force_login(guest.meetup.host)
    return client


def test_a_guest_asks_and_reads_question_and_answer_on_their_page(client, guest):
    response = client.post(page_of(guest), {"words": STAIR})

    assert (response.status_code, response["Location"]) == (303, page_of(guest))
    assert f"{STAIR} Not answered yet." in words_of(client.get(page_of(guest)))
    answer_guest(guest, words="One, and many hands.")
    for page in (page_of(guest), page_of(guest).removesuffix("/ask")):
        assert f"{STAIR} Ana answered: One, and many hands." in words_of(client.get(page))


def test_a_get_asks_nothing_and_an_empty_question_is_told_so(client, guest):
    assert "Your question" in words_of(client.get(page_of(guest) + "?words=Hello"))

    response = client.post(page_of(guest), {"words": " "})

    assert "<title>Error:" in response.content.decode()
    assert Question.objects.count() == 0


def test_too_many_questions_are_said_and_what_was_typed_stays(client, guest):
    for number in range(4):
        client.post(page_of(guest), {"words": f"Question {number}?"})

    response = client.post(page_of(guest), {"words": "One more?"})

    assert "several questions" in words_of(response)
    assert ">\nOne more?</textarea>" in response.content.decode()


def test_nobody_without_the_right_link_asks_or_reads(client, guest):
    ask_host(guest, words=STAIR)
    other = make_guest(make_meetup(), name="Other")
    wrong = ["A" * 43, make_unsubscribe_token(guest), "%00"]

    assert [client.post(f"/r/{token}/ask", {"words": "Hello"}).status_code for token in wrong] == [404] * 3
    assert STAIR not in words_of(client.get(page_of(other)))
    assert Question.objects.count() == 1


def test_a_removed_guests_question_page_is_gone(client, guest):
    page = page_of(guest)
    Guest.objects.filter(pk=guest.pk).update(removed_at=guest.created_at)

    assert client.get(page).status_code == 404


def test_the_desk_says_who_asks_first_and_the_answer_leads_on(desk, guest):
    other = make_guest(guest.meetup, name="Bo", rsvp="maybe")
    ask_host(guest, words=STAIR)
    ask_host(other, words="May I bring my dog?")
    url = f"/host/{guest.meetup.code}/guests/{guest.pk}/answer/"

    assert "2 guests ask you something: Maria, Bo." in words_of(desk.get(guest.meetup.get_desk_url()))
    assert STAIR in words_of(desk.get(url))
    response = desk.post(url, {"words": "One."})
    assert response["Location"] == f"/host/{guest.meetup.code}/guests/{other.pk}/answer/"
    response = desk.post(response["Location"], {"words": "Please do."})
    assert response["Location"] == guest.meetup.get_desk_url()
    assert Delivery.objects.filter(kind="host_words").count() == 2
    again = desk.post(url, {"words": "Twice."})
    assert "answered already" in words_of(again)


def test_a_stranger_another_host_and_another_evening_get_no_answer_page(client, guest):
    ask_host(guest, words=STAIR)
    other = make_user(shown_name="Oda")
    theirs = make_meetup(other)
    signed_in = Client()
    signed_in.force_login(other)
    url = f"guests/{guest.pk}/answer/"

    assert client.get(f"/host/{guest.meetup.code}/{url}").status_code == 302
    assert signed_in.post(f"/host/{guest.meetup.code}/{url}", {"words": "Mine"}).status_code == 404
    assert signed_in.post(f"/host/{theirs.code}/{url}", {"words": "Mine"}).status_code == 404
    assert Question.objects.open().count() == 1


def test_a_host_blocks_a_guest_and_lets_them_write_again(desk, guest):
    ask_host(guest, words=STAIR)
    row = guest.get_desk_url()

    desk.post(f"{row}block/", {"block": "1"})

    assert "asks you" not in words_of(desk.get(guest.meetup.get_desk_url()))
    assert desk.get(f"{row}answer/").status_code == 404
    assert "do not reach you" in words_of(desk.get(row))
    assert f"{STAIR} Not answered yet." in words_of(Client().get(page_of(guest)))
    desk.post(f"{row}block/", {"block": "0"})
    assert "Maria asks you something." in words_of(desk.get(guest.meetup.get_desk_url()))


def test_a_note_of_a_blocked_guest_is_not_in_the_form_of_their_answer_and_is_kept(desk, guest):
    Guest.objects.filter(pk=guest.pk).update(note="You will hear of me.")
    assert "You will hear of me." in desk.get(guest.get_desk_url()).content.decode()
    desk.post(f"{guest.get_desk_url()}block/", {"block": "1"})

    assert "You will hear of me." not in desk.get(guest.get_desk_url()).content.decode()
    answer = desk.post(guest.get_desk_url(), {"rsvp": "yes", "party_size": "1", "diet": "nuts", "note": "Written over."})

    assert answer.status_code == 302
    guest.refresh_from_db()
    assert (guest.diet, guest.note) == ("nuts", "You will hear of me.")


def test_a_note_of_a_blocked_guest_is_not_on_the_desk(desk, guest):
    Guest.objects.filter(pk=guest.pk).update(note="I know where you live.")
    desk.post(f"{guest.get_desk_url()}block/", {"block": "1"})

    assert "I know where" not in words_of(desk.get(guest.meetup.get_desk_url()))


def test_a_hosts_name_is_text_beside_the_question(client):
    guest = make_guest(make_meetup(make_user(shown_name="<script>alert(1)</script>")), rsvp="yes")

    source = client.get(page_of(guest)).content.decode()

    assert "<script>alert" not in source
    assert "It goes to &lt;script&gt;" in source
