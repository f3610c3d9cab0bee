"""Hold an evening again: what is copied, who is asked, and that a second press makes no second evening."""

from datetime import date, time, timedelta

import pytest

from hosts.models import User
from meetups.circles.dates import suggest_dates
from meetups.circles.people import same_people
from meetups.circles.services.again import hold_again
from meetups.exceptions import MeetupError
from meetups.guests.services.access_link import renew_link
from meetups.guests.services.guest_list import remove_guest
from meetups.models import Cohost, Delivery, Guest, Meetup, Needs
from meetups.outbox.suppression import suppress, unsubscribe
from meetups.privacy.erasure import erase_address, erase_guest
from meetups.times import clock
from tests.factories import make_campaign, make_dish, make_draft, make_guest, make_held_meetup, make_meetup, make_user

pytestmark = pytest.mark.django_db
CODE = "mnpqrstu45"


@pytest.fixture
def held(host) -> Meetup:
    return make_held_meetup(
        host, seats=7, max_party=3, visibility="link", word="Come hungry.", campaign=make_campaign(), language="fr", duration=150
    )


def in_days(days: int) -> date:
    return (clock.now() + timedelta(days=days)).date()


def again(held: Meetup, **fields) -> Meetup:
    fields = {"by": held.host, "code": CODE, "day": in_days(20), "hour": time(18, 30), "people": same_people(held)} | fields
    return hold_again(held, **fields)[0]


def asked(meetup: Meetup) -> list[str]:
    return sorted(Delivery.objects.filter(meetup=meetup, kind="invitation").values_list("guest__email", flat=True))


# What is copied ------------------------------------------------------------------------------------------------------


def test_kit_place_seats_and_who_sees_it_are_those_of_the_evening_before(held):
    made = again(held)

    made.refresh_from_db()
    same = [
        "host",
        "campaign",
        "title",
        "street",
        "door",
        "zone",
        "seats",
        "max_party",
        "visibility",
        "word",
        "language",
        "duration",
    ]
    assert {name: getattr(made, name) for name in same} == {name: getattr(held, name) for name in same}
    words = ["book", "questions", "run", "meal", "way_in", "agreements"]
    assert {name: getattr(made.kit, name) for name in words} == {name: getattr(held.kit, name) for name in words}
    assert (made.kit_id != held.kit_id, made.status, made.again_of, made.evening_number) == (True, "published", held, 2)
    assert (made.date, made.time) == (in_days(20), time(18, 30))
    # It is nobody's fork: the reproduction of tables counts new hosts alone.
    assert made.parent is None


def test_names_and_addresses_come_along_and_nothing_of_what_guests_said(held):
    guest = make_guest(
        held, "maria@example.org", name="Maria", shown_name="Maria L.", rsvp="yes", attended=True, diet="no nuts", diets="vegan",
        note="I bring my mother", party_size=2, party_names="Rosa", could_host=True, has_read="fully", shows_name=True,
        language="es", confirmed_at=clock.now(),
    )  # fmt: skip
    Needs.objects.create(guest=guest, wants_ride=True)

    made = again(held).guests.get()

    said = ["rsvp", "attended", "diet", "diets", "note", "party_size", "party_names", "could_host", "has_read", "shows_name"]
    empty = {name: Guest._meta.get_field(name).get_default() for name in said}
    assert {name: getattr(made, name) for name in said} == empty
    assert (made.confirmed_at, made.address_proven_at, made.answered_at, made.own_needs.is_empty) == (None, None, None, True)
    assert (made.email, made.name, made.language, made.origin) == ("maria@example.org", "Maria L.", "es", "host")
    assert made.selector != guest.selector


def test_the_dishes_that_were_asked_for_are_free_again_and_what_guests_brought_unasked_stays_behind(held):
    guest = make_guest(held, "maria@example.org", rsvp="yes", attended=True)
    make_dish(held, "bread", feeds=4, remark="without nuts", guest=guest, words="rye from the corner")
    make_dish(held, "dessert")
    make_dish(held, "drink", guest=guest, words="a red one", is_asked=False)

    made = again(held)
    again(held)

    asked_for = [(dish.kind, dish.feeds, dish.remark, dish.guest, dish.words, dish.taken_at) for dish in made.dishes.in_order()]
    assert asked_for == [("bread", 4, "without nuts", None, "", None), ("dessert", None, "", None, "", None)]
    assert made.dishes.filter(is_asked=False).count() == 0
    assert held.dishes.taken().count() == 2


def test_the_co_hosts_come_along_and_nobody_is_asked_anew_to_take_it_over(held):
    finn = make_user(shown_name="Finn")
    Cohost.objects.create(meetup=held, user=finn, offered_at=clock.now())

    made = again(held, by=finn)

    assert made.host == held.host
    assert list(made.cohosts.values_list("user", "offered_at")) == [(finn.pk, None)]


