"""A guest who could host gets a draft by mail: the next day, a week and a month later at most, and never after "not now"."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from meetups.dispatch.send import deliver_due
from meetups.guests.services import rsvp as acts
from meetups.guests.services.guest_list import add_guest
from meetups.guests.services.next_host import decline_hosting, says_not_now
from meetups.models import AddressLedger, Delivery, Guest
from meetups.outbox.suppression import unsubscribe
from meetups.planning.services.next_host import begin_draft
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_draft, make_guest, make_held_meetup, make_host, make_meetup, make_user

pytestmark = pytest.mark.django_db

TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.fixture
def evening(moved_clock) -> datetime:
    """It is eight in the evening in Toronto, some days ahead."""
    day = clock.now().astimezone(TORONTO).date() + timedelta(days=3)
    return moved_clock(to=datetime.combine(day, time(20), TORONTO))


def who_came(**fields) -> Guest:
    return make_guest(make_held_meetup(in_days=-2), rsvp="yes", attended=True, **fields)


def wall(row: Delivery) -> str:
    return row.due_at.astimezone(TORONTO).strftime("%Y-%m-%d %H:%M")


def owed() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="could_host").order_by("due_at"))


def sent_after(moved_clock, now: datetime, sink, **delta: float) -> int:
    """Return how many letters about hosting have come once so much time has passed."""
    moved_clock(to=now + timedelta(**delta))
    deliver_due()
    return len([letter for letter in sink.messages if "/next/" in letter.text])


def test_three_letters_are_owed_for_ten_in_the_morning_of_the_next_day_a_week_and_a_month_on(evening):
    guest = who_came()

    acts.offer_to_host(guest, could_host=True)
    acts.offer_to_host(guest, could_host=True)

    days = [(evening + timedelta(days=later)).astimezone(TORONTO).strftime("%Y-%m-%d 10:00") for later in (1, 8, 31)]
    assert [wall(row) for row in owed()] == days


def test_it_is_owed_as_well_when_it_is_said_with_a_no_before_the_evening():
    guest = make_guest(make_meetup())

    acts.record_rsvp(guest, acts.Answer(rsvp="no", could_host=True))
    acts.record_rsvp(guest, acts.Answer(rsvp="no", could_host=True))

    assert [row.context["ask"] for row in owed()] == [0, 1, 2]


def test_a_host_who_writes_a_no_down_owes_nobody_a_draft():
    meetup = make_meetup()
    guest = make_guest(meetup)

    acts.record_rsvp(guest, acts.Answer(rsvp="no", could_host=True), by_host=True)

    assert owed() == []


def test_nothing_is_owed_to_a_guest_without_an_address():
    acts.offer_to_host(who_came(email=None), could_host=True)

    assert owed() == []


def test_nothing_is_owed_when_what_was_said_is_rolled_back():
    guest = who_came()
    with pytest.raises(RuntimeError), transaction.atomic():
        acts.offer_to_host(guest, could_host=True)
        raise RuntimeError

    assert owed() == []


def test_the_letter_comes_three_times_and_no_more_by_name_from_the_host(evening, moved_clock, sink):
    guest = who_came()
    acts.offer_to_host(guest, could_host=True)

    assert sent_after(moved_clock, evening, sink, hours=3) == 0
    assert sent_after(moved_clock, evening, sink, hours=14) == 1
    assert sent_after(moved_clock, evening, sink, days=6) == 1
    assert sent_after(moved_clock, evening, sink, days=8) == 2
    assert sent_after(moved_clock, evening, sink, days=31) == 3
    assert sent_after(moved_clock, evening, sink, days=90) == 3
    assert {letter.recipients for letter in sink.messages} == {(guest.email,)}
    assert all("Ana via" in letter.message["From"] for letter in sink.messages)
    # They said it behind their own link, so R88's ledger is not touched.
    assert not AddressLedger.objects.exists()


@pytest.mark.parametrize("end", ["take it back", "not now", "begin", "begin elsewhere", "unsubscribe", "remove"])
def test_after_any_end_of_it_no_letter_leaves(evening, moved_clock, sink, end):
    guest = who_came()
    acts.offer_to_host(guest, could_host=True)
    if end == "take it back":
        acts.offer_to_host(guest, could_host=False)
    elif end == "not now":
        decline_hosting(guest)
    elif end == "begin":
        begin_draft(guest)
    elif end == "begin elsewhere":
        make_draft(make_user(guest.email), created_at=clock.now() + timedelta(minutes=1))
    elif end == "unsubscribe":
        unsubscribe(guest, scope="host")
    else:
        Guest.objects.filter(pk=guest.pk).update(removed_at=clock.now())

    assert sent_after(moved_clock, evening, sink, days=1) == 0
    assert sent_after(moved_clock, evening, sink, days=8) == 0
    assert sent_after(moved_clock, evening, sink, days=31) == 0


def test_an_evening_they_held_before_is_no_reason_not_to_write(evening, moved_clock, sink):
    guest = who_came()
    make_held_meetup(make_user(guest.email), created_at=evening - timedelta(days=100))
    acts.offer_to_host(guest, could_host=True)

    assert sent_after(moved_clock, evening, sink, days=1) == 1


def test_not_now_holds_for_good_and_at_every_table(evening, moved_clock, sink):
    first = who_came(email="maria@example.org")
    acts.offer_to_host(first, could_host=True)
    decline_hosting(first)
    decline_hosting(first)
    second = make_guest(make_held_meetup(make_host(), in_days=-2), "maria@example.org", rsvp="yes", attended=True)
    acts.offer_to_host(second, could_host=True)

    assert sent_after(moved_clock, evening, sink, days=1) == 0
    assert (says_not_now(first), says_not_now(second)) == (True, True)
    first.refresh_from_db()
    assert first.could_host is False


def test_not_now_stops_no_other_letter(evening, moved_clock, sink):
    guest = who_came()
    decline_hosting(guest)
    row = make_delivery("were_you_there", guest=guest)

    deliver_due()

    row.refresh_from_db()
    assert row.state == "sent"


def test_it_waits_when_another_letter_is_todays(evening, moved_clock, sink):
    guest = who_came()
    acts.offer_to_host(guest, could_host=True)
    morning = owed()[0].due_at
    moved_clock(to=morning - timedelta(minutes=30))
    make_delivery("were_you_there", guest=guest)
    deliver_due()

    moved_clock(to=morning + timedelta(minutes=1))
    deliver_due()

    assert (owed()[0].state, owed()[0].last_words) == ("waiting", "Another letter is today's; one a day is enough.")
    assert sent_after(moved_clock, morning, sink, hours=23) == 1


def test_a_guest_is_not_made_a_host_by_the_list(evening):
    meetup = make_meetup()
    add_guest(meetup, name="Nora", email="nora@example.org", rsvp="no", by=meetup.host)

    assert owed() == []
