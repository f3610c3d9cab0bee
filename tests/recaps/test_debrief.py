"""The host's acts after the meetup: who came, and six answers."""

import pytest

from meetups.exceptions import MeetupError
from meetups.models import Debrief, Guest
from meetups.recaps.services import debrief
from meetups.recaps.services import recap as acts
from tests.factories import (
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
)

pytestmark = pytest.mark.django_db


# Who came


def test_ticked_guests_came_and_other_yeses_did_not():
    meetup = make_held_meetup()
    ana, ben = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    maybe, declined = make_guest(meetup, rsvp="maybe"), make_guest(meetup, rsvp="no")

    debrief.record_came(meetup, [ana.pk, maybe.pk])

    assert list(Guest.objects.order_by("pk").values_list("attended", flat=True)) == [True, False, True, None]
    assert [ana.pk, ben.pk, maybe.pk, declined.pk] == list(Guest.objects.order_by("pk").values_list("pk", flat=True))


def test_second_tick_list_counts_anew():
    meetup = make_held_meetup()
    ana, maybe = make_guest(meetup, rsvp="yes", attended=True), make_guest(meetup, rsvp="maybe", attended=True)

    debrief.record_came(meetup, [])

    assert Guest.objects.get(pk=ana.pk).attended is False
    assert Guest.objects.get(pk=maybe.pk).attended is None


def test_guest_of_another_table_is_not_touched_by_a_tick():
    meetup, other = make_held_meetup(), make_guest(make_held_meetup(), rsvp="yes")

    debrief.record_came(meetup, [other.pk])

    assert Guest.objects.get(pk=other.pk).attended is None


def test_somebody_who_came_unasked_is_a_guest_once():
    meetup = make_held_meetup()

    debrief.record_came(meetup, [], others=["  Noor ", ""])
    debrief.record_came(meetup, list(meetup.guests.values_list("pk", flat=True)), others=["noor"])

    assert list(meetup.guests.values_list("name", "email", "attended")) == [("Noor", None, True)]


def test_nobody_came_before_the_evening():
    with pytest.raises(MeetupError) as refused:
        debrief.record_came(make_meetup(in_days=2), [])

    assert str(refused.value) == "The evening has not begun yet."


# The debrief


def test_debrief_is_one_row_whatever_is_pressed():
    meetup = make_held_meetup()

    debrief.record_debrief(meetup, did_happen=True, num_came=7, agree="Soup", differ="", still_open="", next_time="Earlier")
    debrief.record_debrief(meetup, did_happen=True, num_came=8, agree="Bread", differ="", still_open="", next_time="Earlier")

    assert list(Debrief.objects.values_list("num_came", "agree", "next_time")) == [(8, "Bread", "Earlier")]


def test_debrief_fills_a_draft_but_not_over_the_hosts_words():
    meetup = make_held_meetup()
    recap = acts.open_recap(meetup)
    acts.edit_recap(recap, agree="My own words.")

    debrief.record_debrief(meetup, did_happen=True, num_came=7, agree="From the debrief", differ="Street or city")

    recap.refresh_from_db()
    assert (recap.agree, recap.differ) == ("My own words.", "Street or city")


def test_evening_that_did_not_happen_asks_nobody_and_keeps_the_words(moved_clock):
    meetup = make_meetup(in_days=1, plan=True)
    moved_clock(to=meetup.ends_at)
    debrief.record_debrief(meetup, did_happen=True, num_came=3, agree="Words")
    debrief.record_not_held(meetup)
    debrief.record_not_held(meetup)

    assert Debrief.objects.get().did_happen is False
    assert Debrief.objects.get().agree == "Words"
    switched_off = meetup.mailings.filter(is_off=True).values_list("kind", flat=True)
    assert sorted(switched_off) == ["debrief", "how_did_it_go", "were_you_there"]


def test_pressing_it_did_not_happen_by_mistake_can_be_taken_back(moved_clock):
    meetup = make_meetup(in_days=1, plan=True)
    moved_clock(to=meetup.ends_at)

    debrief.record_not_held(meetup)
    debrief.record_debrief(meetup, did_happen=True, num_came=3)

    assert list(meetup.mailings.filter(is_off=True).values_list("kind", flat=True)) == ["debrief"]


def test_published_recap_says_that_it_happened():
    meetup = make_held_meetup()
    make_recap(meetup)

    with pytest.raises(MeetupError):
        debrief.record_not_held(meetup)

    assert not Debrief.objects.exists()