def test_the_third_evening_is_the_third(held):
    second = again(held)
    Meetup.objects.filter(pk=second.pk).update(status="canceled")
    second.refresh_from_db()
    instead = again(second, code="abcdefgh23")
    Meetup.objects.filter(pk=instead.pk).update(starts_at=clock.now() - timedelta(hours=1))
    instead.refresh_from_db()

    third = again(instead, code="abcdefgh24")

    # One that was canceled is not counted.
    assert [meetup.evening_number for meetup in (second, instead, third)] == [2, 2, 3]


# Who is asked --------------------------------------------------------------------------------------------------------


def test_whoever_was_asked_is_asked_again_and_a_plain_no_only_if_the_host_ticks_it(held):
    for name, facts in {
        "came": {"rsvp": "yes", "attended": True}, "yes": {"rsvp": "yes"}, "maybe": {"rsvp": "maybe"}, "silent": {},
        "no": {"rsvp": "no"}, "later": {"rsvp": "no", "asks_again": True}, "stood": {"rsvp": "waiting"},
    }.items():  # fmt: skip
        make_guest(held, f"{name}@example.org", name=name, **facts)

    people = same_people(held)

    ticked = {person.name for person in people if person.is_ticked}
    assert ticked == {"came", "yes", "maybe", "silent", "later", "stood"}
    assert [person.name for person in people if not person.is_ticked] == ["no"]


def test_who_wants_no_letters_was_removed_or_erased_or_cannot_be_reached_is_not_asked(held, host):
    names = ["evening", "host", "campaign", "all", "removed", "erased", "gone", "back", "phoned", "stays", "renewed"]
    guests = {name: make_guest(held, f"{name}@example.org", name=name, rsvp="yes") for name in names}
    unsubscribe(guests["evening"], scope="meetup")
    unsubscribe(guests["host"], scope="host")
    suppress(guests["campaign"].email_hash, target=f"campaign:{held.campaign_id}")
    unsubscribe(guests["all"], scope="everything")
    remove_guest(guests["removed"])
    erase_guest(guests["erased"])
    erase_address(guests["gone"].email_hash)
    Guest.objects.filter(name="back").update(undeliverable_at=clock.now())
    Guest.objects.filter(name="phoned").update(email=None)
    make_guest(held, "stranger@example.org", name="stranger", origin="self")
    make_guest(held, "friend@example.org", name="friend", origin="friend", address_proven_at=clock.now())
    # A link that was ended because it was passed on is no reason not to ask its owner.
    renew_link(guests["renewed"])

    assert {person.name for person in same_people(held)} == {"stays", "renewed"}


def test_only_those_who_are_ticked_get_the_invitation(held):
    make_guest(held, "maria@example.org", rsvp="yes")
    make_guest(held, "ben@example.org", rsvp="yes")
    people = [person for person in same_people(held) if person.email == "ben@example.org"]

    made = again(held, people=people)

    assert asked(made) == ["ben@example.org"]
    assert made.guests.count() == 1


def test_who_unsubscribed_between_the_page_and_the_press_is_not_asked(held):
    guest = make_guest(held, "maria@example.org", rsvp="yes")
    people = same_people(held)
    unsubscribe(guest, scope="host")

    assert asked(again(held, people=people)) == []


# One press, one evening -----------------------------------------------------------------------------------------------


def test_a_second_press_makes_no_second_evening_and_invites_nobody_again(held):
    make_guest(held, "maria@example.org", rsvp="yes")

    first, second = again(held), again(held)

    assert first == second
    assert Meetup.objects.filter(again_of=held).count() == 1
    assert asked(first) == ["maria@example.org"]


def test_the_code_of_another_evening_of_theirs_changes_nothing_there(held, host):
    other = make_draft(host, code=CODE, title="Something else")

    made = again(held)

    other.refresh_from_db()
    assert (made, other.again_of, other.status, other.title) == (other, None, "draft", "Something else")


@pytest.mark.parametrize("make", [make_meetup, make_draft])
def test_an_evening_that_is_to_come_is_not_held_again(host, make):
    with pytest.raises(MeetupError):
        again(make(host, in_days=5))

    assert Meetup.objects.count() == 1


def test_what_is_refused_leaves_nothing_behind(held):
    make_guest(held, "maria@example.org", rsvp="yes")
    before = (Meetup.objects.count(), Delivery.objects.count(), User.objects.count())

    for wrong in ({"day": in_days(-2)}, {"personal": f"Come to {held.street}"}):
        with pytest.raises(MeetupError):
            again(held, **wrong)

    assert (Meetup.objects.count(), Delivery.objects.count(), User.objects.count()) == before


# The day that is suggested --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "today", "first"),
    [
        (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 15)),
        (date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15)),
        (date(2026, 12, 1), date(2026, 12, 9), date(2026, 12, 29)),
        (date(2026, 6, 2), date(2026, 12, 9), date(2026, 12, 29)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 14)),
    ],
)
def test_the_day_is_on_the_same_weekday_two_weeks_on_and_never_too_soon(before, today, first):
    days = suggest_dates(before, today)

    assert days == [first + timedelta(days=14 * n) for n in range(3)]
    assert {day.weekday() for day in days} == {before.weekday()}
