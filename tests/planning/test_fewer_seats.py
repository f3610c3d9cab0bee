"""Fewer seats than are taken: who moves to the waiting list, what they hear, and how a host takes it back (R82)."""

from datetime import timedelta

import pytest

from meetups.access.visibility import place_for_guest
from meetups.dispatch.send import deliver_due
from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import give_back_dishes_of_unseated
from meetups.letters import build_message
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.outbox.suppression import unsubscribe
from meetups.planning.services.meetup import SeatsTaken, edit_meetup
from meetups.planning.services.seats import lower_seats, restore_seats
from meetups.times import clock
from tests.factories import STREET, make_dish, make_guest, make_held_meetup, make_meetup
from tests.guests.views.reading import link, page, words_of

pytestmark = pytest.mark.django_db


def yes(meetup: Meetup, name: str, **said) -> Guest:
    return record_rsvp(make_guest(meetup, name=name), Answer("yes", **said))


def now_of(guest: Guest) -> Guest:
    return Guest.objects.select_related("meetup__host").get(pk=guest.pk)


def letter_to(guest: Guest) -> Delivery:
    """Return the letter about the lost seat."""
    return Delivery.objects.pending().get(guest=guest, kind="waiting")


def line(meetup: Meetup) -> list[str]:
    return [guest.called for guest in Guest.objects.counting().waiting().filter(meetup=meetup)]


@pytest.fixture
def meetup(host) -> Meetup:
    return make_meetup(host, seats=4, in_days=20)


@pytest.fixture
def table(meetup) -> list[Guest]:
    """Four with a seat, and one who waits."""
    return [yes(meetup, name) for name in ("Ada", "Bo", "Cy", "Di", "Eve")]


def test_edit_meetup_never_drops_anybody(meetup, table):
    with pytest.raises(SeatsTaken, match="4 seats are taken"):
        edit_meetup(meetup, seats=3)

    assert Meetup.objects.get().seats == 4


def test_who_is_chosen_moves_to_the_front_of_the_line_and_loses_the_street(meetup, table):
    moved = lower_seats(meetup, seats=2, moved=[table[3].pk, table[1].pk])

    assert {guest.called for guest in moved} == {"Bo", "Di"}
    assert line(meetup) == ["Bo", "Di", "Eve"]
    assert [now_of(guest).rsvp for guest in table] == ["yes", "waiting", "yes", "waiting", "waiting"]
    assert Meetup.objects.get().seats == 2
    assert place_for_guest(now_of(table[1])).street == ""
    assert place_for_guest(now_of(table[0])).street == STREET


def test_a_second_call_moves_nobody_and_mails_nobody(meetup, table):
    lower_seats(meetup, seats=3, moved=[table[1].pk])
    before = list(Delivery.objects.order_by("pk").values())

    assert lower_seats(meetup, seats=3, moved=[table[1].pk]) == []
    assert list(Delivery.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("seats", "chosen", "words"),
    [(2, ["Bo"], "One more person has to move"), (1, [], "3 more people have to move"), (3, ["Bo", "Cy"], "room for")],
)
def test_neither_too_few_nor_too_many_move(meetup, table, seats, chosen, words):
    with pytest.raises(MeetupError, match=words):
        lower_seats(meetup, seats=seats, moved=[guest.pk for guest in table if guest.called in chosen])

    assert line(meetup) == ["Eve"]
    assert Meetup.objects.get().seats == 4


def test_a_party_moves_whole_and_what_is_left_is_offered_to_who_fits(host):
    meetup = make_meetup(host, seats=4, in_days=20)
    lis, ada, bo = yes(meetup, "The Lis", party_size=2), yes(meetup, "Ada", party_size=2), yes(meetup, "Bo")

    lower_seats(meetup, seats=3, moved=[lis.pk])

    assert [now_of(guest).rsvp for guest in (lis, ada)] == ["waiting", "yes"]
    assert now_of(bo).has_offer


def test_guests_of_another_meetup_are_not_moved(meetup, table):
    other = yes(make_meetup(seats=2), "Joan")

    with pytest.raises(MeetupError):
        lower_seats(meetup, seats=3, moved=[other.pk])

    assert now_of(other).rsvp == "yes"


def test_an_offer_that_cannot_be_kept_is_taken_back_kindly(meetup, table, moved_clock):
    record_rsvp(table[0], Answer("no"))
    assert now_of(table[4]).has_offer

    lower_seats(meetup, seats=3, moved=[table[4].pk])

    eve = now_of(table[4])
    assert (eve.rsvp, eve.has_offer, eve.unseated_at) == ("waiting", False, None)
    text = " ".join(str(build_message(letter_to(eve)).body).split())
    assert "what was offered to you is not there after all" in text


def test_no_seat_is_taken_back_once_the_evening_has_begun():
    held = make_held_meetup(seats=2)
    guests = [make_guest(held, rsvp="yes") for _n in range(2)]

    with pytest.raises(MeetupError):
        lower_seats(held, seats=1, moved=[guests[0].pk])


# What they hear --------------------------------------------------------------------------------------------------------


def test_the_letter_is_kind_leaves_in_ten_minutes_and_takes_the_entry_out_of_the_calendar(meetup, table):
    lower_seats(meetup, seats=3, moved=[table[1].pk])

    letter = letter_to(table[1])
    message = build_message(letter)
    text = " ".join(str(message.body).split())
    assert abs(letter.due_at - clock.now() - timedelta(minutes=10)) < timedelta(minutes=1)
    assert "Ana is sorry: there are only 3 seats at the table, fewer than were given away." in text
    assert "ahead of everybody who was waiting" in text
    assert "takes the evening out of your calendar" in text
    assert "method=CANCEL" in message.message().as_string().replace('"', "")
    assert STREET not in message.message().as_string()
    assert not Delivery.objects.pending().filter(guest=table[1], kind="confirmation").exists()


