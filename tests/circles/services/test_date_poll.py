"""Find a date: the letters that ask, what guests say, and what becomes of it once the host has chosen."""

from datetime import timedelta

import pytest

from meetups.access.visibility import guest_sees_address
from meetups.circles.services.date_poll import answer_dates, ask_dates, ask_on, choose_date, stop_asking
from meetups.dispatch.recheck import suppressed_pairs, why_not
from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.letters.message import build_message
from meetups.models import AddressLedger, DateAnswer, DateOption, DatePoll, Delivery, Guest, Meetup
from meetups.operations.sweep import sweep
from meetups.outbox.suppression import unsubscribe
from meetups.times import clock
from tests.circles.polls import EIGHT, guest_called, in_days, make_polled, options_of, say
from tests.factories import make_draft, make_guest, make_meetup

pytestmark = pytest.mark.django_db


def letters(kind: str, **fields) -> list[str]:
    return sorted(Delivery.objects.filter(kind=kind, **fields).values_list("guest__name", flat=True))


def pick(meetup: Meetup, number: int = 0) -> Meetup:
    option = options_of(meetup)[number]
    return choose_date(meetup, day=option.date, hour=option.time, by=meetup.host)


def answers() -> dict[str, str]:
    return dict(Guest.objects.values_list("name", "rsvp"))


# Asking --------------------------------------------------------------------------------------------------------------


def test_the_days_are_put_to_each_guest_by_one_letter_and_one_reminder(host):
    meetup = make_polled(host, "Maria", "Ben")

    first = Delivery.objects.filter(kind="date_poll", context__is_reminder__isnull=True)
    reminders = Delivery.objects.filter(kind="date_poll", context__is_reminder=True)
    assert (first.count(), reminders.count()) == (2, 2)
    assert {row.due_at - clock.now() > timedelta(hours=71) for row in reminders} == {True}
    assert (meetup.status, meetup.date, meetup.starts_at) == ("draft", None, None)
    # They count as letters to strangers, as invitations do.
    assert AddressLedger.objects.filter(kind="invitation", meetup=meetup).count() == 2


def test_a_draft_loses_the_day_it_had(host):
    draft = make_draft(host, in_days=9)

    ask_dates(draft, days=[(in_days(8), EIGHT), (in_days(9), EIGHT)], by=host, addresses=[("Maria", "maria@example.org")])

    draft.refresh_from_db()
    assert (draft.date, draft.starts_at) == (None, None)


def test_who_is_asked_twice_gets_one_letter_and_somebody_new_is_asked_too(host):
    meetup = make_polled(host, "Maria")

    again = ask_dates(meetup, days=[], by=host, addresses=[("Maria", "maria@example.org"), ("Cy", "cy@example.org")])

    assert (again.already, [guest.name for guest in again.sent]) == (["maria@example.org"], ["Cy"])
    assert letters("date_poll") == ["Cy", "Cy", "Maria", "Maria"]
    assert DateOption.objects.count() == 3


@pytest.mark.parametrize("days", [[], [10], range(10, 19), [10, 10], [10, -2]])
def test_too_few_too_many_or_past_days_are_refused(host, days):
    draft = make_draft(host, date=None)

    with pytest.raises(MeetupError):
        ask_dates(draft, days=[(in_days(day), EIGHT) for day in days], by=host, addresses=[("Maria", "maria@example.org")])

    assert (DatePoll.objects.count(), Guest.objects.count(), Delivery.objects.count()) == (0, 0, 0)


def test_what_the_evening_lacks_besides_its_day_is_said_first(host):
    draft = make_draft(host, date=None, street="")

    with pytest.raises(MeetupError, match="the street and number"):
        ask_dates(draft, days=[(in_days(8), EIGHT), (in_days(9), EIGHT)], by=host, addresses=[("M", "m@example.org")])


def test_a_published_evening_is_not_asked_about(host):
    with pytest.raises(MeetupError):
        ask_dates(make_meetup(host), days=[(in_days(8), EIGHT), (in_days(9), EIGHT)], by=host, addresses=[("M", "m@example.org")])


def test_the_street_is_in_no_line_to_all(host):
    draft = make_draft(host, date=None)

    with pytest.raises(MeetupError):
        ask_dates(
            draft, days=[(in_days(8), EIGHT), (in_days(9), EIGHT)], by=host, addresses=[("M", "m@example.org")],
            personal=f"It is at {draft.street}",
        )  # fmt: skip

    assert DatePoll.objects.count() == 0


