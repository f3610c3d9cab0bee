"""Seats, the waiting list, offers, strangers, removal and links: what each act does to rows and letters."""

from datetime import time, timedelta

import pytest

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, Delivery, Guest, Meetup, Suppression
from meetups.services import coming
from meetups.services import guest as acts
from meetups.services.asking import ask_for_seat
from meetups.services.delivery import enqueue, suppress, unsubscribe
from meetups.tokens import hash_address, make_guest_token, read_guest_token
from tests.factories import make_begun_meetup, make_campaign, make_delivery, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db


def letters(guest: Guest, state: str = "queued") -> list[str]:
    return list(Delivery.objects.filter(guest=guest, state=state).order_by("pk").values_list("kind", flat=True))


def answered(guest: Guest, rsvp: str = "yes", **fields) -> Guest:
    return acts.record_rsvp(guest, rsvp=rsvp, **fields)


# Answers


def test_a_yes_gets_a_seat_and_owes_one_confirmation():
    guest = make_guest(make_meetup())

    guest = answered(guest, party_size=2, shown_name="Maria", shows_name=True, note="I bring bread", diet="no nuts")

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.num_answers) == ("yes", 2, 1)
    assert (guest.shown_name, guest.shows_name, guest.note, guest.diet) == ("Maria", True, "I bring bread", "no nuts")
    assert letters(guest) == ["confirmation"]
    assert Delivery.objects.get(guest=guest).context == {"rsvp": "yes", "had_seat": False, "missed": []}


def test_the_same_answer_again_keeps_new_words_and_owes_no_second_letter():
    guest = answered(make_guest(make_meetup()))

    guest = answered(guest, note="I bring bread")

    guest.refresh_from_db()
    assert (guest.note, guest.num_answers, letters(guest)) == ("I bring bread", 1, ["confirmation"])


def test_words_that_were_not_sent_stay():
    guest = make_guest(make_meetup(), note="I bring bread", diet="no nuts")

    answered(guest)

    guest.refresh_from_db()
    assert (guest.note, guest.diet) == ("I bring bread", "no nuts")


def test_a_changed_answer_withdraws_the_letter_about_the_old_one():
    guest = answered(make_guest(make_meetup()))

    guest = answered(guest, "no")

    assert letters(guest) == ["confirmation"]
    assert letters(guest, "withdrawn") == ["confirmation"]
    assert Delivery.objects.get(guest=guest, state="queued").context["had_seat"] is True


def test_an_answer_by_the_guest_proves_the_address_and_one_by_the_host_does_not():
    meetup = make_meetup()
    own, told = make_guest(meetup), make_guest(meetup)

    own, told = answered(own), answered(told, by_host=True)

    assert own.address_proven_at is not None
    assert told.address_proven_at is None


def test_the_host_hears_of_a_guests_answer_but_not_of_their_own():
    meetup = make_meetup()

    answered(make_guest(meetup), by_host=True)
    assert not Delivery.objects.filter(kind="host_answers").exists()

    answered(make_guest(meetup))
    answered(make_guest(meetup))
    assert Delivery.objects.filter(kind="host_answers", user=meetup.host).count() == 1


def test_an_answer_takes_back_the_confirmation_of_the_day_before():
    guest = answered(make_guest(make_meetup(), rsvp="yes", confirmed_at=clock.now()), party_size=2)

    assert guest.confirmed_at is None


@pytest.mark.parametrize("party_size", [0, -1, 3, 1000])
def test_a_party_beyond_what_one_guest_may_take_is_refused(party_size):
    guest = make_guest(make_meetup(max_party=2))

    with pytest.raises(MeetupError):
        answered(guest, party_size=party_size)

    guest.refresh_from_db()
    assert (guest.rsvp, letters(guest)) == ("invited", [])


@pytest.mark.parametrize("rsvp", ["", "waiting", "invited", "YES"])
def test_an_answer_that_is_none_of_the_three_is_refused(rsvp):
    with pytest.raises(MeetupError):
        answered(make_guest(make_meetup()), rsvp)


