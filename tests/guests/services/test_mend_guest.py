"""Naming a guest and mending a mistyped address: what the old one still gets (nothing), what the new one is owed, and that nobody
takes over what another person said."""

from datetime import timedelta

import pytest

from meetups.access.address_hash import hash_address
from meetups.access.tokens import (
    make_friend_token,
    make_guest_token,
    make_unsubscribe_token,
    read_friend_token,
    read_guest_token,
    read_unsubscribe_token,
)
from meetups.dispatch.send import deliver_due
from meetups.exceptions import MeetupError
from meetups.guests.services.guest_limit import MAX_GUESTS
from meetups.guests.services.guest_list import add_guest, mend_guest
from meetups.guests.services.invitation import invite_guests, num_invites_left_today
from meetups.guests.services.question import ask_host
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import AddressLedger, Delivery, Guest, Suppression
from meetups.outbox.suppression import suppress, unsubscribe
from meetups.times import clock
from tests.factories import make_delivery, make_dish, make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "mraia@example.org", "maria@example.org"


def invited(meetup, email: str = WRONG, name: str = "Maria") -> Guest:
    return invite_guests(meetup, addresses=[(name, email)], by=meetup.host, personal="Come, please.").sent[0]


def phoned(meetup, email: str | None = WRONG, **said) -> Guest:
    return add_guest(meetup, name="Maria", email=email, by=meetup.host, **said)


def owed(email: str) -> list[str]:
    rows = Delivery.objects.filter(guest__email=email).pending().order_by("pk")
    return [row.kind for row in rows]


def in_ledger(email: str) -> int:
    return AddressLedger.objects.filter(address_hash=hash_address(email)).count()


# The name ------------------------------------------------------------------------------------------------------------


def test_a_guest_without_a_name_gets_the_one_the_host_knows():
    guest = make_guest(make_meetup(), name="")

    for name in ("Mary", "Maria Li"):
        guest = mend_guest(guest, by=guest.meetup.host, name=name)

    assert guest.called == "Maria Li"
    assert not Delivery.objects.exists()


def test_a_name_the_guest_typed_stays():
    guest = make_guest(make_meetup(), name="Bobby", shown_name="")
    guest = record_rsvp(guest, Answer("yes", shown_name="Robert"))

    guest = mend_guest(guest, by=guest.meetup.host, name="Bob")

    assert (guest.called, guest.name) == ("Robert", "Bobby")


def test_a_guest_who_answered_without_a_name_can_be_named_and_shows_none_to_the_others():
    guest = record_rsvp(make_guest(make_meetup(), name=""), Answer("yes", shows_name=True))

    guest = mend_guest(guest, by=guest.meetup.host, name="Maria")

    # What the others see is what the guest typed.
    assert (guest.called, guest.shown_name) == ("Maria", "")


# The address of somebody who never acted ------------------------------------------------------------------------------


def test_the_mistyped_address_gets_nothing_more_and_the_right_one_is_invited():
    meetup = make_meetup()
    old = invited(meetup)
    links = make_guest_token(old), make_friend_token(old)

    new = mend_guest(old, by=meetup.host, email="Maria@Example.org")

    assert (new.email, new.called, new.rsvp) == (RIGHT, "Maria", "invited")
    assert owed(WRONG) == []
    assert owed(RIGHT) == ["invitation", "invitation_again"]
    assert Delivery.objects.get(guest=new, kind="invitation").context == {"personal": "Come, please."}
    assert (read_guest_token(links[0]), read_friend_token(links[1])) == (None, None)
    assert read_guest_token(make_guest_token(new)) == new
    assert list(meetup.guests.counting()) == [new]


def test_a_second_call_changes_nothing():
    meetup = make_meetup()
    new = mend_guest(invited(meetup), by=meetup.host, email=RIGHT)

    assert mend_guest(new, by=meetup.host, email=RIGHT) == new
    assert owed(RIGHT) == ["invitation", "invitation_again"]
    assert meetup.guests.count() == 2


def test_letters_leave_to_the_right_address_alone():
    meetup = make_meetup()
    mend_guest(invited(meetup), by=meetup.host, email=RIGHT)

    deliver_due()

    assert list(Delivery.objects.filter(state="sent").values_list("guest__email", flat=True)) == [RIGHT]


def test_whoever_reads_the_old_address_can_still_unsubscribe_and_the_guest_is_not():
    meetup = make_meetup()
    old = invited(meetup)
    token = make_unsubscribe_token(old)
    new = mend_guest(old, by=meetup.host, email=RIGHT)

    unsubscribe(read_unsubscribe_token(token), scope="host")

    assert set(Suppression.objects.values_list("address_hash", flat=True)) == {hash_address(WRONG)}
    assert owed(new.email) == ["invitation", "invitation_again"]


