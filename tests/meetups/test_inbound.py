"""What comes back: bounces, complaints, calendars' answers, replies; and all that only looks like it."""

import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from meetups import clock, tasks
from meetups.emails import build_message
from meetups.ical import calendar_uid
from meetups.inmail import own_words, read_mail
from meetups.models import Delivery, Guest, Suppression
from meetups.returning import envelope_sender, organizer_address, reply_addresses
from meetups.services.delivery import retry_deliveries
from meetups.services.guest import record_rsvp, renew_link
from meetups.services.inbound import fetch_mail, take_in
from meetups.services.meetup import cancel_meetup, reschedule_meetup, restore_meetup
from meetups.services.sending import deliver_due
from meetups.tokens import hash_address, make_bounce_tag, read_bounce_tag
from tests import returned, smtpsink
from tests.factories import make_delivery, make_guest, make_host, make_meetup
from tests.imapbox import ImapBox

pytestmark = pytest.mark.django_db

LOGIN = "ana.private.login@example.org"


@pytest.fixture(autouse=True)
def inbound(settings):
    settings.INBOUND_IS_SET_UP, settings.INBOUND_DOMAIN = True, "in.longtable.example"


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


def sent_letter(guest: Guest | None = None, kind: str = "invitation", **fields) -> Delivery:
    return make_delivery(kind, guest=guest or make_guest(make_meetup()), state="sent", finished_at=clock.now(), **fields)


def kinds_owed(meetup) -> list[str]:
    return sorted(Delivery.objects.filter(meetup=meetup, state="queued").values_list("kind", flat=True))


def later(monkeypatch, **span) -> None:
    now, moved = clock.now, timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: now() + moved)


# Addresses -----------------------------------------------------------------------------------------------------------


def test_every_letter_leaves_from_an_address_of_its_own(sink):
    row, other = (make_delivery("invitation", guest=make_guest(make_meetup())) for _ in range(2))

    deliver_due()

    came = {received.message_id: received.mail_from for received in sink.messages}
    assert came[row.message_id] == envelope_sender(row) != came[other.message_id]
    local = came[row.message_id].partition("@")[0]
    assert local.startswith("bounce+") and len(local) <= 64


def test_without_inbound_mail_letters_leave_from_the_sites_address_and_are_answered_by_nobody(sink, settings):
    settings.INBOUND_IS_SET_UP = False
    make_delivery("confirmation", guest=make_guest(make_meetup(), rsvp="yes"), context={"rsvp": "yes"})

    deliver_due()

    [received] = sink.messages
    assert received.mail_from == settings.MAIL_FROM
    assert received.message["Reply-To"] is None
    assert f"ORGANIZER;CN=Ana:mailto:{settings.MAIL_FROM}" in received.data.decode().replace("\r\n ", "")


def test_bounce_tag_survives_lower_and_upper_case():
    row = sent_letter()
    tag = make_bounce_tag(row)

    assert read_bounce_tag(tag.lower()) == row
    assert read_bounce_tag(tag.upper()) == row


def test_bounce_tag_holds_for_thirty_days(monkeypatch):
    row = sent_letter()
    tag = make_bounce_tag(row)

    later(monkeypatch, days=29)
    assert read_bounce_tag(tag) == row
    later(monkeypatch, days=3)
    assert read_bounce_tag(tag) is None


@pytest.mark.parametrize("place", [0, 20, 27, 30, 54])
def test_bounce_tag_cannot_be_changed(place):
    tag = make_bounce_tag(sent_letter())
    changed = tag[:place] + ("a" if tag[place] != "a" else "b") + tag[place + 1 :]

    assert read_bounce_tag(changed) is None


def test_tag_of_one_purpose_opens_no_other():
    guest = make_guest(make_meetup(), rsvp="yes")
    [reply] = reply_addresses(guest)
    as_calendar = reply.replace("reply+", "rsvp+")
    raw = returned.calendar_reply(
        as_calendar, attendee=guest.email, uid=calendar_uid(guest.meetup), stamp=clock.now(), partstat="DECLINED"
    )

    assert take_in(raw, as_calendar) == "nothing"


# Bounces -------------------------------------------------------------------------------------------------------------


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


