"""The shared table: who may take which dish, when a dish is free again, and what is stored."""

import pytest

from meetups.access.visibility import shared_table
from meetups.exceptions import MeetupError
from meetups.guests.services import dish as acts
from meetups.guests.services.attendance import confirm_coming
from meetups.guests.services.guest_list import remove_guest
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Dish
from meetups.planning.services.change import cancel_meetup
from meetups.text.dishes import lacks_words, suggestion
from meetups.times import clock
from tests.factories import make_begun_meetup, make_dish, make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db


def seated(meetup, **fields):
    return make_guest(meetup, rsvp="yes", **fields)


# Words and numbers


def test_twelve_people_are_advised_two_mains_two_sides_bread_dessert_and_something_to_drink():
    assert suggestion(12) == {"main": 2, "side": 2, "bread": 1, "dessert": 1, "drink": 1}
    assert suggestion(1) == {"main": 1, "side": 1, "bread": 1, "dessert": 1, "drink": 1}
    assert suggestion(None) == {}


def test_what_is_lacking_is_said_kind_by_kind_and_other_things_by_their_remark():
    free = [("main", ""), ("main", "without meat"), ("bread", ""), ("other", "folding chairs"), ("other", "")]

    assert lacks_words(free) == ["2 main dishes", "bread", "something else", "folding chairs"]


# The host asks


def test_table_is_laid_for_the_seats_each_dish_for_its_share():
    meetup = make_meetup(seats=12)

    acts.lay_table(meetup, counts={"main": 2, "bread": 1, "other": 1})

    assert list(meetup.dishes.in_order().values_list("kind", "feeds")) == [
        ("main", 6),
        ("main", 6),
        ("bread", 12),
        ("other", None),
    ]


def test_table_holds_a_hundred_dishes_and_not_one_more():
    meetup = make_meetup()
    acts.lay_table(meetup, counts={"main": 99})

    with pytest.raises(MeetupError, match="100 dishes are the most"):
        acts.lay_table(meetup, counts={"bread": 2})
    assert meetup.dishes.count() == 99


def test_what_guests_bring_unasked_takes_nothing_from_what_the_host_may_ask_for():
    meetup = make_meetup()
    for number in range(acts.MOST_DISHES):
        make_dish(meetup, guest=seated(meetup), is_asked=False, words=f"Olives {number}")

    assert len(acts.lay_table(meetup, counts={"main": 1})) == 1


@pytest.mark.parametrize("make", [make_begun_meetup, make_held_meetup])
def test_nothing_is_asked_for_or_taken_once_the_evening_has_begun(make):
    meetup = make()
    guest, dish = seated(meetup), make_dish(meetup)

    for act in (
        lambda: acts.lay_table(meetup, counts={"bread": 1}),
        lambda: acts.take_dish(guest, dish=dish),
        lambda: acts.bring_dish(guest, words="Olives"),
        lambda: acts.edit_dish(dish, kind="main", feeds=None, remark="", guest=None),
    ):
        with pytest.raises(MeetupError, match="has begun"):
            act()


def test_nothing_is_taken_for_an_evening_that_was_canceled():
    meetup = make_meetup()
    guest, dish = seated(meetup), make_dish(meetup)
    cancel_meetup(meetup, word="")

    with pytest.raises(MeetupError, match="canceled"):
        acts.take_dish(guest, dish=dish)


def test_host_changes_a_dish_and_writes_down_who_phoned_about_it():
    meetup = make_meetup()
    ben, dish = seated(meetup, name="Ben"), make_dish(meetup)

    changed = acts.edit_dish(dish, kind="main", feeds=6, remark="warm", guest=ben, words="Lentils")

    assert (changed.kind, changed.feeds, changed.remark, changed.guest, changed.words) == ("main", 6, "warm", ben, "Lentils")


def test_host_passes_a_dish_from_one_guest_to_another_or_to_nobody():
    meetup = make_meetup()
    ben, ada = seated(meetup), seated(meetup)
    dish = acts.take_dish(ben, dish=make_dish(meetup), words="Rye")

    passed = acts.edit_dish(dish, kind="bread", feeds=None, remark="", guest=ada)
    assert (passed.guest, passed.words, passed.given_back_at) == (ada, "", None)
    free = acts.edit_dish(passed, kind="bread", feeds=None, remark="", guest=None)

    assert free.guest is None
    assert free.given_back_at is not None


