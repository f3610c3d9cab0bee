"""The recap: drafted, written, arranged, published with its three letters, taken down."""

from datetime import timedelta

import pytest
from django.db import connection

from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Mailing, Meetup, Photo, Recap
from meetups.outbox.fan_out import fan_out_due
from meetups.recaps.services import contribution
from meetups.recaps.services import recap as acts
from meetups.times import clock
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
    make_recap,
)
from tests.recaps.conftest import media_files, photo_file

pytestmark = pytest.mark.django_db


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
        contribution.contribute(make_guest(meetup, rsvp="yes"), sentence=word, sentence_consent="everyone")
        for word in ("One", "Two")
    )
    other = contribution.contribute(make_guest(make_held_meetup(), rsvp="yes"), sentence="Other", sentence_consent="everyone")

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
    left = contribution.contribute(guest, sentence="One", sentence_consent="everyone", photo=photo_file())
    acts.arrange_contributions(meetup, {left.pk: {"is_hidden": True, "photo_is_hidden": True}})

    contribution.contribute(guest, sentence="Two", sentence_consent="everyone", photo_consent="table")

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

    kinds = sorted(Delivery.objects.values_list("kind", flat=True))
    assert kinds == ["host_answers", "recap_came", "recap_declined", "recap_missed"]


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

    monkeypatch.setattr(contribution, "touch_recap", fail)
    with pytest.raises(RuntimeError):
        contribution.contribute(guest, sentence="One", photo=photo_file())

    assert not Contribution.objects.exists()
    assert media_files(settings) == []
    assert connection.in_atomic_block is False


def test_what_a_table_agrees_on_can_be_read_sentence_by_sentence():
    recap = Recap(agree="People change things. Slowly.", differ="Where to begin?\nWith whom?", still_open="")

    assert recap.agree_list == ["People change things.", "Slowly."]
    assert recap.differ_list == ["Where to begin?", "With whom?"]
    assert recap.open_list == []


def test_touching_a_recap_makes_everything_kept_of_it_old():
    recap = make_recap(make_held_meetup())
    Recap.objects.filter(pk=recap.pk).update(updated_at=day("2025-01-01").strftime("%Y-%m-%dT00:00:00Z"))

    acts.touch_recap(recap.meetup, before=None)

    touched = Recap.objects.get(pk=recap.pk)
    assert touched.card_version == recap.card_version + 1
    assert touched.updated_at > recap.created_at