def test_three_soft_bounces_in_a_week_pause_the_address(sink):
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
        ("5.7.1", "550 5.7.1 we take nothing from you", True),
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


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=X\n\n--X\nContent-Type: message/delivery-status",
        b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n",
        b"Content-Type: text/plain; charset=no-such-charset\nTo: =?no-such?q?x?=\n\n\xff\xfe",
        b"From: " + b"(" * 100_000 + b"\n\nhello",
        b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nATTENDEE:\nEND:VEVENT\n",
        returned.bounce("x@y").replace(b"Status: 5.1.1", b"Status: \xff\xff").replace(b"Action: failed", b"Action failed"),
    ],
)
def test_what_makes_no_sense_makes_nothing_happen(raw):
    assert take_in(raw, "bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@in.longtable.example") == "nothing"


def test_parts_in_parts_in_parts_are_not_followed_for_ever():
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000))

    assert take_in(raw) == "nothing"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; " + b"a*0=b; " * 120_000 + b"\n\nhi",
        b"Content-Type: multipart/mixed" + b'; x="\\\\' * 100_000 + b"\n\nhi",
        b"Content-Type: text/plain\n" + b" ;a=b\n" * 120_000 + b"\nhi",
        b"Subject: x\rContent-Type: text/plain; " + b"a*0=b; " * 120_000 + b"\n\nhi",
        b"Content-Type: text/plain\r" + b" ;a*0=b\r" * 120_000 + b"\nhi",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)) + b"\n" * 900_000,
        b"Content-Type: text/html\n\n" + b"<div " * 200_000,
        b"Content-Type: text/html\n\n" + b"<style>" * 140_000,
        b"Subject: x\n\n" + b"On abc\n" * 140_000,
    ],
)
def test_what_is_made_to_take_for_ever_does_not(raw):
    began = time.monotonic()

    read_mail(raw)

    assert time.monotonic() - began < 3


def test_ten_megabytes_are_read_to_the_first():
    guest = make_guest(make_meetup(), rsvp="yes")
    [to] = reply_addresses(guest)
    raw = returned.words(to).replace(b"> Dear Maria,", b"> " + b"x" * 10_000_000)

    assert take_in(raw, to) == "words"
    assert Delivery.objects.get(kind="guest_words").context["words"] == "I will be late."


def test_what_stands_after_the_first_megabyte_is_not_read():
    guest = make_guest(make_meetup(), rsvp="yes")
    [to] = reply_addresses(guest)
    raw = returned.words(to).replace(b"Message-ID", b"X-Long: " + b"x" * 1_000_000 + b"\nMessage-ID")

    assert take_in(raw, to) == "nothing"


def test_a_utf8_report_is_read_too():
    row = sent_letter()
    raw = returned.bounce(envelope_sender(row)).replace(b"message/delivery-status\n", b"message/global-delivery-status\n")

    assert take_in(raw) == "bounce"


# Complaints ----------------------------------------------------------------------------------------------------------


def test_a_complaint_keeps_everything_from_the_address_at_once(caplog):
    guest = make_guest(make_meetup(), "maria@example.org")
    elsewhere = make_guest(make_meetup(), "maria@example.org")
    owed = make_delivery("seven_days", guest=elsewhere)
    row = sent_letter(guest)

    assert take_in(returned.complaint(mail_from=envelope_sender(row))) == "complaint"

    owed.refresh_from_db()
    assert Suppression.objects.get().address_hash == hash_address("maria@example.org")
    assert Suppression.objects.get().target == ""
    assert owed.state == "withdrawn"
    assert f"complaint about letter {row.pk}" in caplog.text
    assert "maria@" not in caplog.text


def test_a_complaint_may_name_the_letter_by_its_message_id_and_counts_once():
    row = sent_letter()

    assert take_in(returned.complaint(message_id=row.message_id)) == "complaint"
    assert take_in(returned.complaint(message_id=row.message_id)) == "nothing"


def test_who_says_that_it_is_no_spam_does_not_complain():
    row = sent_letter()

    assert take_in(returned.complaint(message_id=row.message_id, kind="not-spam")) == "nothing"
    assert not Suppression.objects.exists()


