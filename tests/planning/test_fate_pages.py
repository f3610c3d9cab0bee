"""The pages of a host say what is so of letters, and call nothing gone that the relay has not taken (R126)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.models import Delivery, Mailing, Meetup
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_host, make_meetup
from tests.planning.host_pages import step, typed

pytestmark = pytest.mark.django_db
State = Delivery.State
GREYLISTED = {"state": State.WAITING, "last_code": 450, "last_words": "4.2.0 Greylisted, come back later"}


def read(door, url: str) -> str:
    return " ".join(door.get(url).content.decode().split())


def canceled(host) -> Meetup:
    """Return an evening that was canceled an hour ago."""
    hour_ago = clock.now() - timedelta(hours=1)
    return make_meetup(host, status=Meetup.Status.CANCELED, canceled_at=hour_ago, revision=1)


def tell(meetup: Meetup, name: str, **fields) -> Delivery:
    """Owe the letter about the cancellation to a guest who has said yes."""
    return make_delivery("canceled", guest=make_guest(meetup, name=name, rsvp="yes"), revision=1, **fields)


def fanned_out(meetup: Meetup, kind: str, *, num: int, **fields) -> Mailing:
    """Return a planned letter whose hour came, with so many copies."""
    mailing = meetup.mailings.get(kind=kind)
    Mailing.objects.filter(pk=mailing.pk).update(fanned_out_at=clock.now(), num_owed=num)
    for _number in range(num):
        make_delivery(kind, guest=make_guest(meetup, rsvp="yes"), mailing=mailing, **fields)
    return mailing


# A canceled evening --------------------------------------------------------------------------------------------------


def test_guests_know_of_a_canceled_evening_when_all_its_letters_are_gone(door, host):
    meetup = canceled(host)
    tell(meetup, "Maria", state=State.SENT, finished_at=clock.now())

    assert step(door, meetup) == "This evening is canceled, and your guests know."


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.WAITING, State.FAILED, State.EXPIRED, State.WITHDRAWN])
def test_nobody_is_said_to_know_whose_letter_about_canceling_is_not_gone(door, host, state):
    meetup = canceled(host)
    tell(meetup, "Maria", state=State.SENT, finished_at=clock.now())
    late = tell(meetup, "Omar", state=state)
    make_delivery("invitation", guest=late.guest, state=State.SENT, finished_at=clock.now() - timedelta(days=2))

    words = step(door, meetup)

    assert "your guests know" not in words
    assert words.startswith("This evening is canceled. No letter about it has reached Omar yet. Could you call?")
    assert "Maria" not in words


def test_a_canceled_evening_names_whoever_has_no_address(door, host):
    meetup = canceled(host)
    tell(meetup, "Maria", state=State.SENT, finished_at=clock.now())
    make_guest(meetup, None, name="Old Nell", rsvp="yes")

    assert "has reached Old Nell yet" in step(door, meetup)


def test_a_canceled_evening_without_guests_promises_no_letters(door, host):
    meetup = make_meetup(host, in_days=14)

    door.post(f"/host/{meetup.code}/cancel/", {"word": ""})

    assert step(door, meetup).startswith("Canceled, and there is nobody to write to. Until ")


def test_a_letter_about_canceling_that_failed_is_tried_again(door, host):
    meetup = canceled(host)
    row = tell(meetup, "Omar", state=State.FAILED, finished_at=clock.now())
    other = make_delivery("confirmation", guest=row.guest, state=State.FAILED, finished_at=clock.now())

    assert "Try all of them again" in read(door, f"/host/{meetup.code}/letters/")
    door.post(f"/host/{meetup.code}/letters/try-again/")

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == (State.QUEUED, State.FAILED)


# Planned letters -----------------------------------------------------------------------------------------------------


def test_no_page_calls_letters_gone_that_came_too_late(door, host):
    meetup = make_meetup(host, in_days=14, plan=True)
    letter = fanned_out(meetup, "address_day", num=5, state=State.EXPIRED, finished_at=clock.now())

    rows = door.get(meetup.get_desk_url()).context["letters"]
    timeline = read(door, f"/host/{meetup.code}/letters/")
    page = read(door, f"/host/{meetup.code}/letters/{letter.pk}/")

    assert [row.to for row in rows if row.title == "The address"] == ["to everyone who said yes: 5 came too late to go"]
    assert '<span class="badge">not sent</span>' in timeline and ">gone<" not in timeline
    assert "<dt>Was due</dt>" in page and "<dt>Went</dt>" not in page


def test_the_desk_says_what_waits_with_the_words_of_the_relay_and_the_next_try(door, host, moved_clock):
    meetup = make_meetup(host, in_days=14, plan=True)
    fanned_out(meetup, "three_days", num=2, **GREYLISTED, next_try_at=clock.now() + timedelta(minutes=4))

    page = read(door, meetup.get_desk_url())

    assert "to everyone who said yes or maybe: 2 wait" in page
    assert "The mail server says: “450 4.2.0 Greylisted, come back later”. The next try comes by itself (" in page


def test_letters_whose_rows_are_deleted_are_not_called_gone(door, host):
    meetup = make_meetup(host, in_days=14, plan=True)
    Mailing.objects.filter(meetup=meetup, kind="seven_days").update(fanned_out_at=clock.now(), num_owed=3)

    rows = door.get(meetup.get_desk_url()).context["letters"]

    assert rows[0].to == "3 letters, to no answer yet, or maybe"


# The next step -------------------------------------------------------------------------------------------------------


def test_stuck_invitations_come_before_the_advice_to_invite_more(door, host):
    meetup = make_meetup(host, seats=300)
    hour_ago = clock.now() - timedelta(hours=1)
    for _number in range(50):
        make_delivery("invitation", guest=make_guest(meetup), due_at=hour_ago)
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(state=State.WAITING, last_words="Error: [Errno 111]")

    words = step(door, meetup)

    assert "invite" not in words
    assert words.startswith(
        "50 letters should have left and wait. Our mail server does not answer. The next try comes by itself ("
    )


def test_letters_that_are_due_since_a_minute_or_later_are_no_trouble(door, host):
    meetup = make_meetup(host, seats=300)
    make_delivery("invitation", guest=make_guest(meetup), due_at=clock.now() - timedelta(minutes=1))
    tomorrow = clock.now() + timedelta(days=1)
    make_delivery("invitation", guest=make_guest(meetup), state=State.WAITING, due_at=tomorrow, next_try_at=tomorrow)

    page = door.get(meetup.get_desk_url())

    assert page.context["step"].words.startswith("300 seats are free.")
    assert page.context["missed"] == {}


# One guest -----------------------------------------------------------------------------------------------------------


def test_the_row_of_a_guest_says_what_waits_and_what_may_have_arrived(door, host):
    meetup = make_meetup(host)
    waiting, unknown = make_guest(meetup, name="Maria"), make_guest(meetup, name="Omar")
    make_delivery("invitation", guest=waiting, **GREYLISTED)
    make_delivery("invitation", guest=unknown, state=State.UNKNOWN, finished_at=clock.now())

    missed = door.get(meetup.get_desk_url()).context["missed"]

    assert {pk: letter.badge for pk, letter in missed.items()} == {waiting.pk: "not gone yet", unknown.pk: "may have arrived"}
    assert "The mail server says: “450 4.2.0 Greylisted, come back later”." in missed[waiting.pk].why


def test_the_page_of_a_guest_tells_of_a_letter_that_failed_and_tries_it_again(door, host):
    meetup = make_meetup(host)
    guest, other = make_guest(meetup), make_guest(meetup)
    failed = {"state": State.FAILED, "last_code": 554, "last_words": "5.7.1 Blocked by our list", "finished_at": clock.now()}
    row, of_other = make_delivery("confirmation", guest=guest, **failed), make_delivery("confirmation", guest=other, **failed)

    page = read(door, f"/host/{meetup.code}/guests/{guest.pk}/")
    after = door.post(f"/host/{meetup.code}/letters/try-again/", {"guest": guest.pk}, follow=True)

    assert "It did not arrive. The other side does not take our letters. Please tell them another way." in page
    assert "The mail server says: “554 5.7.1 Blocked by our list”." in page
    assert "Try again" in page
    assert "1 letter is tried again." in after.content.decode()
    assert after.redirect_chain[-1][0] == f"/host/{meetup.code}/guests/{guest.pk}/"
    assert [Delivery.objects.get(pk=pk).state for pk in (row.pk, of_other.pk)] == [State.QUEUED, State.FAILED]


def test_what_may_have_arrived_can_be_tried_again_from_every_page(door, host):
    meetup = make_meetup(host, in_days=14, plan=True)
    letter = fanned_out(meetup, "three_days", num=1, state=State.UNKNOWN, finished_at=clock.now())
    row = letter.deliveries.get()

    pages = [
        read(door, f"/host/{meetup.code}/{path}") for path in ("letters/", f"letters/{letter.pk}/", f"guests/{row.guest_id}/")
    ]
    said = door.post(f"/host/{meetup.code}/letters/try-again/", {"letter": letter.pk}, follow=True).content.decode()

    assert all("may have arrived" in page and "try-again/" in page for page in pages)
    assert "1 letter is tried again." in said
    row.refresh_from_db()
    assert row.state == State.QUEUED


def test_the_page_of_a_guest_tells_nothing_of_letters_about_other_evenings(door, host):
    guest = make_guest(make_meetup(host))
    make_delivery("my_meetups", guest=guest, state=State.SENT, finished_at=clock.now())

    assert "Letters to this guest" not in read(door, f"/host/{guest.meetup.code}/guests/{guest.pk}/")


def test_a_guest_of_another_evening_is_not_tried_again(door, host, client):
    meetup, theirs = make_meetup(host), make_meetup(make_host())
    row = make_delivery("confirmation", guest=make_guest(theirs), state=State.FAILED, finished_at=clock.now())

    answer = door.post(f"/host/{meetup.code}/letters/try-again/", {"guest": row.guest_id})

    row.refresh_from_db()
    assert (answer.status_code, row.state) == (404, State.FAILED)


def test_the_page_of_a_guest_asks_the_database_as_often_for_three_letters_as_for_one(door, host, django_assert_num_queries):
    guest = make_guest(make_meetup(host))
    make_delivery("invitation", guest=guest, state=State.FAILED, finished_at=clock.now())
    with CaptureQueriesContext(connection) as one:
        door.get(f"/host/{guest.meetup.code}/guests/{guest.pk}/")

    for _number in range(2):
        make_delivery("confirmation", guest=guest, state=State.FAILED, finished_at=clock.now())

    with django_assert_num_queries(len(one)):
        door.get(f"/host/{guest.meetup.code}/guests/{guest.pk}/")


# What is said after an act -------------------------------------------------------------------------------------------


def test_more_seats_say_that_one_is_offered_by_a_letter(door, host):
    meetup = make_meetup(host, seats=1)
    make_guest(meetup, rsvp="yes")
    make_guest(meetup, rsvp="waiting")

    page = door.post(f"/host/{meetup.code}/edit/all/", typed(seats="2"), follow=True).content.decode()

    assert Delivery.objects.filter(kind="seat_offered").count() == 1
    assert "Saved. There is a seat for 1 guest who waited: a letter offers it." in page
    assert "Nobody is mailed" not in page


def test_other_words_say_that_nobody_is_mailed(door, host):
    meetup = make_meetup(host)

    page = door.post(f"/host/{meetup.code}/edit/all/", typed(title="Bread"), follow=True).content.decode()

    assert "Saved. Nobody is mailed about it." in page


@pytest.mark.parametrize(
    ("in_days", "num_guests", "said"),
    [
        (14, 0, "Moved. There is nobody to write to about it."),
        (14, 2, "Moved. 2 letters with old and new leave in ten minutes;"),
        (0.9, 1, "Moved. 1 letter with old and new is due now;"),
    ],
)
def test_moving_says_how_many_letters_it_owes(door, host, toronto, in_days, num_guests, said):
    begin = clock.now() + timedelta(days=in_days)
    meetup = make_meetup(host, date=begin.date(), time=begin.time().replace(second=0, microsecond=0), zone="UTC", town=toronto)
    for _number in range(num_guests):
        make_guest(meetup, rsvp="yes")
    moved = typed(date=meetup.date.isoformat(), time=f"{meetup.time:%H:%M}", street="99 Other Street", region=meetup.region)

    page = door.post(f"/host/{meetup.code}/move/", moved, follow=True).content.decode()

    assert said in page