def test_less_than_a_day_before_the_letter_leaves_at_once(meetup, table, moved_clock):
    moved_clock(to=meetup.start - timedelta(hours=20))

    lower_seats(meetup, seats=3, moved=[table[1].pk])

    assert letter_to(table[1]).due_at <= clock.now()
    with pytest.raises(MeetupError, match="ten minutes are over"):
        restore_seats(meetup)


def test_who_took_the_seat_themselves_hears_of_it_whatever_they_unsubscribed_from(meetup, table, moved_clock):
    unsubscribe(table[1], scope="everything")
    lower_seats(meetup, seats=3, moved=[table[1].pk])
    moved_clock(minutes=11)

    deliver_due()

    assert Delivery.objects.get(guest=table[1], kind="waiting").state == "sent"


def test_a_yes_the_host_wrote_down_overrides_no_unsubscribing(meetup, table, moved_clock):
    guest = record_rsvp(make_guest(make_meetup(meetup.host, seats=2), name="Gus"), Answer("yes"), by_host=True)
    other = record_rsvp(make_guest(guest.meetup), Answer("yes"))
    unsubscribe(guest, scope="everything")
    lower_seats(guest.meetup, seats=1, moved=[guest.pk])
    moved_clock(minutes=11)

    deliver_due()

    assert Delivery.objects.get(guest=guest, kind="waiting").state == "withdrawn"
    assert now_of(other).rsvp == "yes"


def test_the_guests_page_says_why(client, meetup, table):
    lower_seats(meetup, seats=3, moved=[table[1].pk])
    html = page(client, link(now_of(table[1])))

    assert "Ana is sorry: there are fewer seats at the table than were given away" in words_of(html)
    assert "You are the first in line." in words_of(html)
    assert STREET not in html


def test_another_answer_ends_it(meetup, table):
    lower_seats(meetup, seats=3, moved=[table[1].pk])

    assert record_rsvp(table[1], Answer("no")).unseated_at is None


# Taking it back ----------------------------------------------------------------------------------------------------------


def test_within_ten_minutes_it_can_be_taken_back_and_nobody_hears(meetup, table):
    record_rsvp(table[0], Answer("yes"))
    Guest.objects.filter(pk=table[1].pk).update(confirmed_at=clock.now())
    dishes = [make_dish(meetup, guest=table[1], words="Rye"), make_dish(meetup, guest=table[1], words="Olives", is_asked=False)]
    lower_seats(meetup, seats=2, moved=[table[1].pk, table[2].pk])
    give_back_dishes_of_unseated()

    back = restore_seats(meetup)

    assert {guest.called for guest in back} == {"Bo", "Cy"}
    assert [now_of(guest).rsvp for guest in table] == ["yes", "yes", "yes", "yes", "waiting"]
    assert now_of(table[1]).confirmed_at is not None
    assert Meetup.objects.get().seats == 4
    assert not Delivery.objects.pending().filter(kind="waiting", guest__in=table[:4]).exists()
    assert [Dish.objects.get(pk=dish.pk).guest_id for dish in dishes] == [table[1].pk] * 2
    assert restore_seats(meetup) == []


def test_a_confirmation_that_had_not_left_leaves_after_all(meetup, table):
    lower_seats(meetup, seats=3, moved=[table[1].pk])
    assert not Delivery.objects.pending().filter(guest=table[1], kind="confirmation").exists()

    restore_seats(meetup)

    assert Delivery.objects.pending().get(guest=table[1]).kind == "confirmation"


def test_after_ten_minutes_more_seats_are_offered_to_those_who_lost_theirs(meetup, table, moved_clock):
    lower_seats(meetup, seats=3, moved=[table[1].pk])
    moved_clock(minutes=11)

    with pytest.raises(MeetupError, match="ten minutes are over"):
        restore_seats(meetup)
    edit_meetup(meetup, seats=4)

    assert now_of(table[1]).has_offer
    assert not now_of(table[4]).has_offer


def test_who_gave_up_meanwhile_gets_no_seat_back_and_a_newcomer_keeps_theirs(meetup, table):
    lower_seats(meetup, seats=2, moved=[table[1].pk, table[2].pk])
    record_rsvp(table[1], Answer("no"))
    record_rsvp(table[0], Answer("no"))

    back = restore_seats(meetup)

    assert [guest.called for guest in back] == ["Cy"]
    assert now_of(table[1]).rsvp == "no"


def test_dishes_are_free_again_after_the_ten_minutes(meetup, table, moved_clock):
    dish = make_dish(meetup, guest=table[1], words="Rye")
    kept = make_dish(meetup, guest=table[0], words="Soup")
    lower_seats(meetup, seats=3, moved=[table[1].pk])

    assert give_back_dishes_of_unseated() == 0
    moved_clock(minutes=11)
    assert (give_back_dishes_of_unseated(), give_back_dishes_of_unseated()) == (1, 0)

    dish.refresh_from_db()
    kept.refresh_from_db()
    assert (dish.guest, kept.guest) == (None, table[0])


def test_a_guest_without_an_address_moves_too(meetup):
    guests = [record_rsvp(make_guest(meetup, None, name=name), Answer("yes"), by_host=True) for name in ("Old Tom", "Ada")]

    lower_seats(meetup, seats=1, moved=[guests[0].pk])

    assert now_of(guests[0]).rsvp == "waiting"
    assert not Delivery.objects.filter(guest=guests[0]).exists()
    assert restore_seats(meetup) == [guests[0]]
