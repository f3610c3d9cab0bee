"""Delivery status notifications: what becomes of the letter, of the guest, and what the host is told."""

import base64
import quopri
from datetime import timedelta

import pytest

from meetups.dispatch.send import deliver_due
from meetups.guests.services.access_link import renew_link
from meetups.inbound.handle import take_in
from meetups.letters import build_message
from meetups.models import Delivery
from meetups.outbox.queue import retry_deliveries
from meetups.outbox.return_addresses import envelope_sender, reply_addresses
from meetups.planning.services.change import cancel_meetup
from meetups.times import clock
from tests import returned, smtpsink
from tests.factories import make_delivery, make_guest, make_host, make_meetup
from tests.inbound.sent import LOGIN, kinds_owed, sent_letter

pytestmark = pytest.mark.django_db


def test_a_mailbox_that_does_not_exist_marks_the_guest_and_the_host_hears_of_it():
    guest = make_guest(make_meetup(make_host(LOGIN)), name="Gudrun")
    row = sent_letter(guest)

    assert take_in(returned.bounce(envelope_sender(row)), envelope_sender(row)) == "bounce"

    row.refresh_from_db()
    guest.refresh_from_db()
    assert (row.state, row.last_code) == ("failed", 550)
    assert guest.undeliverable_at is not None
    assert "@" not in guest.undeliverable_words + row.last_words
    assert kinds_owed(guest.meetup) == ["host_bounced"]
    letter = build_message(Delivery.objects.get(kind="host_bounced"))
    assert letter.to == [LOGIN]
    assert "Gudrun" in letter.subject
    assert f"- Gudrun, {guest.email}: There is no such address. Is it spelled right?" in " ".join(letter.body.split())


def test_the_recipient_is_found_in_the_headers_where_the_door_does_not_know_it():
    row = sent_letter()

    assert take_in(returned.bounce(envelope_sender(row).upper())) == "bounce"


def test_the_same_report_twice_changes_nothing_more():
    row = sent_letter()
    raw = returned.bounce(envelope_sender(row))
    take_in(raw)
    Delivery.objects.filter(kind="host_bounced").delete()

    assert take_in(raw) == "nothing"

    assert not Delivery.objects.filter(kind="host_bounced").exists()


def test_the_host_gets_one_letter_for_all_bounces_of_a_meetup():
    meetup = make_meetup()
    for row in [sent_letter(make_guest(meetup)) for _ in range(3)]:
        take_in(returned.bounce(envelope_sender(row)))

    assert kinds_owed(meetup) == ["host_bounced"]
    assert "no mail reaches 3 guests" in build_message(Delivery.objects.get(kind="host_bounced")).subject


def test_nothing_more_is_tried_but_the_answer_to_an_act(sink):
    guest = make_guest(make_meetup(), rsvp="yes")
    take_in(returned.bounce(envelope_sender(sent_letter(guest))))
    reminder = make_delivery("three_days", guest=guest, priority=0)
    answer = make_delivery("confirmation", guest=guest, context={"rsvp": "yes"})

    deliver_due()

    reminder.refresh_from_db()
    answer.refresh_from_db()
    assert (reminder.state, reminder.last_words) == ("withdrawn", "An earlier letter came back: there is no such mailbox.")
    assert answer.state == "sent"


def test_the_other_meetups_of_an_address_are_not_touched():
    guest = make_guest(make_meetup(), "gudrun@example.org")
    elsewhere = make_guest(make_meetup(), "gudrun@example.org")

    take_in(returned.bounce(envelope_sender(sent_letter(guest))))

    elsewhere.refresh_from_db()
    assert elsewhere.undeliverable_at is None


def test_a_new_link_from_the_host_tries_the_address_again(sink):
    guest = make_guest(make_meetup())
    take_in(returned.bounce(envelope_sender(sent_letter(guest))))
    guest.refresh_from_db()

    renew_link(guest)
    deliver_due()

    guest.refresh_from_db()
    assert guest.undeliverable_at is None
    assert [received.subject for received in sink.to(guest.email)] != []


def test_an_address_the_relay_refuses_at_once_is_marked_too(sink):
    sink.mode = smtpsink.REFUSE_RECIPIENT
    row = make_delivery("invitation", guest=make_guest(make_meetup()))

    deliver_due()

    row.guest.refresh_from_db()
    assert row.guest.undeliverable_at is not None
    assert Delivery.objects.filter(kind="host_bounced").count() == 1


