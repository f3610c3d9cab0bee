"""Letters that nobody asked for: however many hosts write, an address that never answered gets few (R46, R88)."""

from datetime import timedelta

import pytest
from django.test import Client

from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token, read_guest_token
from meetups.campaigns.lead.roles import invite_organizer
from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.outcome import put_back
from meetups.exceptions import MeetupError
from meetups.guests.services import access_link, guest_list, invitation
from meetups.guests.services import rsvp as acts
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import AddressLedger, Delivery, Guest
from meetups.outbox.suppression import suppress
from meetups.planning.services.change import cancel_meetup, reschedule_meetup
from meetups.times import clock
from tests.factories import make_campaign, make_delivery, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db

VICTIM = "victim@example.org"


def invited(meetup, host):
    return invitation.invite_guests(meetup, addresses=[("", VICTIM)], by=host)


def state_after_a_claim(row: Delivery) -> str:
    claim_deliveries()
    row.refresh_from_db()
    return row.state


def test_many_meetups_cannot_all_invite_one_address_tomorrow():
    host = make_host()

    results = [invited(make_meetup(host, in_days=60), host) for _ in range(9)]

    moments = sorted(Delivery.objects.filter(kind="invitation").values_list("due_at", flat=True))
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:], strict=False)]
    assert len(moments) == 6
    assert all(gap >= timedelta(hours=24) for gap in gaps)
    assert [len(result.sent) for result in results] == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [reason for _email, reason in results[-1].refused] == [
        "This address had several letters from here and never answered. Tell them yourself if you can."
    ]


def test_who_answered_a_host_once_is_invited_at_once_by_the_same_host():
    host = make_host()
    make_guest(make_meetup(host), email=VICTIM, rsvp="yes", address_proven_at=clock.now())

    results = [invited(make_meetup(host), host) for _ in range(3)]

    assert [len(result.sent) for result in results] == [1, 1, 1]


def test_who_answered_one_host_gets_one_letter_a_day_of_another_who_calls_six_evenings():
    make_guest(make_meetup(), email=VICTIM, rsvp="yes", address_proven_at=clock.now())
    host = make_host()

    results = [invited(make_meetup(host), host) for _ in range(6)]

    assert [len(result.sent) for result in results] == [1, 0, 0, 0, 0, 0]


def test_a_new_link_for_somebody_just_invited_ends_the_old_one_now_and_is_mailed_tomorrow():
    meetup, host = make_meetup(), make_host()
    guest = invited(meetup, host).sent[0]
    old = make_guest_token(guest)

    access_link.renew_link(guest)

    letter = Delivery.objects.get(kind="new_link")
    assert read_guest_token(old) is None
    assert letter.due_at - Delivery.objects.get(kind="invitation").due_at >= timedelta(hours=24)


def test_new_links_end_with_the_share_of_the_address():
    guest = make_guest(make_meetup())
    for days in (2, 4, 6):
        at = clock.now() - timedelta(days=days)
        AddressLedger.objects.create(address_hash=guest.email_hash, kind="invitation", meetup=guest.meetup, at=at)
    client = Client()
    client.force_login(guest.meetup.host)

    page = client.post(f"/host/{guest.meetup.code}/guests/{guest.pk}/new-link/", follow=True).content.decode()

    assert not Delivery.objects.exists()
    assert "This address had several letters already, so tell them yourself." in page


def test_a_host_who_changes_an_answer_again_and_again_mails_a_stranger_once_a_day(moved_clock):
    guest = make_guest(make_meetup())
    acts.record_rsvp(guest, acts.Answer("yes"), by_host=True)
    first = Delivery.objects.get(guest=guest)
    assert state_after_a_claim(first) == "sending"

    acts.record_rsvp(guest, acts.Answer("maybe"), by_host=True)

    second = Delivery.objects.exclude(pk=first.pk).get(guest=guest)
    moved_clock(minutes=11)
    assert state_after_a_claim(second) == "waiting"
    assert second.next_try_at > clock.now() + timedelta(hours=23)


def test_who_is_added_by_hand_gets_the_confirmation_at_once():
    guest = guest_list.add_guest(make_meetup(), name="Tom", email=VICTIM, by=make_host())

    assert state_after_a_claim(Delivery.objects.get(guest=guest)) == "sending"


def test_a_host_cannot_mail_somebody_who_wants_no_letters_by_answering_for_them():
    suppress(hash_address(VICTIM), target="")
    guest = guest_list.add_guest(make_meetup(), name="Tom", email=VICTIM, by=make_host())

    assert state_after_a_claim(Delivery.objects.get(guest=guest)) == "withdrawn"


def test_a_host_answers_for_somebody_who_agreed_as_often_as_the_page_allows(moved_clock):
    guest = make_guest(make_meetup(), address_proven_at=clock.now())
    acts.record_rsvp(guest, acts.Answer("yes"), by_host=True)
    claim_deliveries()

    acts.record_rsvp(guest, acts.Answer("no"), by_host=True)

    moved_clock(minutes=11)
    assert state_after_a_claim(Delivery.objects.latest("pk")) == "sending"


def test_twenty_presses_of_yes_and_no_write_the_first_answer_and_the_last(moved_clock):
    guest = make_guest(make_meetup(seats=10))
    for press in range(20):
        acts.record_rsvp(guest, acts.Answer("no" if press % 2 else "yes"))
        claim_deliveries()

    letters = Delivery.objects.filter(guest=guest).exclude(state="withdrawn").order_by("pk")

    assert [letter.context["rsvp"] for letter in letters] == ["yes", "no"]
    assert letters[1].due_at == letters[0].due_at + timedelta(minutes=10)
    moved_clock(minutes=11)
    assert state_after_a_claim(letters[1]) == "sending"


