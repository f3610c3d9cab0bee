"""A relay that misbehaves at every stage: what becomes of the letter, and that the others leave (R9 to R14, R23)."""

import socket
from collections import Counter
from datetime import timedelta

import pytest
from django.core.cache import cache

from meetups.dispatch.health import outbox_health
from meetups.dispatch.send import deliver_due
from meetups.models import Delivery
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup
from tests.smtpsink import AUTH, BODY, DATA, DOT, DROP, GREETING, HANG, HELLO, MAIL, RCPT

pytestmark = pytest.mark.django_db

# A fault of the relay: all letters wait a minute and no attempt is counted.
RELAY = "relay"
# A fault of this letter: it waits for its next attempt, the others leave.
LATER = "later"
# Refused for good, the others leave.
REFUSED = "refused"
# The relay may have taken it: once more after five minutes.
UNKNOWN = "unknown"

STAGES = [
    (GREETING, "421 4.3.2 Going down", RELAY),
    (GREETING, "554 5.3.2 No service here", RELAY),
    (GREETING, HANG, RELAY),
    (GREETING, DROP, RELAY),
    (HELLO, "451 4.3.0 Later", RELAY),
    (HELLO, "550 5.7.1 Not you", RELAY),
    (HELLO, HANG, RELAY),
    (HELLO, DROP, RELAY),
    (AUTH, "454 4.7.0 Cannot look you up now", RELAY),
    (AUTH, "535 5.7.8 Wrong password", RELAY),
    (AUTH, HANG, RELAY),
    (AUTH, DROP, RELAY),
    (MAIL, "421 4.7.0 Slower", RELAY),
    (MAIL, "451 4.3.0 Later", RELAY),
    (MAIL, "452 4.3.1 No room", RELAY),
    (MAIL, "550 5.7.1 Not from you", RELAY),
    (MAIL, "552 5.3.4 Too big", REFUSED),
    (MAIL, HANG, LATER),
    (MAIL, DROP, LATER),
    (RCPT, "421 4.7.0 Slower", RELAY),
    (RCPT, "450 4.2.1 Greylisted", LATER),
    (RCPT, "452 4.5.3 Too many", RELAY),
    (RCPT, "550 5.7.1 Not from you", REFUSED),
    (RCPT, HANG, LATER),
    (RCPT, DROP, LATER),
    (DATA, "421 4.7.0 Slower", RELAY),
    (DATA, "451 4.3.0 Later", LATER),
    (DATA, "554 5.6.0 Not this", REFUSED),
    (DATA, HANG, LATER),
    (DATA, DROP, LATER),
    (BODY, DROP, LATER),
    (DOT, "421 4.7.0 Slower", RELAY),
    (DOT, "451 4.3.0 Later", LATER),
    (DOT, "452 4.3.1 No room", RELAY),
    (DOT, "554 5.7.1 Spam", REFUSED),
    (DOT, HANG, UNKNOWN),
    (DOT, DROP, UNKNOWN),
]
AFTERWARDS = {
    RELAY: {"sent": 3},
    LATER: {"sent": 3},
    REFUSED: {"failed": 1, "sent": 2},
    UNKNOWN: {"sent": 3},
}


@pytest.fixture(params=[[], ["PIPELINING"]], ids=["one by one", "pipelined"])
def sink(settings, request):
    with smtpsink.Sink() as sink:
        sink.extensions = request.param
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 0.3
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


def owe(number: int) -> list[Delivery]:
    meetup = make_meetup()
    return [make_delivery("invitation", guest=make_guest(meetup)) for _ in range(number)]


def states() -> dict[str, int]:
    return dict(Counter(Delivery.objects.values_list("state", flat=True)))


def copies(sink: smtpsink.Sink) -> dict[str, int]:
    """Return how many copies of each letter came, by Message-ID."""
    return dict(Counter(message.message_id for message in list(sink.messages)))


def code_of(answer: str) -> int | None:
    return None if answer in (HANG, DROP) else int(answer[:3])


@pytest.mark.parametrize(("stage", "answer", "kind"), STAGES, ids=[f"{stage} {answer[:3]}" for stage, answer, _kind in STAGES])
def test_at_every_stage_the_letter_has_its_state_and_no_other_is_lost(settings, moved_clock, sink, stage, answer, kind):
    if stage == AUTH:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ana", "soup"
        sink.extensions = [*sink.extensions, "AUTH PLAIN"]
    # A client that is refused at EHLO says HELO, and hears the same.
    sink.troubles[stage] = [answer, answer] if stage == HELLO and answer[0] in "45" else [answer]
    first, *others = owe(3)

    deliver_due()

    first.refresh_from_db()
    state, attempts = {RELAY: ("waiting", 0), REFUSED: ("failed", 1)}.get(kind, ("waiting", 1))
    assert (first.state, first.attempts, first.last_code) == (state, attempts, code_of(answer))
    assert first.last_words
    assert [row.state for row in Delivery.objects.filter(pk__in=[row.pk for row in others])] == (
        ["queued", "queued"] if kind == RELAY else ["sent", "sent"]
    )
    if kind == UNKNOWN:
        assert first.next_try_at >= first.body_begun_at + timedelta(minutes=5)
    elif kind != REFUSED and stage != BODY:
        # It certainly did not arrive: tried again as often as it takes, and soon. (Of a short body the dot may have been
        # sent already when the news comes that nobody reads it; test_smtp.py has a long one.)
        assert first.body_begun_at is None
        assert first.next_try_at <= clock.now() + timedelta(minutes=1)
    moved_clock(seconds=400)
    deliver_due()
    assert states() == AFTERWARDS[kind]
    expected = {row.message_id: 1 for row in [first, *others] if row is not first or kind != REFUSED}
    assert copies(sink) == (expected | {first.message_id: 2} if (stage, answer) == (DOT, DROP) else expected)