def test_three_soft_bounces_in_a_week_pause_the_address(sink, moved_clock):
    # At noon in Toronto; at night a letter waits for the morning as well.
    moved_clock(to=clock.now().replace(hour=17, minute=0) + timedelta(days=1))
    guest = make_guest(make_meetup(), rsvp="yes")
    for number in range(3):
        guest.refresh_from_db()
        assert guest.mail_paused_until is None, number
        row = sent_letter(guest)
        take_in(returned.bounce(envelope_sender(row), status="4.2.2", diagnostic="452 4.2.2 mailbox full"))
    reminder = make_delivery("three_days", guest=guest, priority=0, not_after=clock.now() + timedelta(days=13))

    deliver_due()

    guest.refresh_from_db()
    reminder.refresh_from_db()
    assert guest.undeliverable_at is None
    assert timedelta(days=6) < guest.mail_paused_until - clock.now() <= timedelta(days=7)
    assert (reminder.state, reminder.next_try_at) == ("waiting", guest.mail_paused_until)
    assert sink.messages == []


@pytest.mark.parametrize(
    ("status", "diagnostic", "is_gone"),
    [
        ("5.2.2", "552 5.2.2 over quota", False),
        ("5.0.0", "552 mailbox is full", False),
        ("5.0.0", "550 5.2.2 over quota", False),
        ("4.4.1", "connection timed out", False),
        ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try", True),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", True),
        ("5.0.0", "550 unknown user", True),
        ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", True),
        ("5.4.4", "unrouteable address", True),
        ("5.7.1", "550 5.7.1 we take nothing from you", False),
        ("5.7.26", "550 5.7.26 unauthenticated mail is not accepted due to the domain's DMARC policy", False),
        ("5.7.1", "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using block.example", False),
        ("5.0.0", "550 user unknown to our spam policy", False),
        ("5.3.4", "552 5.3.4 message too big", False),
        ("5.4.7", "delivery time expired", False),
        ("5.0.0", "retry time not reached for any host after a long failure period", False),
    ],
)
def test_a_full_mailbox_is_no_mailbox_that_does_not_exist(status, diagnostic, is_gone):
    row = sent_letter()

    take_in(returned.bounce(envelope_sender(row), status=status, diagnostic=diagnostic))

    row.guest.refresh_from_db()
    assert (row.guest.undeliverable_at is not None) == is_gone