def test_the_letter_leaves_though_the_evening_is_a_draft_and_tells_no_street(host):
    meetup = make_polled(host, "Maria")

    sweep()

    first = Delivery.objects.get(kind="date_poll", context__is_reminder__isnull=True)
    text = build_message(first).body
    assert first.state == "sent"
    assert "/dates" in text
    assert meetup.street not in text


@pytest.mark.parametrize("act", ["said", "chosen", "stopped", "unsubscribed"])
def test_the_reminder_is_not_sent_to_who_need_not_hear_it(host, moved_clock, act):
    meetup = make_polled(host, "Maria")
    reminder = Delivery.objects.get(kind="date_poll", context__is_reminder=True)
    # Due by day, and looked at by day.
    moved_clock(to=reminder.due_at)
    acts = {
        "said": lambda: say("Maria", "yes"),
        "chosen": lambda: pick(meetup),
        "stopped": lambda: DatePoll.objects.update(stopped_at=clock.now()),
        "unsubscribed": lambda: unsubscribe(guest_called("Maria"), scope="host"),
    }
    assert why_not(reminder, suppressed_pairs([reminder])) is None

    acts[act]()

    reminder = Delivery.objects.select_related("guest__meetup", "meetup").get(pk=reminder.pk)
    verdict = why_not(reminder, suppressed_pairs([reminder]))
    assert verdict is not None
    assert verdict.state == "withdrawn"


# Answering -----------------------------------------------------------------------------------------------------------


def test_an_answer_can_be_changed_and_the_same_again_keeps_its_place(host):
    make_polled(host, "Maria")
    say("Maria", "yes", "no")
    before = dict(DateAnswer.objects.values_list("option", "said_at"))

    say("Maria", "yes", "if_needed", "no")

    said = list(DateAnswer.objects.order_by("option__date").values_list("says", flat=True))
    assert said == ["yes", "if_needed", "no"]
    after = dict(DateAnswer.objects.values_list("option", "said_at"))
    unchanged, changed = options_of(guest_called("Maria").meetup)[:2]
    assert after[unchanged.pk] == before[unchanged.pk]
    assert after[changed.pk] > before[changed.pk]


def test_nothing_is_an_answer_to_the_evening_yet(host):
    make_polled(host, "Maria")

    guest = say("Maria", "yes")

    guest.refresh_from_db()
    assert (guest.rsvp, guest_sees_address(guest)) == ("invited", False)
    # They read the letter, so their host may write to them again.
    assert guest.address_proven_at is not None


def test_what_is_no_answer_and_the_days_of_another_table_are_passed_over(host):
    make_polled(host, "Maria")
    other = make_polled(None, "Cy")

    answer_dates(
        guest_called("Maria"), {options_of(other)[0].pk: "yes", options_of(guest_called("Maria").meetup)[0].pk: "always"}
    )

    assert DateAnswer.objects.count() == 0


@pytest.mark.parametrize("end", [pick, stop_asking])
def test_after_the_choice_or_the_stop_nothing_can_be_said(host, end):
    meetup = make_polled(host, "Maria")
    end(meetup)

    with pytest.raises(MeetupError):
        say("Maria", "yes")


def test_to_stop_asking_can_be_taken_back(host):
    meetup = make_polled(host, "Maria")
    stop_asking(meetup)
    assert set(Delivery.objects.filter(kind="date_poll").values_list("state", flat=True)) == {"withdrawn"}

    ask_on(meetup)

    assert set(Delivery.objects.filter(kind="date_poll").values_list("state", flat=True)) == {"queued"}
    say("Maria", "yes")


# Choosing ------------------------------------------------------------------------------------------------------------


def test_what_guests_said_to_the_day_becomes_their_answer(host):
    meetup = make_polled(host, "Yes", "Need", "No", "Never", "Silent")
    say("Yes", "yes"), say("Need", "if_needed"), say("No", "no", "yes"), say("Never", "no", "no", "no")

    chosen = pick(meetup)

    assert (chosen.status, chosen.date, chosen.time) == ("published", in_days(10), EIGHT)
    assert answers() == {"Yes": "yes", "Need": "maybe", "No": "no", "Never": "no", "Silent": "invited"}
    # Who could come on another day would like to be asked again; who could on none has said no more than that.
    assert {guest.name for guest in Guest.objects.filter(asks_again=True)} == {"No"}


