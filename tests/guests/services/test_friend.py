"""A guest's friend: asks, proves the address, and awaits the host's yes or no."""

from datetime import timedelta

import pytest

from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token
from meetups.access.visibility import may_bring_friends
from meetups.dispatch.recheck import suppressed_pairs, why_not
from meetups.exceptions import MeetupError
from meetups.guests.services.access_link import refuse_link
from meetups.guests.services.friend import answer_as_friend, decide_on_friend, friends_for_host, num_brought, reconsider_friend
from meetups.guests.services.invitation import invite_guests
from meetups.guests.services.question import ask_host, block_guest
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seat_request import MOST_FRIENDS, ask_as_friend, ask_for_seat
from meetups.guests.services.seats import num_seats_free, num_seats_taken
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Meetup, Question
from meetups.outbox.suppression import suppress
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db
# At night the letter about the host's decision is due in the morning.
BY_DAY = pytest.mark.usefixtures("late_november")
KIM = "kim@example.net"


@pytest.fixture
def maria() -> Guest:
    return make_guest(make_meetup(seats=3, visibility="link"), name="Maria", rsvp="yes", address_proven_at=clock.now())


def ask(maria: Guest, email: str = KIM, name: str = "Kim") -> Guest:
    ask_as_friend(maria, name=name, email=email)
    return Guest.objects.get(email=email.lower())


@pytest.fixture
def kim(maria) -> Guest:
    """Return a friend who has proved the address and awaits the host."""
    return answer_as_friend(ask(maria), comes=True, note="I can bring a salad.")


def letters(guest: Guest, **fields) -> list[str]:
    return list(Delivery.objects.filter(guest=guest, **fields).order_by("pk").values_list("kind", flat=True))


def test_a_friend_counts_for_nothing_before_the_host_says_yes(maria):
    kim = ask(maria)

    assert (kim.origin, kim.brought_by, kim.rsvp) == ("friend", maria, "invited")
    assert letters(kim) == ["prove_address"]
    kim = answer_as_friend(kim, comes=True)
    meetup = Meetup.objects.with_guest_counts().get(pk=maria.meetup_id)
    assert kim.address_proven_at is not None
    assert not kim.has_seat
    assert num_seats_taken(meetup) == 1
    assert (meetup.num_yes, meetup.num_invited) == (1, 1)
    assert list(Guest.objects.counting()) == [maria]


def test_no_seat_is_taken_past_the_host(kim):
    with pytest.raises(MeetupError):
        record_rsvp(kim, Answer("yes"))

    kim.refresh_from_db()
    assert kim.rsvp == "invited"


def test_the_host_hears_of_a_friend_once_in_the_letter_of_the_hour(kim):
    answer_as_friend(kim, comes=True)

    letter = Delivery.objects.get(kind="host_answers")
    text = build_message(letter).body
    assert "Kim, brought by Maria" in text
    assert "I can bring a salad." in text
    assert KIM not in text


def test_a_yes_of_the_host_gives_a_seat_and_a_letter_that_can_be_taken_back_for_ten_minutes(kim):
    friend = decide_on_friend(kim, is_welcome=True)

    assert friend.has_seat
    letter = Delivery.objects.get(kind="confirmation", guest=kim)
    assert timedelta(minutes=9) < letter.due_at - clock.now() <= timedelta(minutes=10)
    assert "Ana says yes: you are welcome" in build_message(letter).body
    assert why_not(letter, set()) is None

    friend = reconsider_friend(friend)

    assert (friend.rsvp, friend.awaits_host) == ("invited", True)
    assert num_seats_free(friend.meetup) == 2
    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    assert decide_on_friend(friend, is_welcome=True).has_seat
    assert letters(kim, state="queued") == ["prove_address", "confirmation"]


def test_a_yes_whose_letter_has_left_is_not_taken_back(kim):
    friend = decide_on_friend(kim, is_welcome=True)
    Delivery.objects.filter(guest=kim, kind="confirmation").update(state="sent")

    with pytest.raises(MeetupError):
        reconsider_friend(friend)

    friend.refresh_from_db()
    assert friend.has_seat


def test_a_yes_at_a_full_table_waits_in_line(maria, kim):
    make_guest(maria.meetup, rsvp="yes", party_size=2)

    friend = decide_on_friend(kim, is_welcome=True)

    assert friend.rsvp == "waiting"
    assert letters(kim) == ["prove_address", "waiting"]


