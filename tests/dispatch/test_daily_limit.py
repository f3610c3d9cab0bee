"""At most one automatic letter a day to one reader, after the evening too: with a moved clock, through to what is sent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.send import deliver_due
from meetups.models import Delivery, Meetup
from meetups.outbox.fan_out import fan_out_due
from meetups.outbox.plan import next_morning, owe_recap_letters, thirty_days_on
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_contribution, make_delivery, make_guest, make_held_meetup, make_meetup, make_recap

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
def noon(moved_clock) -> datetime:
    """It is noon in Toronto, some days ahead."""
    day = clock.now().astimezone(TORONTO).date() + timedelta(days=3)
    return moved_clock(to=datetime.combine(day, time(12), TORONTO))


def eight_next_morning(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(TORONTO).date() + timedelta(days=1), time(8), TORONTO)


def kinds_sent(sink: smtpsink.Sink, to: str = "") -> list[str]:
    """Deliver what is due and return the kinds of all that came so far, to this address or to anybody, in order."""
    fan_out_due()
    deliver_due()
    kinds = dict(Delivery.objects.values_list("message_id", "kind"))
    return [kinds[message.message_id] for message in sink.messages if not to or to in message.recipients]


def one_who_came(meetup: Meetup):
    guest = make_guest(meetup, rsvp="yes", attended=True)
    make_contribution(guest, promise="I will ask my neighbors.")
    return guest


def test_a_recap_on_the_thirtieth_day_leaves_and_the_question_of_that_day_comes_next_morning(moved_clock, sink):
    meetup = make_meetup(plan=True)
    guest = one_who_came(meetup)
    now = moved_clock(to=thirty_days_on(meetup) + timedelta(minutes=1))
    make_recap(meetup)
    owe_recap_letters(meetup)

    assert kinds_sent(sink) == ["recap_came"]
    waiting = Delivery.objects.get(kind="how_did_it_go")
    assert (waiting.state, waiting.next_try_at) == ("waiting", eight_next_morning(now))
    assert waiting.last_words == "Another letter is today's; one a day is enough."
    moved_clock(to=eight_next_morning(now) - timedelta(minutes=1))
    assert kinds_sent(sink) == ["recap_came"]
    moved_clock(to=eight_next_morning(now) + timedelta(minutes=1))
    assert kinds_sent(sink) == ["recap_came", "how_did_it_go"]
    assert {message.recipients for message in sink.messages} == {(guest.email,)}


def test_a_cut_is_asked_about_the_day_after_were_you_there(moved_clock, sink):
    meetup = make_meetup(plan=True)
    guest = one_who_came(meetup)
    now = moved_clock(to=next_morning(meetup) + timedelta(minutes=1))
    make_recap(meetup, published_at=None)

    assert kinds_sent(sink, guest.email) == ["were_you_there"]
    moved_clock(to=now + timedelta(hours=3))
    guest.contribution.cut = "I left less alone […]."
    guest.contribution.save()
    make_delivery("cut_asked", guest=guest, context={"cut": guest.contribution.cut})
    assert kinds_sent(sink, guest.email) == ["were_you_there"]
    moved_clock(to=eight_next_morning(now) + timedelta(minutes=1))
    assert kinds_sent(sink, guest.email) == ["were_you_there", "cut_asked"]


def test_what_would_be_too_late_tomorrow_expires_and_says_why(noon, moved_clock, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    guest = one_who_came(meetup)
    make_delivery("recap_came", guest=guest, priority=9)
    late = make_delivery("how_did_it_go", guest=guest, priority=10, not_after=noon + timedelta(hours=8))

    assert kinds_sent(sink) == ["recap_came"]

    late.refresh_from_db()
    words = "Another letter was that day's, and the day after it was too late for this one."
    assert (late.state, late.last_words) == ("expired", words)


def test_what_is_more_urgent_than_all_of_today_and_cannot_wait_leaves_all_the_same(noon, moved_clock, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    guest = one_who_came(meetup)
    make_delivery("recap_came", guest=guest, priority=9)
    assert kinds_sent(sink) == ["recap_came"]

    make_delivery("were_you_there", guest=guest, priority=5, not_after=noon + timedelta(hours=8))

    assert kinds_sent(sink) == ["recap_came", "were_you_there"]


def test_the_more_urgent_of_two_that_are_due_the_same_day_is_waited_for(noon, moved_clock, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    guest = one_who_came(meetup)
    make_delivery("were_you_there", guest=guest, priority=5, next_try_at=noon + timedelta(hours=2))
    make_delivery("recap_came", guest=guest, priority=9)

    assert kinds_sent(sink) == []
    moved_clock(to=noon + timedelta(hours=3))
    assert kinds_sent(sink) == ["were_you_there"]
    moved_clock(to=eight_next_morning(noon) + timedelta(minutes=1))
    assert kinds_sent(sink) == ["were_you_there", "recap_came"]


def test_a_host_is_told_once_a_day_what_it_led_to_and_asked_how_it_was(noon, moved_clock, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    whom = {"user": meetup.host, "meetup": meetup}
    make_delivery("debrief", priority=5, **whom)
    make_delivery("led_to", priority=10, **whom)

    assert kinds_sent(sink) == ["debrief"]
    moved_clock(to=eight_next_morning(noon) + timedelta(minutes=1))
    assert kinds_sent(sink) == ["debrief", "led_to"]


def test_what_one_person_writes_and_what_others_get_takes_nobodys_turn(noon, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    first, second = one_who_came(meetup), one_who_came(meetup)
    make_delivery("host_words", guest=first, context={"words": "You left your scarf.", "question": 1})
    for guest in (first, second):
        make_delivery("recap_came", guest=guest, priority=9)

    assert sorted(kinds_sent(sink)) == ["host_words", "recap_came", "recap_came"]


def test_a_letter_that_nobody_wants_any_more_takes_no_turn(noon, sink):
    meetup = make_held_meetup()
    make_recap(meetup)
    guest = make_guest(meetup, rsvp="yes", attended=False)
    make_delivery("were_you_there", guest=guest, priority=5, not_after=noon - timedelta(hours=1))
    make_delivery("recap_missed", guest=guest, priority=9)

    assert kinds_sent(sink) == ["recap_missed"]


def test_the_day_of_many_readers_is_asked_with_one_query(noon):
    meetup = make_held_meetup()
    make_recap(meetup)

    def num_queries(num_guests: int) -> int:
        for _ in range(num_guests):
            make_delivery("recap_missed", guest=make_guest(meetup, rsvp="yes", attended=False), priority=9)
        with CaptureQueriesContext(connection) as queries:
            assert len(claim_deliveries()) == num_guests
        return len(queries)

    assert num_queries(1) == num_queries(3)
