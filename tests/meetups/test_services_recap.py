"""After the evening: who came, the debrief, what guests leave, the recap and its three letters."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Debrief, Delivery, Guest, Mailing, Meetup, Photo, Recap
from meetups.services import contribution as leaving
from meetups.services import debrief as debriefs
from meetups.services import recap as acts
from meetups.services.mailing import fan_out_due
from tests.factories import (
    PHONE,
    STREET,
    day,
    make_book,
    make_debrief,
    make_delivery,
    make_guest,
    make_held_meetup,
    make_kit,
    make_meetup,
    make_others_speak,
    make_recap,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def photo_file(color: str = "teal") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (80, 60), color).save(written, "PNG")
    return SimpleUploadedFile("photo.png", written.getvalue(), content_type="image/png")


def files(settings) -> list[str]:
    return sorted(file.name for file in settings.MEDIA_ROOT.rglob("*") if file.is_file())


# Who came


def test_ticked_guests_came_and_other_yeses_did_not():
    meetup = make_held_meetup()
    ana, ben = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    maybe, declined = make_guest(meetup, rsvp="maybe"), make_guest(meetup, rsvp="no")

    debriefs.record_came(meetup, [ana.pk, maybe.pk])

    assert list(Guest.objects.order_by("pk").values_list("attended", flat=True)) == [True, False, True, None]
    assert [ana.pk, ben.pk, maybe.pk, declined.pk] == list(Guest.objects.order_by("pk").values_list("pk", flat=True))


def test_second_tick_list_counts_anew():
    meetup = make_held_meetup()
    ana, maybe = make_guest(meetup, rsvp="yes", attended=True), make_guest(meetup, rsvp="maybe", attended=True)

    debriefs.record_came(meetup, [])

    assert Guest.objects.get(pk=ana.pk).attended is False
    assert Guest.objects.get(pk=maybe.pk).attended is None


def test_guest_of_another_table_is_not_touched_by_a_tick():
    meetup, other = make_held_meetup(), make_guest(make_held_meetup(), rsvp="yes")

    debriefs.record_came(meetup, [other.pk])

    assert Guest.objects.get(pk=other.pk).attended is None


def test_somebody_who_came_unasked_is_a_guest_once():
    meetup = make_held_meetup()

    debriefs.record_came(meetup, [], others=["  Noor ", ""])
    debriefs.record_came(meetup, list(meetup.guests.values_list("pk", flat=True)), others=["noor"])

    assert list(meetup.guests.values_list("name", "email", "attended")) == [("Noor", None, True)]


def test_nobody_came_before_the_evening():
    with pytest.raises(MeetupError) as refused:
        debriefs.record_came(make_meetup(in_days=2), [])

    assert str(refused.value) == "The evening has not begun yet."


# The debrief


def test_debrief_is_one_row_whatever_is_pressed():
    meetup = make_held_meetup()

    debriefs.record_debrief(meetup, did_happen=True, num_came=7, agree="Soup", differ="", still_open="", next_time="Earlier")
    debriefs.record_debrief(meetup, did_happen=True, num_came=8, agree="Bread", differ="", still_open="", next_time="Earlier")

    assert list(Debrief.objects.values_list("num_came", "agree", "next_time")) == [(8, "Bread", "Earlier")]


def test_debrief_fills_a_draft_but_not_over_the_hosts_words():
    meetup = make_held_meetup()
    recap = acts.open_recap(meetup)
    acts.edit_recap(recap, agree="My own words.")

    debriefs.record_debrief(meetup, did_happen=True, num_came=7, agree="From the debrief", differ="Street or city")

    recap.refresh_from_db()
    assert (recap.agree, recap.differ) == ("My own words.", "Street or city")


def test_evening_that_did_not_happen_asks_nobody_and_keeps_the_words(moved_clock):
    meetup = make_meetup(in_days=1, plan=True)
    moved_clock(to=meetup.ends_at)
    debriefs.record_debrief(meetup, did_happen=True, num_came=3, agree="Words")
    debriefs.record_not_held(meetup)
    debriefs.record_not_held(meetup)

    assert Debrief.objects.get().did_happen is False
    assert Debrief.objects.get().agree == "Words"
    switched_off = meetup.mailings.filter(is_off=True).values_list("kind", flat=True)
    assert sorted(switched_off) == ["debrief", "how_did_it_go", "were_you_there"]


def test_pressing_it_did_not_happen_by_mistake_can_be_taken_back(moved_clock):
    meetup = make_meetup(in_days=1, plan=True)
    moved_clock(to=meetup.ends_at)

    debriefs.record_not_held(meetup)
    debriefs.record_debrief(meetup, did_happen=True, num_came=3)

    assert list(meetup.mailings.filter(is_off=True).values_list("kind", flat=True)) == ["debrief"]


def test_published_recap_says_that_it_happened():
    meetup = make_held_meetup()
    make_recap(meetup)

    with pytest.raises(MeetupError):
        debriefs.record_not_held(meetup)

    assert not Debrief.objects.exists()


# What guests leave


def test_contribution_keeps_sentence_photo_and_both_consents(settings):
    guest = make_guest(make_held_meetup(), rsvp="yes")

    left = leaving.contribute(
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
    assert len(files(settings)) == 1 and "photo" not in files(settings)[0]


def test_second_contribution_updates_the_first_and_leaves_the_photo(settings):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    leaving.contribute(guest, sentence="One", photo=photo_file(), photo_consent="table")

    leaving.contribute(guest, sentence="Two", sentence_consent="everyone", photo_consent="nobody")

    assert list(Contribution.objects.values_list("sentence", "sentence_consent")) == [("Two", "everyone")]
    assert list(Photo.objects.values_list("consent", flat=True)) == ["nobody"]
    assert len(files(settings)) == 1


def test_another_photo_replaces_the_first_under_another_name(settings, django_capture_on_commit_callbacks):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    leaving.contribute(guest, photo=photo_file("red"))
    first = Photo.objects.get().name

    with django_capture_on_commit_callbacks(execute=True):
        leaving.contribute(guest, photo=photo_file("blue"))

    assert Photo.objects.get().name != first
    assert len(files(settings)) == 1


def test_photo_can_be_taken_out_alone(settings, django_capture_on_commit_callbacks):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    leaving.contribute(guest, sentence="One", photo=photo_file())

    with django_capture_on_commit_callbacks(execute=True):
        leaving.contribute(guest, sentence="One", remove_photo=True)

    assert Contribution.objects.get().sentence == "One"
    assert not Photo.objects.exists() and files(settings) == []


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
        leaving.contribute(guest, **({"sentence": "Fine"} | words))

    assert not Contribution.objects.exists() and not Photo.objects.exists()
    assert files(settings) == []


def test_photo_sent_for_the_table_needs_agreement_before_everyone_sees_it():
    guest = make_guest(make_held_meetup(), rsvp="yes")
    leaving.contribute(guest, photo=photo_file(), photo_consent="table")

    with pytest.raises(MeetupError):
        leaving.contribute(guest, photo_consent="everyone")

    assert Photo.objects.get().consent == "table"


@pytest.mark.parametrize("change", [{"removed_at": clock.now}, {"origin": "self"}], ids=["removed", "unproven"])
def test_who_is_no_guest_leaves_nothing(change):
    guest = make_guest(
        make_held_meetup(), rsvp="yes", **{name: value() if callable(value) else value for name, value in change.items()}
    )

    with pytest.raises(MeetupError):
        leaving.contribute(guest, sentence="Hello")

    assert not Contribution.objects.exists()


@pytest.mark.parametrize("fields", [{"in_days": 2}, {"in_days": -2, "status": Meetup.Status.CANCELED}], ids=["ahead", "canceled"])
def test_nothing_is_left_at_an_evening_that_was_not(fields):
    with pytest.raises(MeetupError):
        leaving.contribute(make_guest(make_meetup(**fields), rsvp="yes"), sentence="Hello")


def test_withdrawing_takes_out_everything_at_once(settings, django_capture_on_commit_callbacks):
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    maria = {"sentence": "Mine", "sentence_consent": "everyone", "shown_as": "Maria"}
    left = leaving.contribute(make_guest(meetup, rsvp="yes"), **maria, photo=photo_file())
    version = Recap.objects.get().card_version

    with django_capture_on_commit_callbacks(execute=True):
        leaving.withdraw_contribution(left)

    left.refresh_from_db()
    assert (left.sentence, left.shown_as, left.sentence_consent) == ("", "", "nobody")
    assert left.withdrawn_at is not None
    assert not Photo.objects.exists() and files(settings) == []
    recap.refresh_from_db()
    assert recap.card_version == version + 1


def test_withdrawing_twice_does_nothing_the_second_time():
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    left = leaving.contribute(make_guest(meetup, rsvp="yes"), sentence="Mine")
    once = leaving.withdraw_contribution(left)

    twice = leaving.withdraw_contribution(left)

    assert twice.withdrawn_at == once.withdrawn_at
    assert Recap.objects.get(pk=recap.pk).card_version == 2


def test_withdrawn_words_come_back_only_by_saying_them_again():
    guest = make_guest(make_held_meetup(), rsvp="yes")
    leaving.withdraw_contribution(leaving.contribute(guest, sentence="Mine", sentence_consent="everyone"))
    assert not Contribution.objects.standing().exists()

    leaving.contribute(guest, sentence="Mine again", sentence_consent="everyone")

    make_others_speak(guest.meetup)
    assert Contribution.objects.public().get(guest=guest).sentence == "Mine again"


# The recap


def test_draft_is_filled_from_debrief_and_kit():
    meetup = make_held_meetup(date=day("2026-11-21"))
    make_debrief(meetup, agree="Together", differ="Where to begin", still_open="Who calls", next_time="A secret")

    recap = acts.open_recap(meetup)

    assert recap.question == "Where have you seen people change something together?"
    assert (recap.agree, recap.differ, recap.still_open, recap.text) == ("Together", "Where to begin", "Who calls", "")
    assert recap.state == "draft"


def test_opening_again_changes_nothing_the_host_wrote():
    meetup = make_held_meetup()
    first = acts.edit_recap(acts.open_recap(meetup), question="Mine", differ="")
    make_debrief(meetup, differ="From the debrief")

    again = acts.open_recap(meetup)

    assert (again.pk, again.slug, again.question, again.differ) == (first.pk, first.slug, "Mine", "")


def test_slug_names_book_and_month_and_nothing_else():
    kit = make_kit(book=make_book("Transforming Power", "Judy Rebick"))
    meetup = make_meetup(kit=kit, title="Dinner at 12 Lindenblossom Street", date=day("2025-03-14"))

    slug = acts.make_recap_slug(meetup)

    assert slug.rpartition("-")[0] == "transforming-power-march-2025"
    assert meetup.code not in slug and acts.make_recap_slug(meetup) != slug


@pytest.mark.parametrize(
    ("questions", "stem"),
    [("Who decides here?", "who-decides-here"), ("誰が決める", "an-evening"), ("word " * 40, "word-word-word-word")],
)
def test_slug_without_a_book_is_the_question_cut_at_a_word(questions, stem):
    meetup = make_meetup(kit=make_kit(book=None, questions=questions), date=day("2025-03-14"))

    assert acts.make_recap_slug(meetup).rpartition("-")[0].removesuffix("-march-2025").startswith(stem)
    assert len(acts.make_recap_slug(meetup)) <= 120


def test_unknown_word_is_a_mistake_of_ours():
    recap = make_recap(make_held_meetup())

    with pytest.raises(TypeError):
        acts.edit_recap(recap, state="published")


@pytest.mark.parametrize("secret", [STREET, PHONE, "12  lindenblossom   STREET."])
def test_recap_that_names_the_house_is_refused(secret):
    recap = make_recap(make_held_meetup(), text="Fine")

    with pytest.raises(MeetupError):
        acts.edit_recap(recap, text=f"We sat at {secret} until late.")

    assert Recap.objects.get().text == "Fine"


def test_host_orders_and_hides_but_another_tables_words_stay():
    meetup = make_held_meetup()
    first, second = (
        leaving.contribute(make_guest(meetup, rsvp="yes"), sentence=word, sentence_consent="everyone") for word in ("One", "Two")
    )
    other = leaving.contribute(make_guest(make_held_meetup(), rsvp="yes"), sentence="Other", sentence_consent="everyone")

    acts.arrange_contributions(
        meetup,
        {first.pk: {"position": 2, "is_hidden": False}, second.pk: {"position": 1}, other.pk: {"position": 9, "is_hidden": True}},
    )

    assert list(meetup.contributions.standing().values_list("sentence", flat=True)) == ["Two", "One"]
    other.refresh_from_db()
    assert (other.position, other.is_hidden) == (1, False)


def test_what_the_host_hides_stays_hidden_when_the_guest_writes_anew():
    meetup = make_held_meetup()
    guest = make_guest(meetup, rsvp="yes")
    left = leaving.contribute(guest, sentence="One", sentence_consent="everyone", photo=photo_file())
    acts.arrange_contributions(meetup, {left.pk: {"is_hidden": True, "photo_is_hidden": True}})

    leaving.contribute(guest, sentence="Two", sentence_consent="everyone", photo_consent="table")

    assert Contribution.objects.get().is_hidden and Photo.objects.get().is_hidden


def publishable(**fields) -> Recap:
    meetup = make_held_meetup(**fields)
    make_guest(meetup, rsvp="yes", attended=True)
    make_guest(meetup, rsvp="yes", attended=False)
    make_guest(meetup, rsvp="no")
    make_guest(meetup)
    return acts.open_recap(meetup)


def test_first_publication_owes_three_letters_and_the_second_none():
    recap = publishable()
    assert acts.num_recap_letters(recap.meetup) == [("recap_came", 1), ("recap_missed", 1), ("recap_declined", 1)]

    published = acts.publish_recap(recap)
    acts.publish_recap(acts.edit_recap(published, text="More"))
    acts.publish_recap(acts.take_down_recap(published))

    to_guests = Mailing.objects.exclude(segment="host")
    assert sorted(to_guests.values_list("kind", flat=True)) == ["recap_came", "recap_declined", "recap_missed"]
    assert to_guests.filter(is_off=False).count() == 3
    assert Mailing.objects.filter(kind="led_to").count() == 1
    assert Recap.objects.get().is_published
    assert published.letters_sent_at == Recap.objects.get().letters_sent_at


def test_three_letters_reach_three_kinds_of_guests_once(moved_clock):
    recap = acts.publish_recap(publishable())
    moved_clock(days=1)

    fan_out_due()
    acts.publish_recap(acts.take_down_recap(recap))
    moved_clock(days=2)
    fan_out_due()

    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["recap_came", "recap_declined", "recap_missed"]


def test_taking_down_keeps_letters_that_have_not_left():
    recap = acts.publish_recap(publishable())
    guest = recap.meetup.guests.first()
    make_delivery("recap_came", guest=guest)
    invitation = make_delivery("invitation", guest=guest)

    acts.take_down_recap(recap)
    acts.take_down_recap(recap)

    assert Mailing.objects.filter(is_off=True).count() == 3
    assert Delivery.objects.get(kind="recap_came").state == "withdrawn"
    assert Delivery.objects.get(pk=invitation.pk).state == "queued"
    assert not Recap.objects.public().exists()


def test_recap_is_not_published_before_the_end():
    hour = timedelta(hours=1)
    meetup = make_held_meetup()
    Meetup.objects.filter(pk=meetup.pk).update(starts_at=clock.now() - hour, ends_at=clock.now() + hour)
    recap = make_recap(meetup, state="draft")

    with pytest.raises(MeetupError) as refused:
        acts.publish_recap(recap)

    assert str(refused.value) == "A recap can be published once the evening is over."


def test_evening_that_did_not_happen_has_no_recap():
    recap = publishable()
    make_debrief(recap.meetup, did_happen=False)

    with pytest.raises(MeetupError):
        acts.publish_recap(recap)

    assert not Mailing.objects.exists()


def test_recap_without_a_question_is_not_published_and_does_not_lose_it_later():
    recap = acts.edit_recap(publishable(), question="")
    with pytest.raises(MeetupError):
        acts.publish_recap(recap)

    published = acts.publish_recap(acts.edit_recap(recap, question="Who decides?"))
    with pytest.raises(MeetupError):
        acts.edit_recap(published, question="  ")

    assert Recap.objects.get().question == "Who decides?"


@pytest.mark.django_db(transaction=True)
def test_photo_whose_row_is_not_written_leaves_no_file(settings, monkeypatch):
    guest = make_guest(make_held_meetup(), rsvp="yes")

    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(leaving, "touch_recap", fail)
    with pytest.raises(RuntimeError):
        leaving.contribute(guest, sentence="One", photo=photo_file())

    assert not Contribution.objects.exists()
    assert files(settings) == []
    assert connection.in_atomic_block is False


def test_what_a_table_agrees_on_can_be_read_sentence_by_sentence():
    recap = Recap(agree="People change things. Slowly.", differ="Where to begin?\nWith whom?", still_open="")

    assert recap.agree_list == ["People change things.", "Slowly."]
    assert recap.differ_list == ["Where to begin?", "With whom?"]
    assert recap.open_list == []


def test_touching_a_recap_makes_everything_kept_of_it_old():
    recap = make_recap(make_held_meetup())
    Recap.objects.filter(pk=recap.pk).update(updated_at=day("2025-01-01").strftime("%Y-%m-%dT00:00:00Z"))

    acts.touch_recap(recap.meetup)

    touched = Recap.objects.get(pk=recap.pk)
    assert touched.card_version == recap.card_version + 1
    assert touched.updated_at > recap.created_at