def test_answers_are_refused_once_the_evening_has_begun_and_when_it_is_canceled():
    for meetup in [make_begun_meetup(), make_held_meetup(), make_meetup(status=Meetup.Status.CANCELED)]:
        guest = make_guest(meetup)
        with pytest.raises(MeetupError):
            answered(guest)
        assert letters(guest) == []


def test_a_removed_guest_cannot_answer():
    with pytest.raises(MeetupError):
        answered(make_guest(make_meetup(), removed_at=clock.now()))


# Seats and the waiting list


def test_a_yes_to_a_full_table_waits_and_is_told_why():
    meetup = make_meetup(seats=1)
    answered(make_guest(meetup))

    guest = answered(make_guest(meetup))

    assert guest.rsvp == "waiting"
    assert guest.waiting_since is not None
    assert Delivery.objects.get(guest=guest).context == {"because": "full", "free": 0}


@pytest.mark.parametrize(("rsvp", "size"), [("no", 1), ("maybe", 3), ("yes", 3)])
def test_a_party_from_before_the_limit_was_lowered_can_still_answer(client, rsvp, size):
    guest = make_guest(make_meetup(max_party=2), rsvp="yes", party_size=3)

    # A press of one button sends no number, and keeps the one that was.
    answer = client.post(f"/r/{make_guest_token(guest)}", {"rsvp": rsvp})

    guest.refresh_from_db()
    assert (answer.status_code, guest.rsvp, guest.party_size) == (303, rsvp, size)


def test_a_party_from_before_the_limit_was_lowered_takes_the_seats_it_is_offered_and_grows_no_more():
    guest = make_guest(make_meetup(max_party=2, seats=6), rsvp="waiting", party_size=3)
    acts.offer_freed_seats(guest.meetup)

    guest = acts.record_rsvp(guest, rsvp="yes", party_size=3)

    assert (guest.rsvp, guest.party_size) == ("yes", 3)
    with pytest.raises(MeetupError):
        acts.record_rsvp(guest, rsvp="yes", party_size=4)


def test_who_was_removed_and_is_invited_again_comes_without_the_party_of_before(client):
    guest = make_guest(make_meetup(), rsvp="yes", party_size=2, num_children=1)
    acts.remove_guest(guest)
    acts.invite_guests(guest.meetup, addresses=[("", guest.email)], by=guest.meetup.host)
    guest.refresh_from_db()

    client.post(f"/r/{make_guest_token(guest)}", {"rsvp": "yes"})

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size, guest.num_children) == ("yes", 1, 0)


def test_a_party_larger_than_the_seats_left_waits_whole():
    meetup = make_meetup(seats=2)
    answered(make_guest(meetup))

    guest = answered(make_guest(meetup), party_size=2)

    assert (guest.rsvp, guest.party_size) == ("waiting", 2)
    assert Delivery.objects.get(guest=guest).context == {"because": "party", "free": 1}


def test_a_waiting_party_that_grows_smaller_takes_the_seat_that_is_free():
    meetup = make_meetup(seats=2)
    answered(make_guest(meetup))
    guest = answered(make_guest(meetup), party_size=2)

    guest = answered(guest, party_size=1)

    assert (guest.rsvp, guest.waiting_since) == ("yes", None)


def test_a_party_that_does_not_fit_leaves_the_seat_as_it_was():
    meetup = make_meetup(seats=2)
    guest = answered(make_guest(meetup))
    answered(make_guest(meetup))

    with pytest.raises(MeetupError, match="only 1 seat"):
        answered(guest, party_size=2)

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size) == ("yes", 1)


def test_nobody_is_dropped_when_the_host_takes_seats_away():
    meetup = make_meetup(seats=4)
    guest, other = answered(make_guest(meetup), party_size=2), answered(make_guest(meetup), party_size=2)
    Meetup.objects.update(seats=1)

    guest = answered(guest, party_size=2, note="still coming")
    other = answered(other, party_size=1)

    assert (guest.rsvp, guest.party_size, guest.note) == ("yes", 2, "still coming")
    assert (other.rsvp, other.party_size) == ("yes", 1)


