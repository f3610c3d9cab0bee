"""Letters promise only what will happen, and say to each reader what is so for them."""

from datetime import timedelta

import pytest

from meetups.letters import build_message
from tests.factories import make_delivery, make_guest, make_held_meetup, make_meetup, make_recap

pytestmark = pytest.mark.django_db

ONCE_MORE = "We ask you once more before the evening."


def body(kind: str, guest, **context) -> str:
    message = build_message(make_delivery(kind, guest=guest, context=context))
    return " ".join(message.body.split())


def test_a_maybe_is_told_that_we_ask_again_while_that_is_so(moved_clock):
    meetup = make_meetup(plan=True)
    guest = make_guest(meetup, rsvp="maybe")
    early = body("confirmation", guest, rsvp="maybe")

    moved_clock(to=meetup.mailings.get(kind="three_days").due_at - timedelta(hours=11))
    late = body("confirmation", guest, rsvp="maybe")

    assert ONCE_MORE in early
    assert ONCE_MORE not in late
    assert "When you know, please say so behind your link." in late


def test_who_asked_for_the_link_gets_the_same_and_is_not_told_that_the_old_one_failed():
    guest = make_guest(make_meetup(), rsvp="yes")

    asked, renewed = body("new_link", guest, is_same_link=True), body("new_link", guest)

    assert "it is the one you had" in asked
    assert "no longer works" not in asked
    assert "The old one no longer works." in renewed


@pytest.mark.parametrize(
    ("rsvp", "said"),
    [("waiting", "there was no chair left for you"), ("maybe", "You had said maybe"), ("yes", "Your chair stayed empty")],
)
def test_the_recap_says_to_who_was_not_there_how_it_was_for_them(rsvp, said):
    meetup = make_held_meetup()
    make_recap(meetup)

    assert said in body("recap_missed", make_guest(meetup, rsvp=rsvp, attended=False))
