"""A host may ask to leave words out, and nobody but the guest says yes."""

import time
from datetime import timedelta

import pytest

from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Contribution, Delivery
from meetups.recaps.excerpt import clean_cut, is_cut_of
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.excerpt import answer_cut, propose_cut
from meetups.times import clock
from tests.factories import make_contribution, make_guest, make_held_meetup, make_others_speak, make_recap

pytestmark = pytest.mark.django_db
SENTENCE = "I left, to my surprise, less alone than I came."
CUT = "I left, […] less alone than I came."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (CUT, SENTENCE),
        ("[…] less alone than I came.", SENTENCE),
        ("I left, […] came.", SENTENCE),
        ("I left, [...] alone […]", SENTENCE),
        ("我们[…]明天见。", "我们都同意，明天见。"),
    ],
)
def test_leaving_whole_words_out_is_a_cut(typed, sentence):
    assert is_cut_of(clean_cut(typed), sentence)


@pytest.mark.parametrize(
    "typed",
    [
        SENTENCE,
        "I left, […] more alone than I came.",
        "I came […] less alone than I left.",
        "I l […] less alone than I came.",
        "I left, […] less alone than I came. So did we.",
        "I left, less alone than I came.",
        "[…]",
        "[…] […] came.",
        "",
        "i left, […] less alone than I came.",
        " […] ".join("I left to my surprise less alone".split()),
    ],
)
def test_anything_else_is_none(typed):
    assert not is_cut_of(clean_cut(typed), SENTENCE)


@pytest.mark.parametrize("sentence", ["a" * 280, "a " * 139 + "a"])
def test_a_cut_that_could_lie_in_many_ways_is_looked_at_quickly(sentence):
    began = time.perf_counter()

    assert not is_cut_of(" […] ".join("aaaaab"), sentence)
    assert is_cut_of(" […] ".join("aaaaaa"), sentence)
    assert time.perf_counter() - began < 1


@pytest.fixture
def left() -> Contribution:
    meetup = make_held_meetup()
    make_recap(meetup)
    make_others_speak(meetup)
    return make_contribution(make_guest(meetup, rsvp="yes", attended=True), SENTENCE)


def public() -> str:
    return Contribution.objects.public().get(sentence=SENTENCE).public_words


def test_the_whole_sentence_stands_until_the_guest_says_yes_to_the_cut(left):
    left = propose_cut(left, cut="I left, [...] less alone than I came.")
    assert (left.cut, public()) == (CUT, SENTENCE)

    answer_cut(left, cut=CUT, agrees=True)
    assert public() == CUT

    answer_cut(left, cut=CUT, agrees=False)
    assert public() == SENTENCE


def test_the_guest_is_asked_once_ten_minutes_later_whatever_is_tried_before(left):
    propose_cut(left, cut="[…] less alone than I came.")
    propose_cut(left, cut=CUT)
    propose_cut(left, cut=CUT)

    letter = Delivery.objects.exclude(state="withdrawn").get()
    assert letter.due_at >= clock.now() + timedelta(minutes=9)
    body = build_message(letter).body
    assert SENTENCE in body and CUT in body


def test_a_cut_that_is_taken_back_asks_nobody(left):
    left = propose_cut(propose_cut(left, cut=CUT), cut="")

    assert (left.cut, Delivery.objects.get().state) == ("", "withdrawn")
    with pytest.raises(MeetupError):
        build_message(Delivery.objects.get())


def test_a_yes_to_an_older_cut_is_no_yes(left):
    left = propose_cut(propose_cut(left, cut=CUT), cut="[…] less alone than I came.")

    with pytest.raises(MeetupError) as refused:
        answer_cut(left, cut=CUT, agrees=True)

    assert str(refused.value) == "The host has changed this meanwhile. Please look at it again."
    assert public() == SENTENCE


def test_the_yes_ends_when_the_host_cuts_anew(left):
    left = answer_cut(propose_cut(left, cut=CUT), cut=CUT, agrees=True)

    propose_cut(left, cut="[…] less alone than I came.")

    assert public() == SENTENCE


@pytest.mark.parametrize("words", [{"sentence": "Other words."}, {"sentence": SENTENCE, "sentence_consent": "table"}])
def test_other_words_or_another_consent_end_the_cut_and_its_yes(left, words):
    answer_cut(propose_cut(left, cut=CUT), cut=CUT, agrees=True)

    contribute(left.guest, **({"sentence_consent": "everyone"} | words))

    left.refresh_from_db()
    assert (left.cut, left.cut_agreed_at) == ("", None)


def test_the_same_words_said_again_keep_the_yes(left):
    answer_cut(propose_cut(left, cut=CUT), cut=CUT, agrees=True)

    contribute(left.guest, sentence=SENTENCE, sentence_consent="everyone", shown_as=left.shown_as)

    assert public() == CUT


@pytest.mark.parametrize("cut", ["I left, […] much less alone than I came.", "Ana says: […] less alone than I came."])
def test_words_that_are_not_the_guests_are_refused(left, cut):
    with pytest.raises(MeetupError):
        propose_cut(left, cut=cut)

    assert not Delivery.objects.exists()


def test_what_is_not_for_everyone_or_taken_out_is_not_cut(left):
    for change in ({"sentence_consent": "table"}, {"sentence_consent": "everyone", "withdrawn_at": clock.now()}):
        Contribution.objects.filter(pk=left.pk).update(**change)
        with pytest.raises(MeetupError):
            propose_cut(left, cut=CUT)


def test_taking_it_out_takes_the_cut_too(left):
    withdraw_contribution(propose_cut(left, cut=CUT))

    left.refresh_from_db()
    letter = Delivery.objects.get(kind="cut_asked")
    assert (left.cut, letter.state, letter.context) == ("", "withdrawn", {})


def test_a_guest_is_not_asked_a_fourth_time(left):
    for start in ("less alone than I came.", "alone than I came.", "than I came."):
        propose_cut(left, cut=f"[…] {start}")
        Delivery.objects.update(state="sent")

    with pytest.raises(MeetupError):
        propose_cut(left, cut=CUT)