def test_a_complaint_about_no_letter_of_ours_is_logged(caplog):
    assert take_in(returned.complaint(message_id="<" + "0" * 32 + "@localhost>")) == "nothing"
    assert "names no letter of ours" in caplog.text


# Calendars -----------------------------------------------------------------------------------------------------------


def say(guest: Guest, partstat: str, **change) -> str:
    """Let the guest's calendar answer, with something changed."""
    words = {"attendee": guest.email, "uid": calendar_uid(guest.meetup), "stamp": clock.now(), "partstat": partstat}
    to = change.pop("to", organizer_address(guest))
    return take_in(returned.calendar_reply(to, **(words | change)), to)


@pytest.mark.parametrize(
    ("before", "partstat", "after", "letter"),
    [
        ("yes", "DECLINED", "no", "confirmation"),
        ("yes", "TENTATIVE", "maybe", "confirmation"),
        ("no", "ACCEPTED", "yes", "confirmation"),
    ],
)
def test_a_calendars_answer_counts_as_the_link_would(before, partstat, after, letter):
    guest = make_guest(make_meetup(), rsvp=before)

    assert say(guest, partstat) == "answer"

    guest.refresh_from_db()
    assert guest.rsvp == after
    assert kinds_owed(guest.meetup) == [letter, "host_answers"]


def test_a_calendar_that_accepts_when_the_table_is_full_waits_in_line():
    meetup = make_meetup(seats=1)
    make_guest(meetup, rsvp="yes")
    guest = make_guest(meetup, rsvp="maybe")

    assert say(guest, "ACCEPTED") == "answer"

    guest.refresh_from_db()
    assert guest.rsvp == "waiting"


def test_a_calendars_answer_keeps_the_party():
    guest = make_guest(make_meetup(), rsvp="yes", party_size=2)

    say(guest, "TENTATIVE")

    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size) == ("maybe", 2)


def test_a_party_that_became_too_large_may_still_decline():
    guest = make_guest(make_meetup(max_party=1), rsvp="yes", party_size=3)

    assert say(guest, "DECLINED") == "answer"


def test_the_same_answer_again_makes_no_second_letter():
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, "ACCEPTED") == "nothing"
    assert kinds_owed(guest.meetup) == []


@pytest.mark.parametrize(
    "change",
    [
        {"attendee": "somebody.else@example.org"},
        {"uid": "another-evening@localhost"},
        {"partstat": "DELEGATED"},
        {"partstat": "NEEDS-ACTION"},
        {"method": "COUNTER"},
        {"method": "REQUEST"},
        {"method": "CANCEL"},
        {"to": "meetups@localhost"},
        {"to": "rsvp+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@in.longtable.example"},
    ],
)
def test_anything_else_is_discarded_quietly(change):
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, **({"partstat": "DECLINED"} | change)) == "nothing"

    guest.refresh_from_db()
    assert guest.rsvp == "yes"
    assert kinds_owed(guest.meetup) == []


def test_an_answer_older_than_what_the_guest_said_since_is_discarded():
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, "DECLINED", stamp=clock.now() - timedelta(days=3)) == "nothing"


def test_an_answer_about_an_evening_that_was_moved_since_is_discarded():
    meetup = make_meetup()
    guest = record_rsvp(make_guest(meetup), rsvp="yes")
    before = meetup.revision + guest.num_answers
    meetup = reschedule_meetup(meetup, date=meetup.date + timedelta(days=1))
    guest.refresh_from_db()

    assert say(guest, "DECLINED", sequence=before) == "nothing"
    assert say(guest, "DECLINED", sequence=meetup.revision + guest.num_answers) == "answer"


def test_an_answer_about_an_evening_that_was_canceled_and_taken_back_counts():
    meetup = make_meetup()
    guest = record_rsvp(make_guest(meetup), rsvp="yes")
    before = meetup.revision + guest.num_answers
    restore_meetup(cancel_meetup(meetup))
    guest.refresh_from_db()

    assert say(guest, "DECLINED", sequence=before) == "answer"


def test_another_guests_tag_does_not_answer_for_this_one():
    meetup = make_meetup()
    guest, other = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")

    assert say(guest, "DECLINED", to=organizer_address(other)) == "nothing"


