"""The registry of letter kinds: rows that fit together, and queries by what is true of a kind."""

from datetime import UTC, datetime, timedelta

import pytest

from meetups.models import Delivery, Guest, Mailing
from meetups.outbox.letter_kinds import KINDS, MOST_UNASKED, audience_of, kind_of, kinds_where, latest_useful
from meetups.outbox.plan import PLAN
from meetups.outbox.segments import SEGMENTS
from tests.factories import make_delivery, make_guest, make_meetup

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_every_planned_letter_says_whom_it_goes_to():
    planned = set(Mailing.Kind.values) - {Mailing.Kind.HOST_LETTER}

    assert set(kinds_where(lambda kind: kind.audience is not None)) == planned
    assert {rule.kind for rule in PLAN} < planned
    assert all(audience_of(kind) in SEGMENTS for kind in planned)
    with pytest.raises(LookupError):
        audience_of("confirmation")


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.still_in and kind.audience])
def test_whoever_a_letter_still_goes_to_was_among_those_it_was_planned_for(kind):
    """`still_in` may leave out who did meanwhile what was asked; it never lets in somebody the plan did not mean."""
    row = KINDS[kind]
    answers = [Guest(rsvp=rsvp, confirmed_at=at) for rsvp in Guest.Rsvp.values for at in (None, NOON)]

    still = [guest for guest in answers if SEGMENTS[row.still_in].holds(guest)]

    asks_contributors = {"recap_preview", "how_did_it_go"}
    audience = "came" if kind in asks_contributors else row.audience
    assert still
    assert all(SEGMENTS[audience].holds(guest) for guest in still)


def test_a_reminder_is_of_one_time_and_of_no_use_after_the_start():
    reminders = kinds_where(lambda kind: kind.is_reminder)

    assert reminders == ["seven_days", "three_days", "please_confirm", "places_to_lay", "address_day"]
    assert all(KINDS[kind].is_of_one_revision and KINDS[kind].is_before_the_evening for kind in reminders)


def test_what_waits_its_turn_is_an_automatic_letter():
    turns = kinds_where(lambda kind: kind.waits_its_turn)

    assert turns
    assert all(KINDS[kind].is_automatic for kind in turns)


def test_unasked_letters_are_the_invitations_and_what_asks_once_more():
    asking = ["invitation", "invitation_again", "date_poll", "date_chosen", "seven_days", "host_letter"]
    assert kinds_where(lambda kind: kind.is_unasked) == asking
    assert MOST_UNASKED == 3


def test_what_answers_an_act_or_says_that_the_evening_is_off_cannot_be_unsubscribed():
    kept = kinds_where(lambda kind: not kind.may_be_unsubscribed)

    assert set(kept) == {
        *("confirmation", "waiting", "prove_address", "friend_no", "new_link", "my_meetups", "removed", "canceled"),
        # To a host whose evening somebody else touched, and that host's answer.
        *("intervened", "freeze_answered"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("invitation", "start"),
        ("please_confirm", "an hour before"),
        ("canceled", "end"),
        ("were_you_there", "a week after"),
        ("host_answers", "a day on"),
        ("host_words", "two weeks on"),
    ],
)
def test_a_letter_is_of_use_until_its_moment(kind, expected):
    meetup = make_meetup()
    moments = {
        "start": meetup.starts_at,
        "an hour before": meetup.starts_at - timedelta(hours=1),
        "end": meetup.ends_at,
        "a week after": meetup.ends_at + timedelta(days=7),
        "a day on": NOON + timedelta(days=1),
        "two weeks on": NOON + timedelta(days=14),
    }

    assert latest_useful(kind, NOON, meetup) == moments[expected]


def test_without_a_time_a_letter_is_of_use_for_two_weeks():
    assert latest_useful("invitation", NOON, None) == NOON + timedelta(days=14)


@pytest.mark.django_db
def test_a_row_from_the_database_finds_its_rules():
    row = make_delivery("moved", guest=make_guest(make_meetup()))

    assert kind_of(Delivery.objects.get(pk=row.pk)) is KINDS[Delivery.Kind.MOVED]