@BY_DAY
def test_a_no_is_told_kindly_after_ten_minutes_and_may_become_a_yes(kim):
    friend = decide_on_friend(kim, is_welcome=False)
    decide_on_friend(kim, is_welcome=False)

    [letter] = Delivery.objects.filter(kind="friend_no")
    assert timedelta(minutes=9) < letter.due_at - clock.now() <= timedelta(minutes=10)
    assert "says nothing about you" in build_message(letter).body
    assert why_not(letter, set()) is None
    friend = decide_on_friend(friend, is_welcome=True)
    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    assert friend.has_seat


def test_a_no_is_taken_back_before_its_letter_leaves(kim):
    friend = reconsider_friend(decide_on_friend(kim, is_welcome=False))

    assert friend.refused_at is None
    assert letters(kim, state="withdrawn") == ["friend_no"]
    assert friends_for_host(kim.meetup) == [friend]


def test_a_friend_whose_link_was_ended_gets_the_new_one_while_the_host_is_asked(kim):
    refuse_link(kim)

    letter = Delivery.objects.get(kind="new_link")
    assert why_not(letter, set()) is None
    kim.refresh_from_db()
    assert f"/r/{make_guest_token(kim)}" in build_message(letter).body


def test_a_question_of_a_friend_whose_welcome_was_taken_back_waits_at_no_desk(kim):
    friend = decide_on_friend(kim, is_welcome=True)
    ask_host(friend, words="Which door?")
    assert Question.objects.open().for_host().count() == 1

    reconsider_friend(friend)

    assert not Question.objects.open().for_host().exists()


@BY_DAY
def test_who_unsubscribed_from_the_host_is_still_told_either_way(maria, kim):
    suppress(kim.email_hash, target=f"host:{maria.meetup.host_id}")
    decide_on_friend(kim, is_welcome=False)

    letter = Delivery.objects.get(kind="friend_no")
    assert why_not(letter, suppressed_pairs([letter])) is None


def test_a_friend_who_changes_their_mind_is_not_on_the_desk(kim):
    answer_as_friend(kim, comes=False)

    assert friends_for_host(kim.meetup) == []
    with pytest.raises(MeetupError):
        decide_on_friend(kim, is_welcome=True)


def test_an_address_that_never_agreed_is_written_to_once_a_day(maria, moved_clock):
    ask(maria)
    ask(maria)
    moved_clock(minutes=15)
    ask(maria)

    assert Delivery.objects.filter(kind="prove_address").count() == 1
    moved_clock(hours=25)
    ask(maria)
    assert Delivery.objects.filter(kind="prove_address").count() == 2


def test_who_is_a_guest_already_gets_their_own_link_and_nobody_is_brought(maria):
    bo = make_guest(maria.meetup, "bo@example.org", name="Bo", address_proven_at=clock.now())

    friend = ask(maria, "Bo@example.org", "Somebody else")

    assert (friend.pk, friend.brought_by, friend.name) == (bo.pk, None, "Bo")
    assert letters(bo) == ["new_link"]


def test_nothing_goes_to_who_was_removed_or_wants_no_letters(maria):
    make_guest(maria.meetup, "gone@example.org", removed_at=clock.now())
    suppress(hash_address("no-more@example.org"))

    assert not ask_as_friend(maria, name="X", email="gone@example.org")
    assert not ask_as_friend(maria, name="Y", email="no-more@example.org")
    assert not Delivery.objects.exists()


def test_one_guest_brings_a_few_at_a_time(maria):
    for number in range(MOST_FRIENDS):
        answer_as_friend(ask(maria, f"friend{number}@example.net"), comes=True)

    with pytest.raises(MeetupError):
        ask(maria, "one-more@example.net")


@pytest.mark.parametrize(
    ("visibility", "lets", "may"),
    [("listed", None, True), ("link", None, True), ("private", None, False), ("private", True, True), ("listed", False, False)],
)
def test_the_host_lets_guests_bring_friends_or_not(visibility, lets, may):
    meetup = make_meetup(visibility=visibility, lets_friends=lets)

    assert may_bring_friends(make_guest(meetup, rsvp="yes")) == may
    assert may_bring_friends(make_guest(meetup, rsvp="waiting")) == may
    for fields in ({"rsvp": "maybe"}, {"rsvp": "no"}, {}, {"rsvp": "yes", "removed_at": clock.now()}):
        assert not may_bring_friends(make_guest(meetup, **fields))


def test_a_friend_brings_nobody_before_the_hosts_yes(kim):
    assert not may_bring_friends(kim)
    assert may_bring_friends(decide_on_friend(kim, is_welcome=True))


