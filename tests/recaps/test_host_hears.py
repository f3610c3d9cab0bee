"""The host hears in the hourly letter that sentences came and that the recap became public."""

from datetime import timedelta

import pytest

from meetups.exceptions import MeetupError
from meetups.letters.message import build_letter
from meetups.models import Consent, Delivery, Recap
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.preview import publish_due
from meetups.recaps.services.recap import publish_recap, take_down_recap
from meetups.times import clock
from tests.factories import make_contribution, make_guest, make_held_meetup, make_recap

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup():
    return make_held_meetup()


def came(meetup, name="Eva"):
    return make_guest(meetup, name=name, rsvp="yes", attended=True)


def letters():
    return Delivery.objects.filter(kind="host_answers")


def text_of_the_letter() -> str:
    return " ".join(build_letter(letters().get()).text.split())


def say(guest, words="We began with the street."):
    return contribute(guest, sentence=words, sentence_consent=Consent.EVERYONE)


def test_sentences_of_an_hour_come_in_one_letter_with_the_names(meetup):
    eva = came(meetup)
    say(eva)
    say(came(meetup, "Kim"))
    say(eva, "We began with our own street.")

    text = text_of_the_letter()
    assert letters().get().user == meetup.host
    assert "2 sentences have come for the recap, from Eva and Kim." in text
    assert f"/host/{meetup.code}/recap/" in text
    # After the evening no seat is counted any more.
    assert "Now:" not in text and "seats of" not in text


def test_a_photo_a_promise_and_a_sentence_that_was_there_before_are_no_news(meetup):
    contribute(came(meetup), promise="Ask my neighbors.")
    guest = came(meetup, "Kim")
    make_contribution(guest)
    say(guest, "Another one.")

    assert not letters().exists()


def test_words_that_the_host_has_to_look_at_have_a_letter_of_their_own(meetup):
    make_recap(meetup)

    say(came(meetup))

    assert [letter.kind for letter in Delivery.objects.all()] == ["words_wait"]


def test_a_sentence_that_was_taken_back_is_not_told(meetup):
    withdraw_contribution(say(came(meetup)))

    with pytest.raises(MeetupError):
        build_letter(letters().get())


def test_the_sweep_publishes_and_the_host_hears_where_the_recap_is(meetup):
    recap = make_recap(meetup, state="draft", public_at=clock.now() - timedelta(minutes=1))

    assert publish_due() == 1

    letter = build_letter(letters().get())
    assert letter.subject.endswith("the recap is public")
    assert recap.get_absolute_url() in letter.text
    assert letters().get().user == meetup.host


def test_a_recap_is_told_once_and_not_when_it_is_taken_down_again(meetup):
    recap = make_recap(meetup, state="draft")
    publish_recap(recap)
    publish_recap(recap)
    assert letters().count() == 1
    take_down_recap(recap)

    with pytest.raises(MeetupError):
        build_letter(letters().get())
    letters().delete()
    publish_recap(Recap.objects.get())
    assert not letters().exists()
