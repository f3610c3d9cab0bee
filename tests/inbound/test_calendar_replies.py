"""Calendars' replies change a guest's answer as the link would, and nothing else does."""

from datetime import timedelta

import pytest

from meetups.access.tokens import make_guest_token
from meetups.dispatch.send import deliver_due
from meetups.guests.ical import calendar_uid
from meetups.guests.services.access_link import renew_link
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.inbound.handle import take_in
from meetups.models import Delivery, Guest
from meetups.outbox.return_addresses import organizer_address
from meetups.planning.services.change import cancel_meetup, reschedule_meetup, restore_meetup
from meetups.times import clock
from tests import returned
from tests.factories import make_delivery, make_guest, make_meetup
from tests.inbound.sent import kinds_owed

pytestmark = pytest.mark.django_db


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
    guest = record_rsvp(make_guest(meetup), Answer("yes"))
    before = meetup.revision + guest.num_answers
    meetup = reschedule_meetup(meetup, date=meetup.date + timedelta(days=1))
    guest.refresh_from_db()

    assert say(guest, "DECLINED", sequence=before) == "nothing"
    assert say(guest, "DECLINED", sequence=meetup.revision + guest.num_answers) == "answer"


def test_an_answer_about_an_evening_that_was_canceled_and_taken_back_counts():
    meetup = make_meetup()
    guest = record_rsvp(make_guest(meetup), Answer("yes"))
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


def words_for_the_host(guest: Guest) -> list[str]:
    return [
        row.context["words"] for row in Delivery.objects.filter(kind="guest_words", meetup=guest.meetup, user=guest.meetup.host)
    ]


def test_words_sent_with_a_no_reach_the_host_together_with_the_answer():
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, "DECLINED", more="COMMENT:I am ill\\, sorry.\\nNext time!\n") == "answer"

    guest.refresh_from_db()
    assert guest.rsvp == "no"
    assert words_for_the_host(guest) == ["I am ill, sorry.\nNext time!"]


def test_googles_note_reaches_the_host():
    guest = make_guest(make_meetup(), rsvp="yes")
    raw = returned.calendar_reply(
        organizer_address(guest), attendee=guest.email, uid=calendar_uid(guest.meetup), stamp=clock.now(), partstat="DECLINED"
    ).replace(b"ATTENDEE;", b'ATTENDEE;X-NUM-GUESTS=0;X-RESPONSE-COMMENT="Ill, sorry";')

    assert take_in(raw, organizer_address(guest)) == "answer"

    assert words_for_the_host(guest) == ["Ill, sorry"]


def test_words_sent_with_another_time_reach_the_host_and_change_no_answer():
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, "TENTATIVE", method="COUNTER", more="COMMENT:Could we begin at eight?\n") == "words"

    guest.refresh_from_db()
    assert guest.rsvp == "yes"
    assert words_for_the_host(guest) == ["Could we begin at eight?"]


def test_words_sent_with_an_outdated_answer_reach_the_host():
    guest = make_guest(make_meetup(), rsvp="yes")

    assert say(guest, "DECLINED", stamp=clock.now() - timedelta(days=3), more="COMMENT:The train is late.\n") == "words"

    assert words_for_the_host(guest) == ["The train is late."]


def test_what_outlook_quotes_in_a_comment_and_every_link_is_cut(settings):
    settings.PUBLIC_URL = "https://longtable.example"
    guest = make_guest(make_meetup(), rsvp="yes")
    comment = (
        r"I am ill.\n\n-----Original Appointment-----\nFrom: Ana via Longtable <meetups@localhost>\nSent: Monday\, 23/11/2026\n"
        rf"To: {guest.email}\nSubject: Soup\n\nhttps://longtable.example/r/{make_guest_token(guest)}"
    )

    say(guest, "DECLINED", more=f"COMMENT:{comment}\n")

    assert words_for_the_host(guest) == ["I am ill."]


def test_a_mail_to_the_address_in_the_calendar_reaches_the_host():
    guest = make_guest(make_meetup(), rsvp="yes")
    to = organizer_address(guest)

    assert take_in(returned.words(to, "Is there a stair?"), to) == "words"

    assert words_for_the_host(guest) == ["Is there a stair?"]


def test_words_at_the_calendars_address_of_a_guest_with_a_new_link_reach_nobody():
    guest = renew_link(make_guest(make_meetup(), rsvp="yes"))

    assert take_in(returned.words(organizer_address(guest))) == "nothing"
    assert say(guest, "DECLINED", more="COMMENT:hello\n") == "nothing"


def test_a_calendars_words_are_read_in_their_charset():
    guest = make_guest(make_meetup(), rsvp="yes")
    raw = returned.calendar_reply(
        organizer_address(guest),
        attendee=guest.email,
        uid=calendar_uid(guest.meetup),
        stamp=clock.now(),
        partstat="DECLINED",
        more="COMMENT:Désolée – l’œil\n",
    )
    raw = raw.decode().replace("charset=utf-8", "charset=iso-8859-1").encode("cp1252")

    take_in(raw, organizer_address(guest))

    assert words_for_the_host(guest) == ["Désolée – l’œil"]


def test_an_answer_after_the_evening_began_is_discarded():
    assert say(make_guest(make_meetup(in_days=-1), rsvp="yes"), "DECLINED") == "nothing"


def test_the_calendar_file_names_the_address_that_answers_come_to(sink):
    guest = make_guest(make_meetup(), rsvp="yes")
    make_delivery("confirmation", guest=guest, context={"rsvp": "yes"})

    deliver_due()

    [received] = sink.messages
    parts = [part.get_content() for part in received.message.walk() if part.get_content_type() == "text/calendar"]
    assert all(f"mailto:{organizer_address(guest)}" in part.replace("\r\n ", "") for part in map(str, parts))