def test_a_freed_seat_is_offered_to_the_first_in_line_once():
    meetup = make_meetup(seats=1)
    seated = answered(make_guest(meetup))
    first, second = answered(make_guest(meetup)), answered(make_guest(meetup))

    answered(seated, "no")
    acts.offer_freed_seats(meetup)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rsvp, first.has_offer, second.has_offer) == ("waiting", True, False)
    assert letters(first) == ["seat_offered"]
    assert letters(second) == ["waiting"]


def test_two_freed_seats_are_offered_to_two():
    meetup = make_meetup(seats=2)
    pair = answered(make_guest(meetup), party_size=2)
    line = [answered(make_guest(meetup)) for _ in range(3)]

    answered(pair, "no")

    assert [Guest.objects.get(pk=guest.pk).has_offer for guest in line] == [True, True, False]


def test_a_party_that_does_not_fit_is_passed_over_and_keeps_its_place():
    meetup = make_meetup(seats=1)
    seated = answered(make_guest(meetup))
    large, small = answered(make_guest(meetup), party_size=2), answered(make_guest(meetup))

    answered(seated, "no")

    large.refresh_from_db()
    small.refresh_from_db()
    assert (large.has_offer, small.has_offer) == (False, True)
    assert acts.place_in_line(large) == 1


def test_an_offered_seat_counts_as_taken():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))
    answered(seated, "no")

    late = answered(make_guest(meetup))

    assert late.rsvp == "waiting"
    assert answered(waiting).rsvp == "yes"


def test_an_offer_given_back_goes_to_the_next():
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")

    answered(first, "no")

    second.refresh_from_db()
    assert second.has_offer


def test_an_offer_lapses_and_goes_to_the_next_and_is_not_made_twice(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")
    first.refresh_from_db()

    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))

    assert acts.lapse_offers() == 1
    assert acts.lapse_offers() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rsvp, first.has_offer, second.has_offer) == ("waiting", False, True)


def test_somebody_who_let_an_offer_lapse_says_yes_again_at_the_end_of_the_line(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second, third = (answered(make_guest(meetup)) for _ in range(4))
    answered(seated, "no")
    first.refresh_from_db()
    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))
    acts.lapse_offers()

    first = answered(first)

    third.refresh_from_db()
    assert first.rsvp == "waiting"
    assert (acts.place_in_line(third), acts.place_in_line(first)) == (1, 2)


def test_a_newcomer_does_not_slip_in_between_an_offer_that_ended_and_the_next_in_line(moved_clock):
    meetup = make_meetup(seats=1)
    seated, first, second = (answered(make_guest(meetup)) for _ in range(3))
    answered(seated, "no")
    first.refresh_from_db()
    moved_clock(to=first.offer_expires_at + timedelta(seconds=1))

    newcomer = answered(make_guest(meetup))

    second.refresh_from_db()
    assert (newcomer.rsvp, second.has_offer) == ("waiting", True)


@pytest.mark.parametrize(("hours_left", "kept_hours"), [(72, 12), (36, 6), (12, 2), (3, 0.5), (0.25, 0.25)])
def test_an_offer_is_kept_for_less_the_nearer_the_evening(hours_left, kept_hours):
    meetup = make_meetup()
    now = meetup.starts_at - timedelta(hours=hours_left)

    ends = acts.offer_ends(meetup, now)

    # At 19:00 on the wall, three days or a day and a half before; no night is in between but one that the rule skips.
    assert ends >= now + timedelta(hours=kept_hours)
    assert ends <= meetup.starts_at


def test_an_offer_in_the_night_begins_to_count_in_the_morning():
    meetup = make_meetup()
    three_at_night = meetup.starts_at - timedelta(days=3, hours=16)

    ends = acts.offer_ends(meetup, three_at_night)

    assert ends == three_at_night + timedelta(hours=5 + 12)


@pytest.mark.parametrize(("hours_left", "begins_hours_left"), [(20, 11), (14, 11), (12, 11), (11, 11), (3, 3)])
def test_who_sleeps_the_night_before_keeps_the_place_in_line(hours_left, begins_hours_left):
    # At seven in the evening: 20 hours before is eleven at night, 11 hours before is eight in the morning.
    meetup = make_meetup()

    begins, ends = acts.offer_times(meetup, meetup.starts_at - timedelta(hours=hours_left))

    assert begins == meetup.starts_at - timedelta(hours=begins_hours_left)
    assert ends == begins + (timedelta(hours=2) if hours_left > 6 else timedelta(minutes=30))