def test_all_hear_by_one_letter_and_a_second_press_owes_none(host):
    meetup = make_polled(host, "Maria", "Ben", "Cy")
    say("Maria", "yes"), say("Ben", "no")

    pick(meetup), pick(meetup)

    assert letters("date_chosen") == ["Ben", "Cy", "Maria"]
    assert Delivery.objects.filter(kind__in=["confirmation", "waiting", "host_answers"]).count() == 0
    assert set(Delivery.objects.filter(kind="date_poll").values_list("state", flat=True)) == {"withdrawn"}
    assert meetup.mailings.count() > 0


def test_seats_go_to_who_said_yes_first_and_the_rest_wait_in_that_order(host):
    meetup = make_polled(host, "Ada", "Bo", "Cy", "Di", seats=2)
    for name in ("Cy", "Ada", "Di", "Bo"):
        say(name, "yes")
    # Whoever takes it back and says yes again stands behind the others.
    say("Ada", "no"), say("Ada", "yes")

    pick(meetup)

    assert answers() == {"Cy": "yes", "Di": "yes", "Bo": "waiting", "Ada": "waiting"}
    assert [guest.name for guest in Guest.objects.waiting()] == ["Bo", "Ada"]
    assert Delivery.objects.filter(kind="host_full").count() == 1


def test_the_letter_with_a_seat_tells_the_street_and_no_other_does(host):
    meetup = make_polled(host, "Yes", "Wait", "Need", "Silent", seats=1)
    say("Yes", "yes"), say("Wait", "yes"), say("Need", "if_needed")
    pick(meetup)
    sent = [build_message(row) for row in Delivery.objects.filter(kind="date_chosen")]

    told = {message.to[0].partition("@")[0]: meetup.street in str(message.message()) for message in sent}
    assert told == {"yes": True, "wait": False, "need": False, "silent": False}


def test_a_day_that_was_not_asked_about_carries_nothing_over_and_asks_all(host):
    meetup = make_polled(host, "Maria", "Ben")
    say("Maria", "yes", "yes", "yes")

    choose_date(meetup, day=in_days(20), hour=EIGHT, by=host)

    assert answers() == {"Maria": "invited", "Ben": "invited"}
    assert letters("date_chosen") == ["Ben", "Maria"]


def test_who_unsubscribed_since_is_given_no_seat_they_would_not_hear_of(host):
    meetup = make_polled(host, "Maria", "Ben")
    unsubscribe(say("Maria", "yes"), scope="host")
    say("Ben", "yes")

    pick(meetup)

    assert answers() == {"Maria": "invited", "Ben": "yes"}
    assert letters("date_chosen") == ["Ben"]


def test_a_later_answer_takes_the_place_of_the_letter(host):
    meetup = make_polled(host, "Maria")
    say("Maria", "yes")
    pick(meetup)
    guest = guest_called("Maria")

    record_rsvp(guest, Answer("no"))

    assert Delivery.objects.get(kind="date_chosen").state == "withdrawn"


def test_a_day_that_is_past_by_now_is_not_chosen(host):
    meetup = make_polled(host, "Maria")
    DateOption.objects.filter(pk=options_of(meetup)[0].pk).update(date=in_days(-1))

    with pytest.raises(MeetupError):
        pick(meetup)

    meetup.refresh_from_db()
    assert (meetup.status, meetup.date_poll.chosen_at) == ("draft", None)


def test_a_guest_who_was_removed_meanwhile_has_no_answer_and_no_letter(host):
    meetup = make_polled(host, "Maria", "Ben")
    say("Maria", "yes")
    Guest.objects.filter(name="Maria").update(removed_at=clock.now())

    pick(meetup)

    assert (answers()["Maria"], letters("date_chosen")) == ("invited", ["Ben"])


def test_another_guest_of_the_draft_hears_too(host):
    meetup = make_polled(host, "Maria")
    make_guest(meetup, "cy@example.org", name="Cy")

    pick(meetup)

    assert letters("date_chosen") == ["Cy", "Maria"]
