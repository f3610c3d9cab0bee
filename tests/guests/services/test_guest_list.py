"""Inviting, adding and removing guests, their links, and unsubscribing."""

import pytest

from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token, read_guest_token
from meetups.exceptions import MeetupError
from meetups.guests.services import access_link, guest_list, invitation
from meetups.guests.services import rsvp as acts
from meetups.models import Delivery, Guest, Suppression
from meetups.outbox.queue import enqueue
from meetups.outbox.suppression import suppress, unsubscribe
from tests.factories import make_campaign, make_delivery, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


def letters(guest: Guest, state: str = "queued") -> list[str]:
    return list(Delivery.objects.filter(guest=guest, state=state).order_by("pk").values_list("kind", flat=True))


def answered(guest: Guest, rsvp: str = "yes", *, by_host: bool = False, **words) -> Guest:
    return acts.record_rsvp(guest, acts.Answer(rsvp, **words), by_host=by_host)


# Removal and links


def test_a_removed_guests_link_fails_at_once_and_the_seat_is_offered():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))
    token = make_guest_token(seated)

    guest_list.remove_guest(seated)
    guest_list.remove_guest(seated)

    waiting.refresh_from_db()
    assert read_guest_token(token) is None
    assert waiting.has_offer
    assert letters(seated) == ["removed"]
    assert letters(seated, "withdrawn") == ["confirmation"]


def test_somebody_whose_invitation_never_left_is_not_told_of_a_removal():
    meetup = make_meetup()
    unsent, sent, declined = make_guest(meetup), make_guest(meetup), make_guest(meetup, rsvp="no")
    enqueue("invitation", key="unsent", guest=unsent)
    make_delivery("invitation", guest=sent, state="sent")

    for guest in (unsent, sent, declined):
        guest_list.remove_guest(guest)

    assert [letters(guest) for guest in (unsent, sent, declined)] == [[], ["removed"], []]


def test_a_removed_guest_is_invited_again_with_a_new_link():
    meetup, host = make_meetup(), make_host()
    guest = make_guest(meetup, email="maria@example.org", rsvp="yes")
    old = make_guest_token(guest)
    guest_list.remove_guest(guest)

    result = invitation.invite_guests(meetup, addresses=[("Maria", "maria@example.org")], by=host)

    assert [guest.email for guest in result.sent + result.later] == ["maria@example.org"]
    guest.refresh_from_db()
    assert (guest.removed_at, guest.rsvp) == (None, "invited")
    assert read_guest_token(old) is None
    assert read_guest_token(make_guest_token(guest)) == guest


def test_renew_link_ends_the_old_one_and_keeps_the_answer():
    guest = answered(make_guest(make_meetup()))
    old = make_guest_token(guest)

    guest = access_link.refuse_link(guest)

    assert read_guest_token(old) is None
    assert read_guest_token(make_guest_token(guest)).rsvp == "yes"
    assert "new_link" in letters(guest)


# Unsubscribing


def test_unsubscribe_has_three_scopes():
    meetup = make_meetup(campaign=make_campaign())
    guest = make_guest(meetup)

    for scope in ("meetup", "host", "everything", "everything"):
        unsubscribe(guest, scope=scope)

    targets = set(Suppression.objects.filter(address_hash=guest.email_hash).values_list("target", flat=True))
    assert targets == {f"meetup:{meetup.pk}", f"host:{meetup.host_id}", f"campaign:{meetup.campaign_id}", ""}
    assert Suppression.objects.count() == 4


def test_unsubscribe_takes_back_what_has_not_left_within_its_scope_but_not_the_answer_to_an_act():
    host = make_host()
    here, there, elsewhere = make_meetup(host), make_meetup(host), make_meetup()
    guests = [make_guest(meetup, email="maria@example.org") for meetup in (here, there, elsewhere)]
    for guest in guests:
        enqueue("invitation", key=f"i{guest.pk}", guest=guest)
        enqueue("confirmation", key=f"c{guest.pk}", guest=guest)
    other = make_guest(here)
    enqueue("invitation", key="other", guest=other)

    unsubscribe(guests[0], scope="host")

    assert [letters(guest) for guest in guests] == [["confirmation"], ["confirmation"], ["invitation", "confirmation"]]
    assert letters(other) == ["invitation"]


# Invitations and guests by hand


def test_invite_guests_says_what_became_of_each_address():
    meetup, host = make_meetup(), make_host()
    make_guest(meetup, email="known@example.org")
    suppress(hash_address("never@example.org"), target="")
    addresses = [("", "Known@example.org"), ("New", "new@example.org"), ("", "never@example.org"), ("New", "NEW@example.org")]

    result = invitation.invite_guests(meetup, addresses=addresses, by=host, personal="Come, please.")

    assert [guest.email for guest in result.sent] == ["new@example.org"]
    assert result.already == ["known@example.org", "new@example.org"]
    assert [email for email, _why in result.refused] == ["never@example.org"]
    assert Delivery.objects.get(kind="invitation").context == {"personal": "Come, please."}


def test_add_guest_answers_for_somebody_who_phoned():
    meetup, host = make_meetup(seats=1), make_host()

    guest = guest_list.add_guest(meetup, name="Old Tom", by=host)

    assert (guest.email, guest.rsvp, guest.called) == (None, "yes", "Old Tom")
    assert not Delivery.objects.filter(guest=guest).exists()
    make_guest(meetup, email="maria@example.org")
    with pytest.raises(MeetupError):
        guest_list.add_guest(meetup, name="Maria", by=host, email="Maria@example.org")