def test_a_yes_that_a_host_wrote_down_brings_nothing_to_an_address_that_wants_no_letters(moved_clock):
    """The host of an evening writes the address down as a yes, moves the evening three times, and cancels it."""
    suppress(hash_address(VICTIM), target="")
    meetup = make_meetup(in_days=14)
    guest_list.add_guest(meetup, name="Tom", email=VICTIM, by=meetup.host)

    for days in (1, 2, 3):
        reschedule_meetup(meetup, date=meetup.date + timedelta(days=days))
        moved_clock(minutes=15 * days)
        claim_deliveries()
    cancel_meetup(meetup)
    moved_clock(minutes=60)
    claim_deliveries()

    assert set(Delivery.objects.filter(guest__email=VICTIM).values_list("state", flat=True)) == {"withdrawn"}


def test_somebody_who_took_a_seat_hears_of_a_move_and_of_the_end_whatever_they_unsubscribed_from(moved_clock):
    meetup = make_meetup(in_days=14)
    guest = make_guest(meetup, email=VICTIM)
    acts.record_rsvp(guest, acts.Answer("yes"))
    suppress(hash_address(VICTIM), target="")

    reschedule_meetup(meetup, date=meetup.date + timedelta(days=1))
    moved_clock(minutes=15)
    claim_deliveries()
    cancel_meetup(meetup)
    moved_clock(minutes=30)
    claim_deliveries()

    told = Delivery.objects.filter(guest=guest, state="sending").values_list("kind", flat=True)
    assert set(told) == {"confirmation", "moved", "canceled"}


def test_twelve_moves_bring_one_letter_a_day_to_somebody_who_never_answered(moved_clock):
    meetup = make_meetup(in_days=14)
    make_guest(meetup, email=VICTIM)
    for number in range(1, 13):
        reschedule_meetup(meetup, date=meetup.date + timedelta(days=number % 5 + 1))
        moved_clock(minutes=15 * number)
        claim_deliveries()

    assert Delivery.objects.filter(guest__email=VICTIM, kind="moved", state="sending").count() == 1


def test_twelve_moves_of_the_same_evening_bring_the_first_and_the_last_to_somebody_who_comes(late_november):
    meetup = make_meetup(date=clock.now().date())
    make_guest(meetup, rsvp="yes")
    for number in range(12):
        reschedule_meetup(meetup, street=f"{number} Other Street")
        claim_deliveries()

    moved = Delivery.objects.filter(kind="moved").exclude(state="withdrawn").order_by("pk")
    assert [letter.state for letter in moved] == ["sending", "queued"]
    assert moved[1].due_at == moved[0].due_at + timedelta(minutes=10)


def test_can_you_come_does_not_follow_an_invitation_of_the_same_day():
    guest = make_guest(make_meetup(), address_proven_at=clock.now())
    make_delivery("invitation", guest=guest, state="sent", due_at=clock.now() - timedelta(hours=1))

    assert state_after_a_claim(make_delivery("seven_days", guest=guest)) == "waiting"


def test_can_you_come_that_was_claimed_and_given_back_is_one_letter_and_waits_for_no_other_day():
    row = make_delivery("seven_days", guest=make_guest(make_meetup()))

    put_back(claim_deliveries())

    assert state_after_a_claim(row) == "sending"
    assert AddressLedger.objects.count() == 1


def test_what_a_stranger_typed_is_forgotten_when_the_host_invites_that_address():
    meetup, host = make_meetup(visibility="link"), make_host()
    ask_for_seat(meetup, name="Your worst enemy", email=VICTIM)
    AddressLedger.objects.all().delete()

    invited(meetup, host)

    guest = Guest.objects.get()
    assert (guest.name, guest.shown_name, guest.called) == ("", "", "a guest")
    assert guest_list.add_guest(make_meetup(host), name="Tom", by=host).called == "Tom"


def test_a_stranger_who_asks_again_begins_another_day():
    meetup = make_meetup(visibility="link")
    ask_for_seat(meetup, name="Maria", email=VICTIM)
    Guest.objects.update(created_at=clock.now() - timedelta(hours=23))

    ask_for_seat(meetup, name="Maria", email=VICTIM)

    assert clock.now() - Guest.objects.get().created_at < timedelta(minutes=1)


def test_campaigns_cannot_make_one_address_an_organizer_again_and_again():
    by = make_host()
    invite_organizer(make_campaign(by), email=VICTIM, by=by)
    campaign = make_campaign(by)
    client = Client()
    client.force_login(by)

    page = client.post(f"/c/{campaign.slug}/organizers/", {"email": VICTIM, "role": "organizer"}).content.decode()

    assert Delivery.objects.filter(kind="organizer_added").count() == 1
    assert campaign.organizers.count() == 1
    assert "This address had its letters from us for today. Please try again tomorrow." in page


def test_who_has_an_account_becomes_an_organizer_of_several_campaigns_in_a_day():
    by, known = make_host(), make_host()

    for _ in range(3):
        invite_organizer(make_campaign(by), email=known.email, by=by)
    with pytest.raises(MeetupError, match="letters from us for today"):
        invite_organizer(make_campaign(by), email=known.email, by=by)

    assert Delivery.objects.filter(kind="organizer_added", user=known).count() == 3