LATER_STAGES = [(stage, answer, kind) for stage, answer, kind in STAGES if stage not in (GREETING, HELLO, AUTH)]


@pytest.mark.parametrize(
    ("stage", "answer", "kind"), LATER_STAGES, ids=[f"{stage} {answer[:3]}" for stage, answer, _kind in LATER_STAGES]
)
def test_a_letter_between_two_others_fares_no_worse_and_nor_do_they(moved_clock, sink, stage, answer, kind):
    # With PIPELINING, sender and recipient follow the dot of the letter before.
    sink.troubles[stage] = ["", answer]
    before, hit, after = rows = owe(3)
    is_idle_loss = stage == MAIL and answer in (DROP, HANG, "421 4.7.0 Slower")

    deliver_due()

    found = {row.pk: row for row in Delivery.objects.all()}
    assert found[before.pk].state == "sent"
    if is_idle_loss:
        # As if the connection had been lost between two letters: a new one is opened, unnoticed.
        assert (found[hit.pk].state, found[hit.pk].attempts) == ("sent", 1)
    else:
        state, attempts = {RELAY: ("waiting", 0), REFUSED: ("failed", 1)}.get(kind, ("waiting", 1))
        assert (found[hit.pk].state, found[hit.pk].attempts, found[hit.pk].last_code) == (state, attempts, code_of(answer))
    assert found[after.pk].state == ("queued" if kind == RELAY and not is_idle_loss else "sent")
    moved_clock(seconds=400)
    deliver_due()
    assert states() == AFTERWARDS[kind]
    expected = {row.message_id: 1 for row in rows if row is not hit or kind != REFUSED}
    assert copies(sink) == (expected | {hit.message_id: 2} if (stage, answer) == (DOT, DROP) else expected)


def test_nobody_at_the_other_end_lets_all_wait_and_burns_nobody(settings, moved_clock, sink):
    settings.EMAIL_PORT = smtpsink.free_port()
    rows = owe(3)

    assert deliver_due() == {"relay_down": 1}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
    settings.EMAIL_PORT = sink.port
    moved_clock(seconds=61)
    deliver_due()

    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_relay_that_is_slow_at_every_answer_is_waited_for(sink):
    sink.slowness = 0.1
    rows = owe(2)

    assert deliver_due() == {"sent": 2}

    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_relay_that_wants_few_letters_on_one_connection_gets_them_on_many(sink):
    sink.letters_for_a_connection = 3
    rows = owe(10)

    assert deliver_due() == {"sent": 10}

    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_relay_whose_connections_are_all_taken_is_left_alone_for_a_minute(moved_clock, sink):
    sink.max_open = 1
    rows = owe(3)

    with socket.create_connection(("127.0.0.1", sink.port)) as somebody_else:
        somebody_else.recv(4)
        assert deliver_due() == {"relay_down": 1}
        assert deliver_due() == {"relay_down": 1}
    sink.wait_for(lambda sink: not sink.num_open)
    moved_clock(seconds=61)
    deliver_due()

    assert copies(sink) == {row.message_id: 1 for row in rows}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_relay_that_wants_so_many_in_a_minute_hears_of_no_more(settings, sink):
    settings.RELAY_PER_MINUTE = 2
    cache.clear()
    owe(4)

    assert deliver_due() == {"sent": 2, "slowed": 1}

    assert (len(sink.messages), sink.num_named) == (2, 2)


def test_one_address_that_says_no_stops_nobody(sink):
    rows = owe(6)
    sink.answers |= {rows[1].guest.email: "550 5.1.1 Gone", rows[3].guest.email: "451 4.2.2 Full"}

    assert deliver_due() == {"sent": 4, "failed": 1, "waiting": 1}

    rows[1].guest.refresh_from_db()
    assert rows[1].guest.undeliverable_at is not None
    assert len(sink.messages) == 4


