"""A seat that stays free although people wait: the host hears of it, on the desk and in the letter of the hour."""

from datetime import timedelta

import pytest

from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import find_idle_seats, lapse_offers
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Meetup
from tests.factories import make_guest, make_meetup
from tests.planning.host_pages import step

pytestmark = pytest.mark.django_db


def line(meetup: Meetup, *names: str, **fields) -> list[Guest]:
    """Return guests who wait in line behind a full table."""
    return [record_rsvp(make_guest(meetup, name=name, **fields), Answer("yes")) for name in names]


def free_a_seat(meetup: Meetup) -> None:
    record_rsvp(meetup.guests.filter(rsvp="yes").first(), Answer("no"))


def let_lapse(meetup: Meetup, moved_clock) -> None:
    """Let the offer that stands end without an answer."""
    offered = meetup.guests.get(offer_expires_at__isnull=False)
    moved_clock(to=offered.offer_expires_at + timedelta(seconds=1))
    lapse_offers()


@pytest.fixture
def meetup(host) -> Meetup:
    """One seat, taken; Bo and Cy wait."""
    meetup = make_meetup(host, seats=1, in_days=30)
    line(meetup, "Maria", "Bo", "Cy")
    return meetup


@pytest.fixture
def lapsed(meetup, moved_clock) -> Meetup:
    """The seat is free, and both offers of it ended."""
    free_a_seat(meetup)
    let_lapse(meetup, moved_clock)
    Delivery.objects.filter(kind="host_answers").delete()
    let_lapse(meetup, moved_clock)
    return meetup


def all_guests(meetup: Meetup) -> list[Guest]:
    guests = list(meetup.guests.counting())
    for guest in guests:
        guest.meetup = meetup
    return guests


def test_after_both_offers_ended_the_host_is_told_in_the_letter_of_the_hour(lapsed):
    letter = build_message(Delivery.objects.get(kind="host_answers"))
    text = " ".join(str(letter.body).split())

    assert "a seat is free, and nobody in line took it" in letter.subject
    assert "1 seat is free. Bo and Cy wait in line, were offered a seat and did not answer in time." in text
    assert "answers have come" not in text


def test_and_the_desk_says_it(client, lapsed, host):
    client.force_login(host)
    words = "1 seat is free. Bo and Cy wait in line, were offered a seat"

    # Something else is best done next: letters that should have left.
    assert words in client.get(lapsed.get_desk_url()).content.decode()
    Delivery.objects.update(state="sent")
    assert step(client, lapsed).startswith(words)
    assert client.get(lapsed.get_desk_url()).content.decode().count(words) == 1


def test_while_one_is_asked_the_host_is_told_nothing(client, meetup, host, moved_clock):
    client.force_login(host)
    free_a_seat(meetup)
    Delivery.objects.filter(kind="host_answers").delete()
    let_lapse(meetup, moved_clock)

    assert meetup.guests.get(name="Cy").has_offer
    assert not Delivery.objects.filter(kind="host_answers").exists()
    assert "did not answer in time" not in client.get(meetup.get_desk_url()).content.decode()


def test_a_seat_that_is_taken_meanwhile_is_told_of_to_nobody(client, lapsed, host):
    client.force_login(host)
    Delivery.objects.filter(kind="host_answers").update(context={"since": "2100-01-01T00:00:00+00:00"})
    record_rsvp(lapsed.guests.get(name="Bo"), Answer("yes"))

    with pytest.raises(MeetupError, match="Nobody has answered"):
        build_message(Delivery.objects.filter(kind="host_answers").first())
    assert "did not answer in time" not in client.get(lapsed.get_desk_url()).content.decode()


def test_a_party_that_is_larger_than_what_is_free_is_named_too(client, host):
    meetup = make_meetup(host, seats=2, in_days=30)
    record_rsvp(make_guest(meetup), Answer("yes"))
    record_rsvp(make_guest(meetup, name="The Lis"), Answer("yes", party_size=2))
    client.force_login(host)

    assert step(client, meetup).startswith("1 seat is free. The Lis waits for more seats than that.")


def test_nothing_is_idle_where_nobody_waits_or_the_table_is_full_or_the_evening_has_begun(meetup, moved_clock):
    empty = make_meetup(seats=3)
    make_guest(empty, rsvp="yes")

    assert find_idle_seats(empty, all_guests(empty)) is None
    assert find_idle_seats(meetup, all_guests(meetup)) is None
    Guest.objects.filter(meetup=meetup, rsvp="yes").delete()
    assert find_idle_seats(meetup, all_guests(meetup)) is not None
    moved_clock(to=meetup.start + timedelta(minutes=1))
    assert find_idle_seats(meetup, all_guests(meetup)) is None