def test_dish_that_somebody_brings_is_not_taken_off_the_list():
    meetup = make_meetup()
    dish = acts.take_dish(seated(meetup, shown_name="Ben"), dish=make_dish(meetup))

    with pytest.raises(MeetupError, match="Ben brings this"):
        acts.remove_dish(dish)
    Dish.objects.filter(pk=dish.pk).give_back()
    acts.remove_dish(dish)
    acts.remove_dish(dish)

    assert Dish.objects.count() == 0


# Guests take, bring and give back


def test_dish_is_taken_once_and_the_second_guest_is_told_in_a_sentence():
    meetup = make_meetup()
    ben, ada, dish = seated(meetup), seated(meetup), make_dish(meetup)

    acts.take_dish(ben, dish=dish, words="Rye bread")
    with pytest.raises(MeetupError, match="Somebody else has just taken that"):
        acts.take_dish(ada, dish=dish)

    dish.refresh_from_db()
    assert (dish.guest, dish.words) == (ben, "Rye bread")


def test_second_press_of_the_same_guest_changes_only_the_words():
    meetup = make_meetup()
    ben, dish = seated(meetup), make_dish(meetup)
    first = acts.take_dish(ben, dish=dish, words="Rye")

    second = acts.take_dish(ben, dish=dish, words="Rye, two loaves")

    assert second.words == "Rye, two loaves"
    assert second.taken_at == first.taken_at


def test_a_press_on_an_old_page_takes_no_words_away():
    guest = seated(make_meetup())
    dish = acts.take_dish(guest, dish=make_dish(guest.meetup), words="Rye, still warm")

    assert acts.take_dish(guest, dish=dish).words == "Rye, still warm"
    assert acts.take_dish(guest, dish=dish, words="").words == ""


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
def test_without_a_seat_nothing_is_brought(rsvp):
    meetup = make_meetup()
    guest, dish = make_guest(meetup, rsvp=rsvp), make_dish(meetup)

    with pytest.raises(MeetupError, match="Only those with a seat"):
        acts.take_dish(guest, dish=dish)
    with pytest.raises(MeetupError, match="Only those with a seat"):
        acts.bring_dish(guest, words="Olives")
    assert not Dish.objects.taken().exists()


def test_dish_of_another_table_is_out_of_reach():
    guest, dish = seated(make_meetup()), make_dish(make_meetup())

    with pytest.raises(MeetupError):
        acts.take_dish(guest, dish=dish)
    acts.give_back_dish(guest, dish=dish)

    dish.refresh_from_db()
    assert dish.guest is None


def test_guest_brings_something_of_their_own_and_gives_it_back():
    guest = seated(make_meetup())

    olives = acts.bring_dish(guest, words="Olives")
    assert acts.bring_dish(guest, words="Olives") == olives
    acts.give_back_dish(guest, dish=olives)

    assert Dish.objects.count() == 0


def test_a_guest_brings_three_things_of_their_own_at_most():
    guest = seated(make_meetup())
    for words in ("Olives", "Cheese", "A song"):
        acts.bring_dish(guest, words=words)

    with pytest.raises(MeetupError, match="three things"):
        acts.bring_dish(guest, words="A cake")


def test_dish_given_back_is_free_without_words_and_the_host_sees_since_when():
    meetup = make_meetup()
    guest = seated(meetup)
    dish = acts.take_dish(guest, dish=make_dish(meetup), words="Rye")

    acts.give_back_dish(guest, dish=dish)
    acts.give_back_dish(guest, dish=dish)

    dish.refresh_from_db()
    assert (dish.guest, dish.words, dish.taken_at) == (None, "", None)
    assert dish.given_back_at is not None


def test_nobody_gives_back_what_another_brings():
    meetup = make_meetup()
    ben = seated(meetup)
    dish = acts.take_dish(ben, dish=make_dish(meetup))

    acts.give_back_dish(seated(meetup), dish=dish)

    dish.refresh_from_db()
    assert dish.guest == ben


# What comes free by itself


