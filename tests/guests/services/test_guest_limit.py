"""The limit of three hundred addresses a meetup, and that rows which do not count fill neither this limit nor others."""

import random

import pytest

from meetups.access.address_hash import hash_address
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import decide_on_friend
from meetups.guests.services.guest_limit import MAX_GUESTS, fills_limit, has_room_for_guests, is_in_limit
from meetups.guests.services.guest_list import add_guest, remove_guest
from meetups.guests.services.invitation import INVITES_A_DAY, Invited, invite_guests, num_invites_left_today
from meetups.guests.services.seat_request import MOST_FRIENDS, ask_as_friend, ask_for_seat
from meetups.models import Delivery, Guest, Meetup
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


def crowd(meetup: Meetup, number: int, **fields) -> None:
    """Make that many guests with an address each."""
    emails = [f"crowd{n}-{meetup.pk}@example.org" for n in range(number)]
    Guest.objects.bulk_create([Guest(meetup=meetup, email=email, email_hash=hash_address(email), **fields) for email in emails])


def invite(meetup: Meetup, email: str = "ben@example.org") -> Invited:
    return invite_guests(meetup, addresses=[("Ben", email)], by=meetup.host)


def test_strangers_who_proved_nothing_do_not_close_a_listed_table_to_its_host():
    meetup = make_meetup(visibility="listed", lets_friends=True)
    maria = make_guest(meetup, rsvp="yes")
    ask_for_seat(meetup, name="Nobody", email="nobody@example.net")
    crowd(meetup, 304, origin="self")

    invited = invite(meetup)
    added = add_guest(meetup, name="Cleo", email="cleo@example.org", by=meetup.host)
    is_asked = ask_as_friend(maria, name="Kim", email="kim@example.net")

    assert [guest.email for guest in invited.sent] == ["ben@example.org"]
    assert (added.rsvp, is_asked) == ("yes", True)


def test_friends_who_await_the_host_do_not_close_the_table_either():
    meetup = make_meetup(visibility="link")
    crowd(meetup, 305, origin="friend", address_proven_at=clock.now())

    assert len(invite(meetup).sent) == 1


@pytest.mark.parametrize("origin", ["self", "friend"])
def test_whoever_came_by_themselves_fills_the_number_once_they_count_and_until_they_are_removed(origin):
    meetup = make_meetup(visibility="listed")
    crowd(meetup, MAX_GUESTS, origin=origin, address_proven_at=clock.now(), admitted_at=clock.now(), rsvp="maybe")
    refused = invite(meetup).refused

    remove_guest(meetup.guests.first())

    assert [email for email, _reason in refused] == ["ben@example.org"]
    assert "three hundred guests" in refused[0][1]
    assert len(invite(meetup).sent) == 1


def test_whom_the_host_wrote_to_fills_the_number_although_removed():
    meetup = make_meetup()
    crowd(meetup, MAX_GUESTS, invited_by=meetup.host, removed_at=clock.now())

    assert invite(meetup).sent == []
    with pytest.raises(MeetupError, match="three hundred guests"):
        add_guest(meetup, name="Cleo", email="cleo@example.org", by=meetup.host)


def test_a_stranger_whom_the_host_invites_is_one_more():
    meetup = make_meetup(visibility="listed")
    crowd(meetup, MAX_GUESTS - 1)
    people = [("", f"typed{n}@example.org") for n in range(2)]
    for name, email in people:
        make_guest(meetup, email, name=name, origin="self")

    invited = invite_guests(meetup, addresses=people, by=meetup.host)

    assert [guest.email for guest in invited.sent] == ["typed0@example.org"]
    assert [email for email, _reason in invited.refused] == ["typed1@example.org"]


def test_a_removed_guest_comes_back_to_a_full_list():
    meetup = make_meetup()
    crowd(meetup, MAX_GUESTS - 1)
    gone = remove_guest(make_guest(meetup, "gone@example.org", invited_by=meetup.host))

    assert [guest.pk for guest in invite(meetup, "gone@example.org").sent] == [gone.pk]


def test_the_rule_says_the_same_in_the_database_and_of_one_guest():
    chance, meetup = random.Random(7), make_meetup()
    guests = [
        make_guest(
            meetup,
            chance.choice(["", None]),
            origin=chance.choice(Guest.Origin.values),
            address_proven_at=chance.choice([None, clock.now()]),
            admitted_at=chance.choice([None, clock.now()]),
            removed_at=chance.choice([None, clock.now()]),
        )
        for _ in range(60)
    ]

    found = set(Guest.objects.filter(fills_limit()).values_list("pk", flat=True))

    assert found == {guest.pk for guest in guests if is_in_limit(guest)}
    assert 0 < len(found) < 60
    assert has_room_for_guests(meetup)


def test_strangers_who_prove_nothing_are_forgotten_by_themselves(moved_clock):
    meetup = make_meetup(visibility="listed")
    crowd(meetup, 305, origin="self")
    moved_clock(hours=25)

    retire()

    assert not meetup.guests.exists()


# Other limits


def test_addresses_that_nobody_proves_do_not_keep_a_guests_friends_out():
    maria = make_guest(make_meetup(visibility="link"), rsvp="yes", address_proven_at=clock.now())
    crowd(maria.meetup, 3 * MOST_FRIENDS, origin="friend", brought_by=maria)

    assert ask_as_friend(maria, name="Kim", email="kim@example.net") is True


def test_friends_who_proved_their_address_await_the_host_a_few_at_a_time():
    maria = make_guest(make_meetup(visibility="link"), rsvp="yes", address_proven_at=clock.now())
    crowd(maria.meetup, MOST_FRIENDS, origin="friend", brought_by=maria, address_proven_at=clock.now())
    with pytest.raises(MeetupError, match="As many have asked"):
        ask_as_friend(maria, name="Kim", email="kim@example.net")

    decide_on_friend(maria.friends.first(), is_welcome=True)

    assert ask_as_friend(maria, name="Kim", email="kim@example.net") is True


def test_friends_of_a_listed_table_who_proved_their_address_await_nobody():
    maria = make_guest(make_meetup(visibility="listed"), rsvp="yes", address_proven_at=clock.now())
    crowd(maria.meetup, 3 * MOST_FRIENDS, origin="self", brought_by=maria)

    assert ask_as_friend(maria, name="Kim", email="kim@example.net") is True


def test_an_invitation_that_was_withdrawn_before_it_left_is_none_of_the_days_number(moved_clock):
    meetup, host = make_meetup(), make_host()
    invited = invite_guests(meetup, addresses=[("", f"guest{n}@example.org") for n in range(3)], by=host)

    remove_guest(invited.sent[0])
    Delivery.objects.filter(guest=invited.sent[1]).update(state="sent")
    remove_guest(invited.sent[1])

    assert num_invites_left_today(host) == INVITES_A_DAY - 2