def test_an_offer_in_the_night_of_a_breakfast_cannot_wait_for_the_morning():
    meetup = make_meetup(time=time(8, 15))
    five = meetup.starts_at - timedelta(hours=3, minutes=15)

    assert acts.offer_times(meetup, five) == (five, five + timedelta(minutes=30))


def test_no_seat_is_offered_once_the_evening_has_begun():
    meetup = make_held_meetup(seats=5)
    make_guest(meetup, rsvp="waiting")

    assert acts.offer_freed_seats(meetup) == []


def test_the_host_is_told_once_when_the_table_fills_and_again_after_a_seat_was_free():
    meetup = make_meetup(seats=1)
    guest = answered(make_guest(meetup))
    answered(make_guest(meetup, email=None))
    assert Delivery.objects.filter(kind="host_full").count() == 1

    Guest.objects.filter(rsvp="waiting").delete()
    answered(guest, "no")
    answered(guest)

    assert Delivery.objects.filter(kind="host_full").count() == 2


# The day before, and the evening


def test_confirm_coming_is_kept_and_owes_no_letter():
    guest = make_guest(make_meetup(in_days=1), rsvp="yes")

    first = coming.confirm_coming(guest, is_coming=True)
    second = coming.confirm_coming(guest, is_coming=True)

    assert first.confirmed_at == second.confirmed_at is not None
    assert letters(guest) == []


def test_confirm_coming_with_a_no_frees_the_seat():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))

    seated = coming.confirm_coming(seated, is_coming=False)

    waiting.refresh_from_db()
    assert (seated.rsvp, waiting.has_offer) == ("no", True)


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
def test_confirm_coming_needs_a_seat(rsvp):
    with pytest.raises(MeetupError):
        coming.confirm_coming(make_guest(make_meetup(), rsvp=rsvp), is_coming=True)


def test_confirm_coming_says_that_a_canceled_evening_is_canceled():
    with pytest.raises(MeetupError, match="canceled"):
        coming.confirm_coming(make_guest(make_meetup(status="canceled"), rsvp="yes"), is_coming=True)


def test_attendance_is_told_from_the_start_on_and_the_last_word_counts():
    with pytest.raises(MeetupError):
        coming.record_attendance(make_guest(make_meetup(), rsvp="yes"), attended=True)

    guest = make_guest(make_held_meetup(), rsvp="yes")
    coming.record_attendance(guest, attended=True)
    coming.record_attendance(guest, attended=False)

    guest.refresh_from_db()
    assert guest.attended is False


def test_could_host_is_noted_and_taken_back():
    guest = make_guest(make_held_meetup())

    assert acts.offer_to_host(guest, could_host=True).could_host is True
    assert acts.offer_to_host(guest, could_host=False).could_host is False


# Strangers


def listed(**fields) -> Meetup:
    return make_meetup(visibility="listed", **fields)


def test_a_stranger_becomes_a_row_nobody_sees_and_is_owed_the_letter_that_proves_the_address():
    meetup = listed()

    assert ask_for_seat(meetup, name="Lee", email=" Lee@Example.org ", language="fr") is True

    guest = meetup.guests.get()
    assert (guest.email, guest.name, guest.language, guest.origin) == ("lee@example.org", "Lee", "fr", "self")
    assert guest.is_unproven
    assert not Guest.objects.seen().exists()
    assert letters(guest) == ["prove_address"]
    assert AddressLedger.objects.get().kind == "prove_address"


def test_a_stranger_counts_from_their_first_answer_on():
    meetup = listed()
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    guest = answered(meetup.guests.get())

    assert (guest.rsvp, guest.is_unproven) == ("yes", False)
    assert list(Guest.objects.seen()) == [guest]


