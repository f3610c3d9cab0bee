"""What guests leave: a sentence and a photo with their consents, and withdrawing them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from meetups.exceptions import MeetupError
from meetups.models import Contribution, Meetup, Photo, Recap
from meetups.recaps.services import contribution
from meetups.times import clock
from tests.factories import (
    STREET,
    let_all_stand,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_others_speak,
    make_recap,
)
from tests.recaps.conftest import media_files, photo_file

pytestmark = pytest.mark.django_db


# What guests leave


def test_contribution_keeps_sentence_photo_and_both_consents(settings):
    guest = make_guest(make_held_meetup(), rsvp="yes")

    left = contribution.contribute(
        guest,
        sentence="I left less\nalone  than I came.",
        sentence_consent="table",
        shown_as="Maria, Toronto",
        photo=photo_file(),
        photo_consent="everyone",
        photo_alt="Soup",
        faces_agreed=True,
    )

    assert (left.sentence, left.sentence_consent, left.shown_as) == ("I left less alone than I came.", "table", "Maria, Toronto")
    assert (left.photo.consent, left.photo.alt, left.photo.width, left.photo.height) == ("everyone", "Soup", 80, 60)
    assert left.photo.faces_agreed_at is not None
    assert len(media_files(settings)) == 1 and "photo" not in media_files(settings)[0]


def test_second_contribution_updates_the_first_and_leaves_the_photo(settings):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    contribution.contribute(guest, sentence="One", photo=photo_file(), photo_consent="table")

    contribution.contribute(guest, sentence="Two", sentence_consent="everyone", photo_consent="nobody")

    assert list(Contribution.objects.values_list("sentence", "sentence_consent")) == [("Two", "everyone")]
    assert list(Photo.objects.values_list("consent", flat=True)) == ["nobody"]
    assert len(media_files(settings)) == 1


def test_another_photo_replaces_the_first_under_another_name(settings, django_capture_on_commit_callbacks):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    contribution.contribute(guest, photo=photo_file("red"))
    first = Photo.objects.get().name

    with django_capture_on_commit_callbacks(execute=True):
        contribution.contribute(guest, photo=photo_file("blue"))

    assert Photo.objects.get().name != first
    assert len(media_files(settings)) == 1


def test_photo_can_be_taken_out_alone(settings, django_capture_on_commit_callbacks):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    contribution.contribute(guest, sentence="One", photo=photo_file())

    with django_capture_on_commit_callbacks(execute=True):
        contribution.contribute(guest, sentence="One", remove_photo=True)

    assert Contribution.objects.get().sentence == "One"
    assert not Photo.objects.exists() and media_files(settings) == []


@pytest.mark.parametrize(
    "words",
    [
        {"photo": photo_file(), "photo_consent": "everyone"},
        {"photo": SimpleUploadedFile("a.jpg", b"GIF89a"), "photo_consent": "nobody"},
        {"sentence": "x" * 281},
        {"sentence": f"We met at {STREET.upper()}, third floor", "sentence_consent": "everyone"},
        {"sentence": "Call +1-416-555-0142", "sentence_consent": "everyone"},
    ],
    ids=["faces", "no-photo", "long", "street", "phone"],
)
def test_refused_contribution_leaves_nothing(words, settings):
    guest = make_guest(make_held_meetup(), rsvp="yes")

    with pytest.raises(MeetupError):
        contribution.contribute(guest, **({"sentence": "Fine"} | words))

    assert not Contribution.objects.exists() and not Photo.objects.exists()
    assert media_files(settings) == []


def test_photo_sent_for_the_table_needs_agreement_before_everyone_sees_it():
    guest = make_guest(make_held_meetup(), rsvp="yes")
    contribution.contribute(guest, photo=photo_file(), photo_consent="table")

    with pytest.raises(MeetupError):
        contribution.contribute(guest, photo_consent="everyone")

    assert Photo.objects.get().consent == "table"


@pytest.mark.parametrize("change", [{"removed_at": clock.now}, {"origin": "self"}], ids=["removed", "unproven"])
def test_who_is_no_guest_leaves_nothing(change):
    guest = make_guest(
        make_held_meetup(), rsvp="yes", **{name: value() if callable(value) else value for name, value in change.items()}
    )

    with pytest.raises(MeetupError):
        contribution.contribute(guest, sentence="Hello")

    assert not Contribution.objects.exists()


@pytest.mark.parametrize("fields", [{"in_days": 2}, {"in_days": -2, "status": Meetup.Status.CANCELED}], ids=["ahead", "canceled"])
def test_nothing_is_left_at_an_evening_that_was_not(fields):
    with pytest.raises(MeetupError):
        contribution.contribute(make_guest(make_meetup(**fields), rsvp="yes"), sentence="Hello")


def test_withdrawing_takes_out_everything_at_once(settings, django_capture_on_commit_callbacks):
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    maria = {"sentence": "Mine", "sentence_consent": "everyone", "shown_as": "Maria"}
    left = contribution.contribute(make_guest(meetup, rsvp="yes"), **maria, photo=photo_file())
    make_others_speak(meetup)
    let_all_stand(meetup)
    version = Recap.objects.get().card_version

    with django_capture_on_commit_callbacks(execute=True):
        contribution.withdraw_contribution(left)

    left.refresh_from_db()
    assert (left.sentence, left.shown_as, left.sentence_consent) == ("", "", "nobody")
    assert left.withdrawn_at is not None
    assert not Photo.objects.exists() and media_files(settings) == []
    recap.refresh_from_db()
    assert recap.card_version == version + 1


def test_withdrawing_twice_does_nothing_the_second_time():
    meetup = make_held_meetup()
    recap = make_recap(meetup, state="draft")
    left = contribution.contribute(make_guest(meetup, rsvp="yes"), sentence="Mine")
    once = contribution.withdraw_contribution(left)

    twice = contribution.withdraw_contribution(left)

    assert twice.withdrawn_at == once.withdrawn_at
    assert Recap.objects.get(pk=recap.pk).card_version == 2


def test_withdrawn_words_come_back_only_by_saying_them_again():
    guest = make_guest(make_held_meetup(), rsvp="yes")
    contribution.withdraw_contribution(contribution.contribute(guest, sentence="Mine", sentence_consent="everyone"))
    assert not Contribution.objects.standing().exists()

    contribution.contribute(guest, sentence="Mine again", sentence_consent="everyone")

    make_others_speak(guest.meetup)
    assert Contribution.objects.public().get(guest=guest).sentence == "Mine again"