def test_the_seat_the_host_wrote_down_goes_along_and_is_offered_to_nobody():
    meetup = make_meetup(seats=2)
    old = phoned(meetup, rsvp="yes", party_size=2, note="Old friend")
    dish = make_dish(meetup, guest=old)
    waiting = record_rsvp(make_guest(meetup), Answer("yes"))

    new = mend_guest(old, by=meetup.host, email=RIGHT)

    waiting.refresh_from_db()
    dish.refresh_from_db()
    assert (new.rsvp, new.party_size, new.note, new.said_by_host) == ("yes", 2, "Old friend", True)
    assert (waiting.has_offer, dish.guest) == (False, new)
    assert (owed(WRONG), owed(RIGHT)) == ([], ["confirmation"])
    assert new.address_proven_at is None


def test_a_place_in_line_goes_along():
    meetup = make_meetup(seats=1)
    record_rsvp(make_guest(meetup), Answer("yes"))
    first = phoned(meetup, rsvp="yes")
    record_rsvp(make_guest(meetup), Answer("yes"))

    new = mend_guest(first, by=meetup.host, email=RIGHT)

    assert meetup.guests.counting().waiting().first() == new
    assert owed(RIGHT) == ["waiting"]


def test_a_guest_without_an_address_gets_one_and_the_letter_of_the_answer():
    meetup = make_meetup()
    guest = phoned(meetup, None, rsvp="yes")

    mended = mend_guest(guest, by=meetup.host, email=RIGHT)

    assert (mended.pk, mended.rsvp, owed(RIGHT)) == (guest.pk, "yes", ["confirmation"])


def test_an_address_can_be_taken_away():
    meetup = make_meetup()

    new = mend_guest(phoned(meetup, rsvp="yes"), by=meetup.host, email="")

    assert (new.email, new.rsvp, owed(WRONG)) == (None, "yes", [])


def test_a_late_bounce_of_the_old_address_is_not_the_new_one_s():
    meetup = make_meetup()
    old = invited(meetup)
    letter = Delivery.objects.get(guest=old, kind="invitation")

    new = mend_guest(old, by=meetup.host, email=RIGHT)

    letter.refresh_from_db()
    assert letter.guest.email == WRONG
    assert letter.guest != new


# Limits and refusals --------------------------------------------------------------------------------------------------


def test_the_ledger_counts_the_old_address_and_the_new_one():
    meetup = make_meetup()

    mend_guest(invited(meetup), by=meetup.host, email=RIGHT)

    assert (in_ledger(WRONG), in_ledger(RIGHT)) == (1, 1)


def test_mending_back_and_forth_mails_nobody_more_often_than_inviting_would(moved_clock):
    meetup = make_meetup()
    guest = invited(meetup)
    for day in range(1, 9):
        moved_clock(days=day)
        guest = guest if (email := RIGHT if day % 2 else WRONG) == guest.email else _mended_or_same(guest, email)

    for email in (WRONG, RIGHT):
        assert in_ledger(email) <= 3
        assert Delivery.objects.filter(kind="invitation", guest__email=email).count() <= 3


def _mended_or_same(guest: Guest, email: str) -> Guest:
    try:
        return mend_guest(guest, by=guest.meetup.host, email=email)
    except MeetupError:
        return guest


def test_mending_counts_among_the_invitations_of_the_day():
    meetup = make_meetup()
    old = invited(meetup)
    Delivery.objects.filter(guest=old, kind="invitation").update(state="sent")
    for _n in range(num_invites_left_today(meetup.host)):
        make_delivery("invitation", guest=make_guest(meetup, invited_by=meetup.host), state="sent")
    assert num_invites_left_today(meetup.host) == 0

    new = mend_guest(old, by=meetup.host, email=RIGHT)

    assert Delivery.objects.get(guest=new, kind="invitation").due_at > clock.now() + timedelta(hours=1)


def test_three_hundred_is_the_most_with_mended_ones():
    meetup = make_meetup()
    old = invited(meetup)
    emails = [f"guest-{n}@example.org" for n in range(MAX_GUESTS - 1)]
    Guest.objects.bulk_create(Guest(meetup=meetup, email=email, email_hash=hash_address(email)) for email in emails)

    with pytest.raises(MeetupError, match="three hundred"):
        mend_guest(old, by=meetup.host, email=RIGHT)

    old.refresh_from_db()
    assert (old.removed_at, owed(WRONG)) == (None, ["invitation", "invitation_again"])