def test_a_stranger_asking_again_within_a_day_is_owed_nothing():
    meetup = listed()
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    assert ask_for_seat(meetup, name="Lee", email="lee@example.org") is False
    assert Delivery.objects.count() == 1
    assert Guest.objects.count() == 1


def test_a_guest_who_asks_gets_their_link_again_at_most_every_ten_minutes_and_three_times_a_day(moved_clock):
    meetup = listed()
    guest = answered(make_guest(meetup, email="maria@example.org"))
    said = [ask_for_seat(meetup, name="X", email="maria@example.org")]
    for minutes in (9, 11, 30, 50, 60 * 25):
        moved_clock(minutes=minutes)
        said.append(ask_for_seat(meetup, name="X", email="maria@example.org"))

    assert said == [True, False, True, True, False, True]
    assert set(letters(guest)) == {"confirmation", "new_link"}
    guest.refresh_from_db()
    assert guest.name != "X"
    assert (guest.rsvp, guest.link_version) == ("yes", 0)


def test_somebody_removed_or_who_wants_no_letters_at_all_is_owed_nothing():
    meetup = listed()
    make_guest(meetup, email="gone@example.org", removed_at=clock.now())
    suppress(hash_address("never@example.org"), target="")

    assert ask_for_seat(meetup, name="Gone", email="gone@example.org") is False
    assert ask_for_seat(meetup, name="Never", email="never@example.org") is False
    assert not Delivery.objects.exists()


def test_a_private_or_begun_or_canceled_table_takes_no_strangers():
    for meetup in [make_meetup(), make_held_meetup(visibility="listed"), listed(status="canceled")]:
        with pytest.raises(MeetupError):
            ask_for_seat(meetup, name="Lee", email="lee@example.org")
    assert not Guest.objects.exists()


def test_an_unproven_stranger_takes_no_seat():
    meetup = listed(seats=1)
    ask_for_seat(meetup, name="Lee", email="lee@example.org")

    assert answered(make_guest(meetup)).rsvp == "yes"


# Removal and links


def test_a_removed_guests_link_fails_at_once_and_the_seat_is_offered():
    meetup = make_meetup(seats=1)
    seated, waiting = answered(make_guest(meetup)), answered(make_guest(meetup))
    token = make_guest_token(seated)

    acts.remove_guest(seated)
    acts.remove_guest(seated)

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
        acts.remove_guest(guest)

    assert [letters(guest) for guest in (unsent, sent, declined)] == [[], ["removed"], []]


def test_a_removed_guest_is_invited_again_with_a_new_link():
    meetup, host = make_meetup(), make_host()
    guest = make_guest(meetup, email="maria@example.org", rsvp="yes")
    old = make_guest_token(guest)
    acts.remove_guest(guest)

    result = acts.invite_guests(meetup, addresses=[("Maria", "maria@example.org")], by=host)

    assert [guest.email for guest in result.sent + result.later] == ["maria@example.org"]
    guest.refresh_from_db()
    assert (guest.removed_at, guest.rsvp) == (None, "invited")
    assert read_guest_token(old) is None
    assert read_guest_token(make_guest_token(guest)) == guest


def test_renew_link_ends_the_old_one_and_keeps_the_answer():
    guest = answered(make_guest(make_meetup()))
    old = make_guest_token(guest)

    guest = acts.refuse_link(guest)

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

    result = acts.invite_guests(meetup, addresses=addresses, by=host, personal="Come, please.")

    assert [guest.email for guest in result.sent] == ["new@example.org"]
    assert result.already == ["known@example.org", "new@example.org"]
    assert [email for email, _why in result.refused] == ["never@example.org"]
    assert Delivery.objects.get(kind="invitation").context == {"personal": "Come, please."}


def test_add_guest_answers_for_somebody_who_phoned():
    meetup, host = make_meetup(seats=1), make_host()

    guest = acts.add_guest(meetup, name="Old Tom", by=host)

    assert (guest.email, guest.rsvp, guest.called) == (None, "yes", "Old Tom")
    assert not Delivery.objects.filter(guest=guest).exists()
    make_guest(meetup, email="maria@example.org")
    with pytest.raises(MeetupError):
        acts.add_guest(meetup, name="Maria", by=host, email="Maria@example.org")
