"""Whoever is shown can have it taken out at once, and a recap can be taken down by others than its host."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from meetups.dispatch.claim import claim_deliveries
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Photo, Recap, RemovalRequest
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.preview import start_preview
from meetups.recaps.services.recap import publish_recap
from meetups.recaps.services.removal_request import blocks_of, request_removal, settle_removal, take_back_removal
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason
from meetups.times import clock
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

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture
def recap(settings, tmp_path, moved_clock) -> Recap:
    # By day: letters about this wait for the morning.
    moved_clock(to=(clock.now() + timedelta(days=1)).replace(hour=17, minute=0))
    settings.MEDIA_ROOT = tmp_path / "media"
    campaign = make_campaign(make_user("olu@example.org", shown_name="Olu"))
    meetup = make_held_meetup(make_user("ana@example.org"), campaign=campaign)
    add_photo(make_contribution(make_guest(meetup, rsvp="yes", attended=True), SENTENCE, position=1))
    make_others_speak(meetup)
    return make_recap(meetup)


def said() -> list[str]:
    return make_broadside(Recap.objects.with_meetup().get()).sentences


def num_photos() -> int:
    return sum(voice.photo is not None for voice in make_broadside(Recap.objects.with_meetup().get()).voices)


def test_a_sentence_is_out_of_sight_at_once_and_the_photo_beside_it_stays(recap):
    removal = request_removal(recap, block=blocks_of(recap)[0].name, words="That was said\nby me.")

    assert SENTENCE not in said() and len(said()) == 2
    assert num_photos() == 1
    assert (removal.is_photo, removal.words) == (False, "That was said by me.")
    assert Recap.objects.get().card_version == recap.card_version + 1


def test_a_photo_is_out_of_sight_at_once_and_its_sentence_stays(recap):
    removal = request_removal(recap, block=blocks_of(recap)[-1].name)

    assert (num_photos(), removal.is_photo) == (0, True)
    assert SENTENCE in said()


def test_host_and_organizers_are_told_and_read_different_doors(recap):
    request_removal(recap, block=blocks_of(recap)[0].name, words="Please.")

    letters = {row.user.email: build_message(row).body for row in Delivery.objects.all()}
    assert set(letters) == {"ana@example.org", "olu@example.org"}
    assert all(SENTENCE in body and "Please." in body for body in letters.values())
    assert f"/host/{recap.meetup.code}/recap/" in letters["ana@example.org"]
    assert f"/recaps/{recap.slug}/" in letters["olu@example.org"]
    assert recap.meetup.code not in letters["olu@example.org"]
    claim_deliveries()
    assert "withdrawn" not in set(Delivery.objects.values_list("state", flat=True))


def test_what_is_not_public_cannot_be_asked_about(recap):
    block = blocks_of(recap)[0].name
    request_removal(recap, block=block)

    with pytest.raises(MeetupError):
        request_removal(recap, block=block)
    with pytest.raises(MeetupError):
        request_removal(recap, block="0" * 16)
    assert RemovalRequest.objects.count() == 1


def test_the_host_leaves_it_out_for_good_or_shows_it_again_once(recap):
    block = blocks_of(recap)[0].name
    first = settle_removal(request_removal(recap, block=block), is_put_back=True, by="host")
    assert (first.outcome, SENTENCE in said()) == ("put_back", True)

    second = request_removal(recap, block=block)
    with pytest.raises(MeetupError):
        settle_removal(second, is_put_back=True, by="host")
    assert settle_removal(second, is_put_back=False, by="host").outcome == "left_out"
    with pytest.raises(MeetupError):
        settle_removal(second, is_put_back=True, by="host")
    assert SENTENCE not in said()


def test_what_the_host_left_out_is_no_voice_any_more_and_two_do_not_stand_alone(recap):
    removals = [request_removal(recap, block=blocks_of(recap)[number].name) for number in (0, -1)]
    assert len(said()) == 2

    for removal in removals:
        settle_removal(removal, is_put_back=False, by="host")

    assert (said(), num_photos(), blocks_of(recap)) == ([], 0, [])


def test_words_that_are_not_for_everyone_any_more_are_told_to_nobody(recap):
    removal = request_removal(recap, block=blocks_of(recap)[0].name)
    contribute(removal.contribution.guest, sentence="For my table alone.", sentence_consent="table")

    letters = [build_message(row).body for row in Delivery.objects.filter(kind="removal_asked")]
    assert len(letters) == 2
    assert not any("For my table alone." in body or SENTENCE in body for body in letters)


def test_who_asked_can_take_it_back_until_the_host_has_settled_it(recap):
    removal = request_removal(recap, block=blocks_of(recap)[0].name)
    assert take_back_removal(removal).outcome == "taken_back"
    assert SENTENCE in said()

    again = settle_removal(request_removal(recap, block=blocks_of(recap)[0].name), is_put_back=False, by="host")
    assert take_back_removal(again).outcome == "left_out"
    assert SENTENCE not in said()


def test_neither_the_guests_next_press_nor_the_hosts_order_brings_it_back(recap):
    left = Contribution.objects.get(sentence=SENTENCE)
    request_removal(recap, block=blocks_of(recap)[0].name)

    contribute(left.guest, sentence=SENTENCE, sentence_consent="everyone", photo_consent="everyone", faces_agreed=True)

    assert SENTENCE not in said()


@pytest.mark.parametrize("is_settled", [False, True])
def test_a_photo_that_is_taken_out_and_sent_again_waits_for_the_same_word(recap, is_settled):
    left = Contribution.objects.get(sentence=SENTENCE)
    same = SimpleUploadedFile("again.jpg", left.photo.file.read())
    removal = request_removal(recap, block=blocks_of(recap)[-1].name)
    if is_settled:
        settle_removal(removal, is_put_back=False, by="host")
    words = {"sentence": SENTENCE, "sentence_consent": "everyone", "photo_consent": "everyone", "faces_agreed": True}

    contribute(left.guest, **words, remove_photo=True)
    contribute(left.guest, **words, photo=same)

    assert Photo.objects.filter(contribution=left).exists()
    assert num_photos() == 0
    assert SENTENCE in said()


def test_a_letter_about_what_is_settled_is_not_written(recap):
    removal = request_removal(recap, block=blocks_of(recap)[0].name)
    withdraw_contribution(removal.contribution)

    removal.refresh_from_db()
    assert removal.outcome == "left_out"
    with pytest.raises(MeetupError):
        build_message(Delivery.objects.first())


# Taken down by others than the host


def test_taken_down_with_a_reason_it_is_private_and_everybody_in_it_hears_why(recap):
    olu = recap.meetup.campaign.organizers.get().user

    down = take_down_for_reason(recap, by=olu, reason="A neighbor is named.")
    take_down_for_reason(recap, by=olu, reason="Once more.")

    assert (down.state, down.taken_down_by, down.taken_down_reason) == ("withdrawn", olu, "A neighbor is named.")
    kinds = list(Delivery.objects.order_by("kind").values_list("kind", flat=True))
    assert kinds == ["recap_taken_down", "table_taken_down", "table_taken_down", "table_taken_down"]
    assert all("A neighbor is named." in build_message(row).body for row in Delivery.objects.all())


def test_without_a_reason_or_while_it_is_a_draft_nothing_is_taken_down(recap):
    with pytest.raises(MeetupError):
        take_down_for_reason(recap, by=recap.meetup.host, reason="  ")
    Recap.objects.update(state="draft")
    with pytest.raises(MeetupError):
        take_down_for_reason(recap, by=recap.meetup.host, reason="Why not.")

    assert not Delivery.objects.exists()


def test_the_host_cannot_bring_it_back_before_it_is_given_back(recap):
    take_down_for_reason(recap, by=recap.meetup.host, reason="A neighbor is named.")
    for act in (publish_recap, start_preview):
        with pytest.raises(MeetupError):
            act(Recap.objects.get())

    give_back_recap(Recap.objects.get(), by=recap.meetup.host, reason="The name is out.")
    give_back_recap(Recap.objects.get(), by=recap.meetup.host, reason="The name is out.")

    assert Recap.objects.get().state == "withdrawn"
    assert publish_recap(Recap.objects.get()).is_published
    assert clock.now() >= Recap.objects.get().published_at


def test_nobody_hears_of_it_at_night(recap, moved_clock):
    moved_clock(to=(clock.now() + timedelta(days=1)).replace(hour=4, minute=0))

    request_removal(recap, block=blocks_of(recap)[0].name)
    take_down_for_reason(recap, by=make_user(), reason="Two people are named who were not asked.")

    owed = Delivery.objects.filter(kind__in=["removal_asked", "recap_taken_down", "table_taken_down"])
    assert set(owed.values_list("kind", flat=True)) == {"removal_asked", "recap_taken_down", "table_taken_down"}
    assert {row.due_at.astimezone(ZoneInfo(recap.meetup.zone)).hour for row in owed} == {8}
