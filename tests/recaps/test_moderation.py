"""Once the recap was public, what is new waits until the host has seen it; what is taken back goes at once."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from meetups.access.visibility import table_voices
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Guest, Photo, Recap, RemovalRequest
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.attendance import confirm_attendance, record_attendance
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.moderation import review_contribution, version_of
from meetups.recaps.services.recap import open_recap, publish_recap, take_down_recap
from meetups.recaps.services.removal_request import blocks_of, request_removal, settle_removal
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason
from meetups.times import clock
from tests.browser.page_states import add_photo
from tests.factories import make_contribution, make_guest, make_held_meetup, make_others_speak, make_recap

pytestmark = pytest.mark.django_db
SENTENCE, OTHER = "I left less alone than I came.", "Somebody has to ask first."
NAME = "Maria, Toronto"
SAID = {"sentence": SENTENCE, "sentence_consent": "everyone", "shown_as": NAME}


@pytest.fixture
def recap() -> Recap:
    """A published recap in which three others speak."""
    meetup = make_held_meetup()
    make_others_speak(meetup, 3)
    return make_recap(meetup)


@pytest.fixture
def maria(recap) -> Guest:
    """Somebody whose sentence stands in it."""
    return make_contribution(make_guest(recap.meetup, name="Maria", rsvp="yes"), SENTENCE, shown_as=NAME).guest


def said(recap: Recap) -> list[str]:
    return make_broadside(Recap.objects.with_meetup().get(pk=recap.pk)).sentences


def left(guest: Guest) -> Contribution:
    return Contribution.objects.get(guest=guest)


def show(row: Contribution, *, is_photo: bool = False) -> None:
    row = Contribution.objects.get(pk=row.pk)
    review_contribution(row, is_photo=is_photo, seen=version_of(row.photo if is_photo else row), is_shown=True)


def picture(color: str = "teal") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(written, "JPEG")
    return SimpleUploadedFile("a.jpg", written.getvalue(), content_type="image/jpeg")


# Words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "waits", "public"),
    [
        ({}, False, SENTENCE),
        ({"sentence": OTHER}, True, ""),
        ({"shown_as": "The mayor"}, True, ""),
        ({"shown_as": ""}, False, SENTENCE),
        ({"sentence_consent": "table"}, False, ""),
        ({"sentence_consent": "nobody"}, False, ""),
        ({"sentence": OTHER, "sentence_consent": "table"}, False, ""),
        ({"sentence": "", "sentence_consent": "nobody"}, False, ""),
    ],
)
def test_what_is_changed_after_publication_waits_and_what_is_taken_back_goes_at_once(recap, maria, change, waits, public):
    contribute(maria, **(SAID | change))

    assert (left(maria).waits_since is not None) is waits
    assert [words for words in said(recap) if words in (SENTENCE, OTHER)] == [public] * bool(public)


def test_words_said_for_the_table_first_and_for_everyone_after_publication_wait(recap):
    guest = make_contribution(make_guest(recap.meetup, rsvp="yes"), SENTENCE, sentence_consent="table", shown_as=NAME).guest

    contribute(guest, **SAID)
    first = left(guest).waits_since
    contribute(guest, **SAID)

    assert SENTENCE not in said(recap)
    assert left(guest).waits_since == first
    show(left(guest))
    contribute(guest, **SAID)
    assert SENTENCE in said(recap)


def test_a_guest_who_writes_after_publication_is_no_voice_before_the_host_has_seen_it():
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    make_others_speak(meetup, 2)

    third = contribute(make_guest(meetup, rsvp="yes"), **SAID)

    assert (said(recap), Contribution.objects.speaking().count()) == ([], 2)
    show(third)
    assert len(said(recap)) == 3


def test_before_publication_nothing_waits_and_while_it_is_taken_down_it_does():
    meetup = make_held_meetup()
    make_others_speak(meetup, 3)
    guest, recap = make_guest(meetup, rsvp="yes"), open_recap(meetup)
    contribute(guest, **SAID)
    first = said(publish_recap(recap))
    take_down_recap(recap)

    contribute(guest, **SAID | {"sentence": OTHER})
    again = said(publish_recap(recap))

    assert SENTENCE in first
    assert {SENTENCE, OTHER} & set(again) == set()


def test_the_table_does_not_read_what_waits(recap, maria):
    reader = make_guest(recap.meetup, rsvp="yes")
    contribute(maria, **SAID | {"sentence": OTHER}, photo=picture(), photo_consent="everyone", faces_agreed=True)
    before = [(voice.sentence, voice.photo) for voice in table_voices(reader) if voice.name == NAME]

    show(left(maria))

    assert before == []
    assert [voice.sentence for voice in table_voices(reader) if voice.name == NAME] == [OTHER]


def test_words_of_somebody_absent_at_publication_wait_when_the_host_says_later_that_they_were_there(recap):
    Recap.objects.update(state="draft", published_at=None)
    ned = make_guest(recap.meetup, name="Ned", rsvp="no")
    record_attendance(ned, attended=True)
    contribute(ned, **SAID, photo=picture(), photo_consent="everyone", faces_agreed=True)
    publish_recap(Recap.objects.get())

    confirm_attendance(ned, attended=True)

    assert SENTENCE not in said(recap)
    assert not Photo.objects.public().exists()
    show(left(ned))
    show(left(ned), is_photo=True)
    assert SENTENCE in said(recap)
    assert Photo.objects.public().count() == 1


# Photos --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "waits", "num_public"),
    [
        ({}, False, 1),
        ({"photo_alt": "The mayor's bowl"}, True, 0),
        ({"photo_alt": ""}, False, 1),
        ({"photo_consent": "table"}, False, 0),
        ({"photo": "another"}, True, 0),
    ],
)
def test_a_photo_that_is_new_waits_and_one_that_is_taken_back_goes_at_once(recap, maria, change, waits, num_public):
    add_photo(left(maria), consent="everyone", alt="Six bowls")
    facts = {"photo_consent": "everyone", "photo_alt": "Six bowls", "faces_agreed": True} | change
    facts["photo"] = picture() if "photo" in change else None

    contribute(maria, **SAID, **facts)

    assert (Photo.objects.get().waits_since is not None) is waits
    assert Photo.objects.public().count() == num_public
    assert SENTENCE in said(recap)


# What somebody asked to go -------------------------------------------------------------------------------------------


def block_of(recap: Recap, guest: Guest, *, is_photo: bool = False) -> str:
    return next(one.name for one in blocks_of(recap) if one.contribution.guest == guest and bool(one.photo) is is_photo)


@pytest.mark.parametrize("is_settled", [False, True])
@pytest.mark.parametrize("consent", ["everyone", "table"])
def test_the_same_sentence_written_again_after_a_removal_waits(recap, maria, is_settled, consent):
    removal = request_removal(recap, block=block_of(recap, maria))
    if is_settled:
        settle_removal(removal, is_put_back=False, by="host")
    withdraw_contribution(left(maria))

    contribute(maria, **SAID | {"sentence_consent": consent})

    reader = make_guest(recap.meetup, rsvp="yes")
    assert SENTENCE not in said(recap)
    assert SENTENCE not in [voice.sentence for voice in table_voices(reader)]
    show(left(maria))
    assert (SENTENCE in said(recap)) is (consent == "everyone")
    assert SENTENCE in [voice.sentence for voice in table_voices(reader)]


def test_other_words_after_a_removal_wait_and_can_be_shown_and_asked_out_once_more(recap, maria):
    first = settle_removal(request_removal(recap, block=block_of(recap, maria)), is_put_back=False, by="host")
    contribute(maria, **SAID | {"sentence": OTHER})
    hidden = said(recap)

    show(left(maria))

    assert OTHER not in hidden and OTHER in said(recap)
    assert RemovalRequest.objects.get(pk=first.pk).outcome == "put_back"
    second = request_removal(recap, block=block_of(recap, maria))
    assert OTHER not in said(recap)
    with pytest.raises(MeetupError):
        settle_removal(second, is_put_back=True, by="host")


def test_words_about_which_somebody_still_asks_are_not_shown_before_that_is_settled(recap, maria):
    removal = request_removal(recap, block=block_of(recap, maria))
    contribute(maria, **SAID | {"sentence": OTHER})

    with pytest.raises(MeetupError):
        show(left(maria))
    assert OTHER not in said(recap)
    settle_removal(removal, is_put_back=True, by="host")
    assert OTHER not in said(recap)
    show(left(maria))
    assert OTHER in said(recap)


def test_a_photo_that_was_left_out_for_good_can_be_shown_again_and_one_in_its_place_too(recap, maria):
    add_photo(left(maria), consent="everyone", alt="Six bowls")
    removal = settle_removal(request_removal(recap, block=block_of(recap, maria, is_photo=True)), is_put_back=False, by="host")
    assert not Photo.objects.public().exists()

    settle_removal(removal, is_put_back=True, by="host")
    settle_removal(removal, is_put_back=True, by="host")

    assert Photo.objects.public().count() == 1
    settle_removal(request_removal(recap, block=block_of(recap, maria, is_photo=True)), is_put_back=False, by="host")
    contribute(maria, **SAID, photo=picture("red"), photo_consent="everyone", faces_agreed=True)
    assert not Photo.objects.public().exists()
    show(left(maria), is_photo=True)
    assert Photo.objects.public().count() == 1


def test_after_a_takedown_what_is_written_again_waits(recap, maria):
    take_down_for_reason(recap, by=recap.meetup.host, reason="A neighbor is named.")
    withdraw_contribution(left(maria))
    contribute(maria, **SAID)
    give_back_recap(recap, by=recap.meetup.host, reason="The name is out.")

    publish_recap(Recap.objects.get())

    assert SENTENCE not in said(recap)


# The host's word -----------------------------------------------------------------------------------------------------


def test_what_the_guest_changed_meanwhile_is_not_shown_by_a_press_about_the_words_before(recap, maria):
    contribute(maria, **SAID | {"sentence": OTHER})
    seen = version_of(left(maria))
    contribute(maria, **SAID | {"sentence": "Something else."})

    with pytest.raises(MeetupError):
        review_contribution(left(maria), is_photo=False, seen=seen, is_shown=True)

    assert {OTHER, "Something else."} & set(said(recap)) == set()


def test_what_the_host_leaves_out_waits_no_more_and_is_hidden(recap, maria):
    contribute(maria, **SAID | {"sentence": OTHER})
    words = left(maria)

    for is_shown in (False, True):
        review_contribution(words, is_photo=False, seen=version_of(words), is_shown=is_shown)

    assert (left(maria).waits_since, left(maria).is_hidden) == (None, True)
    assert OTHER not in said(recap)


# The letter ----------------------------------------------------------------------------------------------------------


def letters() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="words_wait").order_by("due_at"))


def test_the_host_hears_of_all_that_waits_in_one_letter_a_day(late_november, recap, maria):
    ned = make_guest(recap.meetup, name="Ned", rsvp="no")
    contribute(maria, **SAID | {"sentence": OTHER})
    contribute(maria, **SAID | {"sentence": "Once more."})
    record_attendance(ned, attended=True)
    [first] = letters()
    body = " ".join(build_message(first).body.split())
    Delivery.objects.filter(pk=first.pk).update(state="sent")

    contribute(make_guest(recap.meetup, name="Lee", rsvp="yes"), **SAID)
    contribute(make_guest(recap.meetup, name="Kit", rsvp="yes"), **SAID)

    assert first.user == recap.meetup.host
    assert first.due_at - clock.now() <= timedelta(hours=1)
    assert "Maria left something, or changed it" in body and "Ned, who had no seat on your list" in body
    assert OTHER not in body
    first, second = letters()
    assert second.due_at - first.due_at >= timedelta(days=1)


def test_a_letter_about_nothing_that_waits_is_not_written(recap, maria):
    contribute(maria, **SAID | {"sentence": OTHER})
    withdraw_contribution(left(maria))

    with pytest.raises(MeetupError):
        build_message(letters()[0])


def test_what_does_not_wait_is_no_letter(recap, maria):
    contribute(maria, **SAID)
    contribute(maria, **SAID | {"sentence_consent": "table"})

    assert letters() == []