@pytest.mark.parametrize(
    "leave",
    [
        lambda guest: record_rsvp(guest, Answer("no")),
        lambda guest: record_rsvp(guest, Answer("maybe")),
        lambda guest: confirm_coming(guest, is_coming=False),
        remove_guest,
    ],
    ids=["no", "maybe", "cannot come", "removed"],
)
def test_dishes_of_a_guest_who_loses_the_seat_are_free_again(leave):
    meetup = make_meetup()
    guest = seated(meetup)
    dish = acts.take_dish(guest, dish=make_dish(meetup), words="Rye")
    acts.bring_dish(guest, words="Olives")

    leave(guest)

    assert list(Dish.objects.values_list("pk", "guest", "words")) == [(dish.pk, None, "")]


def test_another_yes_keeps_the_dishes():
    meetup = make_meetup()
    guest = seated(meetup)
    dish = acts.take_dish(guest, dish=make_dish(meetup), words="Rye")

    record_rsvp(guest, Answer("yes", party_size=2))

    dish.refresh_from_db()
    assert (dish.guest, dish.words) == (guest, "Rye")


# Who sees what


def test_guest_with_a_seat_sees_what_others_bring_and_only_the_names_of_those_who_show_them():
    meetup = make_meetup()
    ben = seated(meetup, shown_name="Ben", shows_name=True)
    ada = seated(meetup, shown_name="Ada", shows_name=False)
    acts.take_dish(ben, dish=make_dish(meetup, "main"), words="Lentils")
    acts.take_dish(ada, dish=make_dish(meetup, "bread"), words="Rye")
    make_dish(meetup, "dessert")
    me = seated(meetup)
    acts.bring_dish(me, words="Olives")

    table = shared_table(me)

    assert table.lacks == ["a dessert"]
    assert [dish.words for dish in table.mine] == ["Olives"]
    assert [(dish.words, dish.who) for dish in table.others] == [("Lentils", "Ben"), ("Rye", "")]


def test_names_beside_dishes_stay_away_where_the_host_shows_none():
    meetup = make_meetup(shows_names=False)
    acts.take_dish(seated(meetup, shown_name="Ben", shows_name=True), dish=make_dish(meetup))

    assert [dish.who for dish in shared_table(seated(meetup)).others] == [""]


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "waiting"])
def test_without_a_seat_one_sees_what_is_lacking_and_nothing_of_what_others_bring(rsvp):
    meetup = make_meetup()
    acts.take_dish(seated(meetup), dish=make_dish(meetup, "main"), words="Lentils")
    make_dish(meetup, "bread")

    table = shared_table(make_guest(meetup, rsvp=rsvp))

    assert (table.lacks, table.others, table.may_bring) == (["bread"], (), False)


def test_who_declined_or_was_removed_and_who_comes_after_the_evening_sees_nothing_of_the_table():
    meetup, held = make_meetup(), make_held_meetup()
    make_dish(meetup)
    make_dish(held)

    for guest in (make_guest(meetup, rsvp="no"), remove_guest(seated(meetup)), seated(held), make_guest(meetup, origin="self")):
        assert shared_table(guest) == shared_table(make_guest(make_meetup(), rsvp="no"))


def test_table_is_read_with_one_query_however_much_stands_on_it(django_assert_num_queries):
    meetup = make_meetup()
    me = seated(meetup)
    for _ in range(7):
        make_dish(meetup, guest=seated(meetup), words="Rye")

    with django_assert_num_queries(1):
        assert len(shared_table(me).others) == 7


def test_a_dish_of_a_friend_who_was_let_in_costs_no_query_of_its_own(django_assert_num_queries):
    me = make_guest(make_meetup(shows_names=True), rsvp="yes")
    facts = {"origin": "friend", "admitted_at": clock.now(), "shown_name": "Kim", "shows_name": True}
    friend = make_guest(me.meetup, rsvp="yes", **facts)
    acts.bring_dish(friend, words="Lentil soup")

    with django_assert_num_queries(1):
        assert [dish.who for dish in shared_table(me).others] == ["Kim"]


def test_a_remark_that_holds_the_street_is_refused_because_guests_without_a_seat_read_it():
    dish = make_dish(make_meetup(), "bread")

    with pytest.raises(MeetupError, match="holds the street"):
        acts.ask_for_dish(dish.meetup, kind="bread", remark=f"Bring it to {dish.meetup.street}")
    with pytest.raises(MeetupError, match="holds the street"):
        acts.edit_dish(dish, kind="bread", feeds=None, remark=f"to {dish.meetup.street.upper()}", guest=None)

    assert [row.remark for row in Dish.objects.all()] == [dish.remark]