def test_two_connections_lost_in_a_row_are_the_relays_trouble(moved_clock, sink):
    sink.troubles[RCPT] = [DROP, DROP]
    rows = owe(5)

    assert deliver_due() == {"waiting": 2, "relay_down": 1}
    assert states() == {"waiting": 2, "queued": 3}
    moved_clock(seconds=61)
    deliver_due()

    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_letter_that_is_put_off_again_and_again_ends_after_three_days(monkeypatch, moved_clock, sink):
    [row] = owe(1)
    sink.answers[row.guest.email] = "451 4.3.0 Later"
    shown = []

    for hours in [0, 1, 5, 20, 50, 68, 76, 80]:
        moved_clock(to=row.due_at + timedelta(hours=hours))
        deliver_due()
        row.refresh_from_db()
        shown.append((row.state, row.attempts, row.last_code, row.next_try_at > clock.now()))

    waiting = [("waiting", number, 451, True) for number in range(1, 7)]
    assert shown[:6] == waiting
    assert [fact[:3] for fact in shown[6:]] == [("failed", 7, 451)] * 2
    assert row.last_words == "4.3.0 Later"


ABOUT_US = [
    (RCPT, "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"),
    (RCPT, "554 5.7.1 <ana@example.org>: Relay access denied"),
    (RCPT, "553 5.7.1 <bounce@in.example>: Sender address rejected: not owned by user ana"),
    (RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (RCPT, "550 5.1.8 Sender domain does not exist"),
    (RCPT, "530 5.7.0 Must issue a STARTTLS command first"),
    (DATA, "554 5.7.1 Client host [192.0.2.1] rejected: Access denied"),
]


@pytest.mark.parametrize(("stage", "answer"), ABOUT_US, ids=[answer[:24] for _stage, answer in ABOUT_US])
def test_a_refusal_of_us_at_a_recipient_burns_nobody(moved_clock, sink, stage, answer):
    sink.troubles[stage] = [answer]
    first, *others = rows = owe(3)

    deliver_due()

    first.refresh_from_db()
    first.guest.refresh_from_db()
    assert (first.state, first.last_code, first.guest.undeliverable_at) == ("waiting", int(answer[:3]), None)
    assert [row.state for row in Delivery.objects.filter(pk__in=[row.pk for row in others])] == ["queued", "queued"]
    assert outbox_health().relay_down
    moved_clock(seconds=400)
    deliver_due()
    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_recipient_for_whom_alone_the_relay_refuses_us_keeps_nobody_back_for_ever(moved_clock, sink):
    [urgent, *others] = owe(4)
    Delivery.objects.filter(pk=urgent.pk).update(priority=0)
    sink.answers[urgent.guest.email] = "554 5.7.1 Relay access denied"
    start = clock.now()

    for minutes in range(0, 30, 2):
        moved_clock(to=start + timedelta(minutes=minutes))
        deliver_due()

    assert copies(sink) == {row.message_id: 1 for row in others}


ABOUT_THIS_LETTER = [
    "550 5.7.1 Message refused by policy",
    "554 5.7.1 Service unavailable; host 5.1.1.7 blocked using block.example",
    "550 5.7.26 Unauthenticated mail is not accepted due to the domain's DMARC policy",
    "552 5.2.2 Mailbox full",
    "552 5.3.4 Message size exceeds fixed limit",
    "550 5.4.7 Delivery time expired",
    "554 5.7.1 <ana@example.org>: Recipient address rejected: Access denied",
]


@pytest.mark.parametrize("answer", ABOUT_THIS_LETTER, ids=[answer[:24] for answer in ABOUT_THIS_LETTER])
def test_a_refusal_of_one_letter_marks_no_guest_and_stops_no_other(sink, answer):
    first, *_others = owe(3)
    sink.answers[first.guest.email] = answer

    assert deliver_due() == {"failed": 1, "sent": 2}

    first.guest.refresh_from_db()
    assert first.guest.undeliverable_at is None


def test_a_relay_that_hangs_up_on_the_body_again_and_again_takes_the_letter_in_the_end(moved_clock, sink):
    rows = owe(3)
    sink.mode = smtpsink.DROP_IN_BODY

    for hours in range(5):
        moved_clock(to=rows[0].due_at + timedelta(hours=4 * hours))
        deliver_due()
        moved_clock(to=clock.now() + timedelta(minutes=2))
        deliver_due()
    assert states() == {"waiting": 3}
    sink.mode = smtpsink.ACCEPT
    moved_clock(to=clock.now() + timedelta(hours=4))
    deliver_due()

    assert copies(sink) == {row.message_id: 1 for row in rows}


def test_a_letter_keeps_its_message_id_from_the_row_to_the_last_copy(moved_clock, sink):
    [row] = owe(1)
    before = row.message_id
    sink.troubles[DOT] = ["451 4.3.0 Later", DROP]

    for _ in range(3):
        deliver_due()
        moved_clock(to=clock.now() + timedelta(minutes=7))
    row.refresh_from_db()

    assert (row.state, row.message_id) == ("sent", before)
    assert copies(sink) == {before: 2}