@pytest.mark.parametrize("target", ["", "host"])
def test_an_address_that_wants_no_letters_is_refused(target):
    meetup = make_meetup()
    old = invited(meetup)
    suppress(hash_address(RIGHT), target=target and f"host:{meetup.host_id}")

    with pytest.raises(MeetupError, match="asked not to get such letters"):
        mend_guest(old, by=meetup.host, email=RIGHT)

    old.refresh_from_db()
    assert old.removed_at is None


def test_an_address_that_had_a_letter_today_is_refused_for_a_yes_written_down():
    meetup, other = make_meetup(), make_meetup()
    invited(other, RIGHT)
    old = phoned(meetup, rsvp="yes")

    with pytest.raises(MeetupError, match="had a letter today"):
        mend_guest(old, by=meetup.host, email=RIGHT)

    old.refresh_from_db()
    assert (old.removed_at, old.rsvp, owed(WRONG)) == (None, "yes", ["confirmation"])


def test_an_address_that_is_on_the_list_is_refused():
    meetup = make_meetup()
    old = invited(meetup)
    make_guest(meetup, RIGHT, name="Joan")

    with pytest.raises(MeetupError, match="Joan is on your list already"):
        mend_guest(old, by=meetup.host, email=RIGHT)


# Nobody takes over what somebody said ----------------------------------------------------------------------------------


def answers(guest: Guest) -> None:
    record_rsvp(guest, Answer("yes", shown_name="Maria", shows_name=True))


def answered_and_was_written_down_again(guest: Guest) -> None:
    answers(guest)
    record_rsvp(guest, Answer("maybe"), by_host=True)


def asks(guest: Guest) -> None:
    record_rsvp(guest, Answer("yes"), by_host=True)
    guest.refresh_from_db()
    ask_host(guest, words="May I bring my dog?")


def writes_back(guest: Guest) -> None:
    make_delivery("guest_words", user=guest.meetup.host, meetup=guest.meetup, context={"guest": guest.pk, "words": "Yes!"})


@pytest.mark.parametrize("act", [answers, answered_and_was_written_down_again, asks, writes_back])
def test_whoever_acted_keeps_the_address(act):
    meetup = make_meetup()
    guest = invited(meetup)
    act(guest)
    before = Guest.objects.filter(pk=guest.pk).values().get()

    with pytest.raises(MeetupError, match="so it is theirs"):
        mend_guest(guest, by=meetup.host, email="host-again@example.org")

    assert Guest.objects.filter(pk=guest.pk).values().get() == before
    assert read_guest_token(make_guest_token(guest)) is not None
    assert not Guest.objects.filter(email="host-again@example.org").exists()


def test_the_new_row_has_no_consent_and_no_proof():
    meetup = make_meetup()
    old = phoned(meetup, rsvp="yes")
    Guest.objects.filter(pk=old.pk).update(shows_name=True, could_host=True)

    new = mend_guest(old, by=meetup.host, email=RIGHT)

    assert (new.shows_name, new.could_host, new.address_proven_at, new.has_acted) == (False, False, None, False)


def test_the_row_of_somebody_who_acted_and_was_removed_is_not_given_to_another():
    meetup = make_meetup()
    gone = make_guest(meetup, RIGHT, rsvp="yes", removed_at=clock.now())

    with pytest.raises(MeetupError, match="spoken for themselves"):
        mend_guest(invited(meetup), by=meetup.host, email=RIGHT)

    gone.refresh_from_db()
    assert gone.removed_at is not None


def test_a_stranger_who_never_proved_the_address_shows_nothing_of_what_they_typed():
    meetup = make_meetup(visibility="listed")
    ask_for_seat(meetup, name="Evil Eve", email=RIGHT)
    Delivery.objects.all().update(due_at=clock.now() - timedelta(days=2))
    AddressLedger.objects.all().update(at=clock.now() - timedelta(days=2))

    new = mend_guest(invited(meetup), by=meetup.host, email=RIGHT)

    assert (new.called, new.origin) == ("Maria", "host")


def test_nothing_is_mended_once_the_evening_has_begun():
    meetup = make_held_meetup()
    guest = make_guest(meetup, WRONG, rsvp="yes", said_by_host=True)

    with pytest.raises(MeetupError, match="has begun"):
        mend_guest(guest, by=meetup.host, email=RIGHT)

    assert mend_guest(guest, by=meetup.host, name="Maria").called == "Maria"