def test_a_report_of_a_delay_or_of_success_changes_nothing():
    row = sent_letter()

    for action, status in [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")]:
        assert take_in(returned.bounce(envelope_sender(row), action=action, status=status)) == "nothing"

    row.refresh_from_db()
    assert row.state == "sent"


def test_a_letter_tried_again_can_bounce_again():
    row = sent_letter()
    take_in(returned.bounce(envelope_sender(row)))
    retry_deliveries(Delivery.objects.filter(pk=row.pk))
    Delivery.objects.filter(pk=row.pk).update(state="sent")

    assert take_in(returned.bounce(envelope_sender(row))) == "bounce"


def test_a_bounce_without_a_good_tag_is_nothing():
    row = sent_letter()
    good = envelope_sender(row)
    forged = good.replace(good[20], "a" if good[20] != "a" else "b", 1)

    for to in [forged, "bounce+@in.longtable.example", "meetups@localhost", good.replace("in.longtable", "evil"), ""]:
        assert take_in(returned.bounce(to), to) == "nothing"

    row.refresh_from_db()
    assert row.state == "sent"


def test_a_bounce_of_a_letter_to_a_host_marks_the_letter_alone():
    meetup = make_meetup()
    row = make_delivery("host_full", user=meetup.host, meetup=meetup, state="sent", finished_at=clock.now())

    assert take_in(returned.bounce(envelope_sender(row))) == "bounce"

    row.refresh_from_db()
    assert row.state == "failed"


def test_a_utf8_report_is_read_too():
    row = sent_letter()
    raw = returned.bounce(envelope_sender(row)).replace(b"message/delivery-status\n", b"message/global-delivery-status\n")

    assert take_in(raw) == "bounce"


QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
{reason}

--- Below this line is a copy of the message.

Return-Path: <meetups@localhost>
Subject: 4.0.0 bottles of wine
"""


@pytest.mark.parametrize(
    ("reason", "words", "is_gone"),
    [
        ("Sorry, no mailbox here by that name. (#5.1.1)", "Sorry, no mailbox here by that name. (#5.1.1)", True),
        ("550 unknown user", "5.1.1 550 unknown user", True),
        ("552 mailbox is full, try later", "552 mailbox is full, try later", False),
        ("user is over quota (#5.2.2)", "user is over quota (#5.2.2)", False),
        ("450 4.2.1 busy", "450 4.2.1 busy", False),
        ("I could not reach 192.0.2.5.1.1 today", "I could not reach 192.0.2.5.1.1 today", False),
    ],
)
def test_a_failure_in_plain_text_counts_at_the_letters_own_address(reason, words, is_gone):
    row = sent_letter()
    raw = QMAIL.format(to=envelope_sender(row), address=row.guest.email, reason=reason).encode()

    assert take_in(raw) == "bounce"
    assert take_in(raw) == "nothing"

    row.refresh_from_db()
    row.guest.refresh_from_db()
    assert (row.state, row.last_words) == ("failed", words)
    assert (row.guest.undeliverable_at is not None) == is_gone


def test_a_code_whose_digits_stand_in_the_address_too_is_read_where_it_stands():
    row = sent_letter(make_guest(make_meetup(), "guest552@example.org"))
    raw = QMAIL.format(to=envelope_sender(row), address="guest552@example.org", reason="552 mailbox is full, try later")

    assert take_in(raw.encode()) == "bounce"

    row.refresh_from_db()
    assert row.last_words == "552 mailbox is full, try later"


def test_three_failures_nobody_understands_pause_the_address():
    guest = make_guest(make_meetup(), rsvp="yes")

    for _time in range(3):
        row = sent_letter(guest)
        raw = f"From: Mail Delivery System <x@y.example>\nTo: {envelope_sender(row)}\nSubject: Oj\n\nDet gick inte.\n".encode()
        assert take_in(raw) == "bounce"

    row.refresh_from_db()
    guest.refresh_from_db()
    assert row.last_words == "Det gick inte."
    assert guest.undeliverable_at is None
    assert guest.mail_paused_until is not None


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("Subject: failure notice", "Subject: Warning: message delayed 24 hours"),
        ("Hi. This is the qmail-send program at mx.example.net.", "Your letter has not yet been delivered."),
        ("From: MAILER-DAEMON@mx.example.net", "From: Paul <paul@kitchen.example>"),
        ("Subject: failure notice", "Subject: Automatic reply: Soup"),
        ("Subject: failure notice", "X-Vacation: yes"),
    ],
)
def test_a_delay_an_absence_note_and_a_person_at_a_letters_own_address_are_no_failure(words, instead):
    row = sent_letter()
    raw = QMAIL.format(to=envelope_sender(row), address="a@x.example", reason="Nothing to see.").replace(words, instead)

    assert take_in(raw.encode()) == "nothing"

    row.refresh_from_db()
    assert row.state == "sent"


def test_a_failure_in_plain_text_anywhere_else_is_nothing():
    guest = make_guest(make_meetup(), rsvp="yes")

    for to in [*reply_addresses(guest), "meetups@localhost", "bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@in.longtable.example"]:
        assert take_in(QMAIL.format(to=to, address=guest.email, reason="(#5.1.1)").encode(), to) == "nothing"

    assert not Delivery.objects.exists()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_status_part_is_read(encoding):
    row = sent_letter()
    head, _mark, rest = returned.bounce(envelope_sender(row)).decode().partition("Content-Type: message/delivery-status\n\n")
    status, border, rest = rest.partition("--XX")
    encoded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}[encoding](status.encode()).decode()
    part = f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: {encoding}\n\n{encoded}\n"

    assert take_in((head + part + border + rest).encode()) == "bounce"

    row.refresh_from_db()
    row.guest.refresh_from_db()
    assert row.last_code == 550
    assert row.guest.undeliverable_at is not None


def test_the_desk_says_whom_no_letter_reaches(client):
    host = make_host()
    guest = make_guest(make_meetup(host), name="Gudrun")
    take_in(returned.bounce(envelope_sender(sent_letter(guest))))
    client.force_login(host)

    page = client.get(guest.meetup.get_desk_url()).content.decode()

    assert "No letter reaches Gudrun. Could you call?" in page
    assert "There is no such address. Is it spelled right?" in page


@pytest.mark.parametrize("state", ["undeliverable", "paused"])
def test_a_cancellation_is_tried_although_letters_came_back(sink, state):
    marks = {"undeliverable": {"undeliverable_at": clock.now()}, "paused": {"mail_paused_until": clock.now() + timedelta(days=6)}}
    guest = make_guest(make_meetup(), rsvp="yes", address_proven_at=clock.now(), **marks[state])
    reminder = make_delivery("three_days", guest=guest)
    cancel_meetup(guest.meetup, word="I am ill.")
    Delivery.objects.filter(kind="canceled").update(due_at=clock.now(), next_try_at=clock.now())

    deliver_due()

    assert [message.recipients for message in sink.messages] == [(guest.email,)]
    assert Delivery.objects.get(kind="canceled", guest=guest).state == "sent"
    reminder.refresh_from_db()
    assert reminder.state == "withdrawn"