def test_who_was_brought_is_counted_without_who_declined(maria, kim):
    decide_on_friend(kim, is_welcome=True)
    other = answer_as_friend(ask(maria, "lee@example.net", "Lee"), comes=True)
    decide_on_friend(other, is_welcome=False)
    ask(maria, "never-opened@example.net", "Nobody")

    assert num_brought(maria) == (2, 1)


def test_friends_of_a_guest_whose_messages_are_not_wanted_reach_nobody(maria):
    kim = ask(maria)
    block_guest(maria, is_blocked=True)

    answer_as_friend(kim, comes=True)

    assert friends_for_host(maria.meetup) == []
    assert not Delivery.objects.filter(kind="host_answers").exists()


# At a listed table


@pytest.fixture
def open_maria() -> Guest:
    return make_guest(make_meetup(seats=2, visibility="listed"), name="Maria", rsvp="yes", address_proven_at=clock.now())


def test_a_friend_at_a_listed_table_takes_a_seat_as_a_stranger_does_and_not_before_proving_the_address(open_maria):
    meetup = open_maria.meetup
    ask_for_seat(meetup, name="Sam", email="sam@example.net")
    ask_as_friend(open_maria, name="Kim", email=KIM)
    stranger, friend = Guest.objects.get(email="sam@example.net"), Guest.objects.get(email=KIM)

    assert (friend.origin, friend.brought_by, friend.is_unproven) == ("self", open_maria, True)
    assert (letters(friend), num_seats_taken(meetup)) == (letters(stranger), 1) == (["prove_address"], 1)
    assert friends_for_host(meetup) == []
    assert record_rsvp(friend, Answer("yes")).has_seat
    assert record_rsvp(stranger, Answer("yes")).rsvp == "waiting"
    assert num_seats_free(meetup) == 0


def test_the_letter_to_a_friend_at_a_listed_table_names_who_passed_it_on_and_asks_no_host(open_maria, maria):
    said = []
    for by in (open_maria, maria):
        ask_as_friend(by, name="Kim", email=f"kim{by.pk}@example.net")
        text = build_message(Delivery.objects.get(guest__email=f"kim{by.pk}@example.net")).body
        said.append(
            ("Maria passed an invitation on" in text.replace("\n", " "), "is asked" in text, "Only then does it count" in text)
        )

    assert said == [(True, False, True), (True, True, False)]


def test_who_brought_a_friend_to_a_listed_table_sees_how_many_came(open_maria):
    ask_as_friend(open_maria, name="Kim", email=KIM)
    assert num_brought(open_maria) == (0, 0)

    record_rsvp(Guest.objects.get(email=KIM), Answer("yes"))

    assert num_brought(open_maria) == (1, 1)
    open_maria.refresh_from_db()
    assert open_maria.brought_at is not None


def test_a_friend_whom_the_host_has_refused_does_not_come_in_by_the_open_door_of_the_invitation(maria, kim):
    decide_on_friend(kim, is_welcome=False)
    Meetup.objects.update(visibility="listed")

    ask(maria)

    kim.refresh_from_db()
    assert (kim.origin, kim.awaits_host) == ("friend", True)
    with pytest.raises(MeetupError):
        record_rsvp(kim, Answer("yes"))


@pytest.mark.parametrize("visibility", ["link", "private"])
def test_at_any_other_table_a_friend_waits_for_the_host(visibility):
    maria = make_guest(make_meetup(visibility=visibility, lets_friends=True), name="Maria", rsvp="yes")

    assert ask(maria).awaits_host


def test_a_host_who_invites_the_same_address_has_said_yes(maria, kim):
    invite_guests(maria.meetup, addresses=[("Kim Lee", KIM)], by=maria.meetup.host)

    kim.refresh_from_db()
    assert (kim.origin, kim.awaits_host) == ("host", False)
    assert record_rsvp(kim, Answer("yes")).has_seat


def test_a_friend_who_never_opens_the_letter_is_forgotten_in_a_day(maria, moved_clock):
    ask(maria)
    moved_clock(hours=30)

    assert retire()["strangers"] == 1
    assert not Guest.objects.filter(email=KIM).exists()


def test_a_canceled_evening_takes_no_friends(maria, kim):
    Meetup.objects.update(status="canceled")

    for act in (lambda: ask(maria, "x@example.net"), lambda: decide_on_friend(kim, is_welcome=True)):
        with pytest.raises(MeetupError):
            act()
    kim.refresh_from_db()
    assert kim.admitted_at is None