def test_a_renewed_link_ends_what_old_calendar_files_can_do():
    guest = make_guest(make_meetup(), rsvp="yes")
    before = organizer_address(guest)
    guest = renew_link(guest)

    assert organizer_address(guest) == before
    assert say(guest, "DECLINED", to=before) == "nothing"


def test_an_answer_after_the_evening_began_is_discarded():
    assert say(make_guest(make_meetup(in_days=-1), rsvp="yes"), "DECLINED") == "nothing"


def test_the_calendar_file_names_the_address_that_answers_come_to(sink):
    guest = make_guest(make_meetup(), rsvp="yes")
    make_delivery("confirmation", guest=guest, context={"rsvp": "yes"})

    deliver_due()

    [received] = sink.messages
    parts = [part.get_content() for part in received.message.walk() if part.get_content_type() == "text/calendar"]
    assert all(f"mailto:{organizer_address(guest)}" in part.replace("\r\n ", "") for part in map(str, parts))


# Replies -------------------------------------------------------------------------------------------------------------


def test_a_reply_reaches_the_host_and_the_answer_the_guest_without_an_address_of_either(sink):
    guest = make_guest(make_meetup(make_host(LOGIN)), "maria@example.org", name="Maria", rsvp="yes")
    make_delivery("confirmation", guest=guest, context={"rsvp": "yes"})
    deliver_due()
    to_host = sink.to(guest.email)[0].message["Reply-To"]

    assert take_in(returned.words(to_host), to_host) == "words"
    deliver_due()

    [received] = sink.to(LOGIN)
    assert received.message["From"].startswith("Maria via Longtable <meetups@")
    assert "I will be late." in received.text
    assert "maria" not in received.data.decode().replace(f"To: {LOGIN}", "").replace("Maria", "")
    assert "secret" not in received.text
    assert received.message["Reply-To"] != to_host

    to_guest = received.message["Reply-To"]
    assert take_in(returned.words(to_guest, "Come when you can."), to_guest) == "words"
    deliver_due()

    answer = sink.to(guest.email)[1]
    assert "Come when you can." in answer.text
    assert LOGIN not in answer.data.decode()
    assert answer.message["Reply-To"] == to_host


def test_the_same_reply_twice_is_passed_on_once():
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))

    assert [take_in(returned.words(to)), take_in(returned.words(to))] == ["words", "nothing"]


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\n",
        "Precedence: bulk\n",
        "Precedence: list\n",
        "Return-Path: <>\n",
        "X-Autoreply: yes\n",
        "List-Id: <dinner.example.org>\n",
        "X-Auto-Response-Suppress: All\n",
    ],
)
def test_a_program_is_not_passed_on(more):
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))

    assert take_in(returned.words(to, more=more)) == "nothing"
    assert not Delivery.objects.exists()


def test_our_own_letter_sent_back_to_us_is_not_passed_on():
    guest = make_guest(make_meetup(), rsvp="yes")
    letter = build_message(make_delivery("confirmation", guest=guest, context={"rsvp": "yes"})).message().as_bytes()

    assert take_in(letter, reply_addresses(guest)[0]) == "nothing"


def test_a_flood_of_replies_ends_after_some():
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))

    done = [take_in(returned.words(to, message_id=f"<{n}@example.org>")) for n in range(8)]

    assert done == ["words"] * 6 + ["nothing"] * 2


def test_a_removed_guest_and_an_old_link_reach_nobody():
    guest = make_guest(make_meetup(), rsvp="yes")
    [before] = reply_addresses(guest)
    renew_link(guest)

    assert take_in(returned.words(before)) == "nothing"

    Guest.objects.filter(pk=guest.pk).update(removed_at=clock.now())
    guest.refresh_from_db()
    [now] = reply_addresses(guest)
    assert take_in(returned.words(now)) == "nothing"


def test_a_stranger_who_proved_no_address_reaches_nobody():
    guest = make_guest(make_meetup(), origin="self")

    assert take_in(returned.words(reply_addresses(guest)[0])) == "nothing"


