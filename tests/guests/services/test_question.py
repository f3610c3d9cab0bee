"""Questions to the host and the answers, both by mail, without either address."""

import pytest

from meetups.access.address_hash import hash_address
from meetups.access.mail_tags import make_host_reply_tag, make_reply_tag
from meetups.dispatch.recheck import suppressed_pairs, why_not
from meetups.exceptions import MeetupError
from meetups.guests.services.question import QUESTIONS_A_DAY, QUESTIONS_AN_HOUR, answer_guest, ask_host, block_guest
from meetups.inbound.handle import Taken, take_in
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Question
from meetups.outbox.suppression import suppress
from tests.factories import make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db
STAIR = "Is there a stair to climb?"


@pytest.fixture
def guest() -> Guest:
    meetup = make_meetup(make_host("ana.private.login@example.org", shown_name="Ana"))
    return make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes")


@pytest.fixture
def inbound(settings):
    settings.INBOUND_DOMAIN, settings.INBOUND_IS_SET_UP = "in.example.org", True


def owed(kind: str) -> list[Delivery]:
    return list(Delivery.objects.filter(kind=kind).order_by("pk"))


def reply(to: str, words: str) -> bytes:
    return f"From: somebody@example.net\r\nTo: {to}@in.example.org\r\nMessage-ID: <{words}@x>\r\n\r\n{words}\r\n".encode()


def test_a_question_goes_to_the_host_and_shows_no_address(guest):
    question = ask_host(guest, words=STAIR)

    [letter] = owed("guest_words")
    message = build_message(letter)
    assert message.to == ["ana.private.login@example.org"]
    assert STAIR in message.body
    assert f"/host/{guest.meetup.code}/guests/{guest.pk}/answer/" in message.body
    assert "maria@example.org" not in message.message().as_string()
    assert question.answered_at is None


def test_the_same_question_again_is_one_question_and_one_letter(guest):
    ask_host(guest, words=STAIR)
    ask_host(guest, words=STAIR)

    assert Question.objects.count() == len(owed("guest_words")) == 1


def test_questions_are_limited_by_the_hour_and_the_day(guest, moved_clock):
    for number in range(QUESTIONS_AN_HOUR):
        ask_host(guest, words=f"Question {number}?")
    with pytest.raises(MeetupError):
        ask_host(guest, words="One more?")

    for hour in range(1, 3):
        moved_clock(minutes=61 * hour)
        for number in range(QUESTIONS_AN_HOUR):
            ask_host(guest, words=f"Question {hour} {number}?")
    moved_clock(minutes=61 * 3)
    with pytest.raises(MeetupError):
        ask_host(guest, words="Still one more?")

    assert Question.objects.count() == QUESTIONS_A_DAY


def test_somebody_whose_address_is_not_proven_asks_nothing():
    stranger = make_guest(make_meetup(visibility="listed"), origin="self")

    with pytest.raises(MeetupError):
        ask_host(stranger, words=STAIR)

    assert owed("guest_words") == []


def test_an_answer_closes_what_was_asked_and_goes_to_the_guest(guest):
    ask_host(guest, words=STAIR)
    last = ask_host(guest, words="And a lift?")

    answered = answer_guest(guest, words="One stair, no lift.")

    [letter] = owed("host_words")
    message = build_message(letter)
    assert answered == last
    assert not Question.objects.open().exists()
    assert list(Question.objects.values_list("answer", flat=True)) == ["", "One stair, no lift."]
    assert message.to == ["maria@example.org"]
    assert "And a lift?" in message.body
    assert "One stair, no lift." in message.body
    assert "ana.private.login@example.org" not in message.message().as_string()
    with pytest.raises(MeetupError):
        answer_guest(guest, words="Twice.")
    assert len(owed("host_words")) == 1


def test_an_answer_reaches_somebody_who_wants_no_letters_because_they_asked(guest):
    suppress(guest.email_hash)
    ask_host(guest, words=STAIR)
    answer_guest(guest, words="One.")

    [letter] = owed("host_words")
    assert why_not(letter, suppressed_pairs([letter])) is None
    letter.context.pop("question")
    assert why_not(letter, suppressed_pairs([letter])).state == "withdrawn"


def test_a_host_who_wants_no_letters_gets_none_and_has_the_desk(guest):
    suppress(hash_address(guest.meetup.host.email), target=f"host:{guest.meetup.host_id}")
    ask_host(guest, words=STAIR)

    [letter] = owed("guest_words")
    assert why_not(letter, suppressed_pairs([letter])).state == "withdrawn"
    assert Question.objects.open().for_host().count() == 1


def test_a_reply_of_the_host_by_mail_is_the_answer(guest, inbound):
    ask_host(guest, words=STAIR)
    message = build_message(owed("guest_words")[0])
    assert make_host_reply_tag(guest) in message.extra_headers["Reply-To"]

    taken = take_in(reply(f"reply+{make_host_reply_tag(guest)}", "Two stairs"))

    assert taken == Taken.WORDS
    assert Question.objects.get().answer == "Two stairs"
    assert STAIR in build_message(owed("host_words")[0]).body


def test_messages_of_a_blocked_guest_go_nowhere_and_the_guest_is_not_told(guest, inbound):
    ask_host(guest, words=STAIR)
    block_guest(guest, is_blocked=True)

    ask_host(guest, words="Hello?")
    taken = take_in(reply(f"reply+{make_reply_tag(guest)}", "Hello by mail"))

    assert [letter.state for letter in owed("guest_words")] == ["withdrawn"]
    assert taken == Taken.NOTHING
    assert not Question.objects.for_host().exists()
    assert guest.questions.count() == 2
    guest.refresh_from_db()
    assert guest.has_seat

    block_guest(guest, is_blocked=False)
    ask_host(guest, words="And now?")
    assert [letter.state for letter in owed("guest_words")] == ["withdrawn", "queued"]