def test_words_about_a_canceled_evening_still_reach_the_host(sink):
    guest = make_guest(make_meetup(make_host(LOGIN)), rsvp="yes")
    cancel_meetup(guest.meetup)

    take_in(returned.words(reply_addresses(guest)[0], "What a pity."))
    deliver_due()

    assert "What a pity." in sink.to(LOGIN)[0].text


def test_html_alone_is_read_as_words_and_an_attachment_never():
    raw = b"""Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<html><head><style>p{}</style></head><body><p>I come &amp; bring bread.<br>Maria</p>
<blockquote>Dear Maria</blockquote></body></html>
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=secrets.txt

secrets
--b--
"""

    assert read_mail(raw).words == "I come & bring bread.\nMaria"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.\n\nOn Mon, Nov 23, 2026 at 8:00 PM Ana via Longtable\n<meetups@x.org> wrote:\n\n> Dear", "Yes."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ana", "Yes."),
        ("Yes.\n-- \nMaria\n12 Elm Street", "Yes."),
        ("Yes.\n> Dear Maria\n> come\n", "Yes."),
        ("> quoted\nYes, below.", "> quoted\nYes, below."),
        ("\u202eYes\x00\r\nno", "Yes\nno"),
        ("x" * 5_000, "x" * 3_999 + "…"),
        ("On the way I will buy bread.", "On the way I will buy bread."),
    ],
)
def test_words_are_what_stands_above_the_quoted_letter(text, expected):
    assert own_words(text) == expected


# The mailbox ---------------------------------------------------------------------------------------------------------


def test_fetchmail_takes_in_what_is_unread_and_removes_what_was_acted_on(settings, capsys):
    row = sent_letter()
    with ImapBox({7: returned.bounce(envelope_sender(row)), 9: b"Subject: spam\n\nbuy"}) as box:
        settings.INBOUND_IMAP_URL = box.url

        call_command("fetchmail", "--once")
        call_command("fetchmail", "--once")

        assert (list(box.messages), box.seen) == ([9], {7, 9})
    assert capsys.readouterr().out.splitlines() == ["1 bounce, 1 nothing", "nothing came"]
    row.refresh_from_db()
    assert row.state == "failed"


def test_the_worker_says_that_the_mailbox_does_not_answer_and_goes_on(settings, caplog):
    settings.INBOUND_IMAP_URL = f"imap://box:s3cret@127.0.0.1:{smtpsink.free_port()}/INBOX"

    tasks.fetch_mail()

    assert "The mailbox does not answer: ConnectionRefusedError." in caplog.text


def test_a_mailbox_read_by_two_workers_at_once_is_taken_in_once(settings):
    row = sent_letter(make_guest(make_meetup(), rsvp="yes"))
    [to] = reply_addresses(row.guest)
    messages = {1: returned.bounce(envelope_sender(row)), 2: returned.words(to)}
    for _worker in range(2):
        with ImapBox(messages) as box:
            settings.INBOUND_IMAP_URL = box.url
            fetch_mail()

    assert Delivery.objects.filter(kind="guest_words").count() == 1
    assert Delivery.objects.filter(kind="host_bounced").count() == 1


def test_fetchmail_says_what_is_wrong_and_never_the_password(settings):
    with ImapBox({}) as box:
        settings.INBOUND_IMAP_URL = box.url.replace("s3cret", "wr0ng")
        with pytest.raises(CommandError, match="does not let us in") as error:
            call_command("fetchmail", "--once")
        assert "wr0ng" not in str(error.value)
    with pytest.raises(CommandError, match="The mailbox does not answer"):
        call_command("fetchmail", "--once")
    settings.INBOUND_IMAP_URL = ""
    with pytest.raises(CommandError, match="INBOUND_IMAP_URL is not set"):
        call_command("fetchmail", "--once")


# The desk ------------------------------------------------------------------------------------------------------------


def test_the_desk_says_whom_no_letter_reaches(client):
    host = make_host()
    guest = make_guest(make_meetup(host), name="Gudrun")
    take_in(returned.bounce(envelope_sender(sent_letter(guest))))
    client.force_login(host)

    page = client.get(guest.meetup.get_desk_url()).content.decode()

    assert "No letter reaches Gudrun. Could you call?" in page
    assert "There is no such address. Is it spelled right?" in page
