"""People's replies: forwarded to the other side, without either address."""

import pytest

from meetups.dispatch.send import deliver_due
from meetups.guests.services.access_link import renew_link
from meetups.inbound.handle import take_in
from meetups.letters import build_message
from meetups.models import Cohost, Delivery, Guest
from meetups.outbox.return_addresses import reply_addresses
from meetups.planning.services.change import cancel_meetup
from meetups.times import clock
from tests import returned
from tests.factories import make_delivery, make_guest, make_host, make_meetup
from tests.inbound.sent import LOGIN

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    "sender",
    ["maria@bücher.example", "MARIA@Bücher.Example", "maria@xn--bcher-kva.example", "=?utf-8?q?M=C3=A4?= <maria@bücher.example>"],
)
def test_words_from_the_guests_own_address_are_in_the_guests_name(sender):
    guest = make_guest(make_meetup(), "maria@bücher.example", name="Maria", rsvp="yes")
    [to] = reply_addresses(guest)

    take_in(returned.words(to).replace(b"Maria <maria.private@example.org>", sender.encode()), to)

    letter = build_message(Delivery.objects.get(kind="guest_words"))
    assert "Maria answered a letter about your evening:" in letter.body
    assert letter.subject.endswith(": Maria writes")


@pytest.mark.parametrize(
    "sender", ["Maria <maria.private@example.org>", "maria@example.com", '"maria@bücher.example" <x@evil.example>', ""]
)
def test_words_from_another_address_say_so_and_do_not_name_it(sender):
    guest = make_guest(make_meetup(), "maria@bücher.example", name="Maria", rsvp="yes")
    [to] = reply_addresses(guest)

    take_in(returned.words(to).replace(b"Maria <maria.private@example.org>", sender.encode()), to)

    letter = build_message(Delivery.objects.get(kind="guest_words"))
    for text in (letter.body, letter.alternatives[0].content):
        said = " ".join(text.split())
        assert "Somebody answered a letter to Maria about your evening, from another address than the one Maria has here." in said
        assert "Maria answered" not in said
        assert "I will be late." in said
        assert "maria.private" not in said and "evil" not in said
    assert letter.subject.endswith(": an answer from another address")


def test_the_host_writing_from_another_address_is_told_to_the_guest_and_a_co_host_is_a_host():
    meetup = make_meetup(make_host(LOGIN, shown_name="Ana"))
    guest = make_guest(meetup, rsvp="yes")
    [to] = reply_addresses(guest, is_to_host=True)
    cohost = make_host("paul@kitchen.example")
    Cohost.objects.create(meetup=meetup, user=cohost)

    for number, sender in enumerate([LOGIN, cohost.email, "ana@elsewhere.example"]):
        raw = returned.words(to, "Come at eight.", message_id=f"<{number}@x>").replace(
            b"maria.private@example.org", sender.encode()
        )
        assert take_in(raw, to) == "words"

    letters = [build_message(row).body for row in Delivery.objects.filter(kind="host_words").order_by("pk")]
    assert ["Ana answered you:" in letter for letter in letters] == [True, True, False]
    assert ["from another address than the one Ana has here" in " ".join(letter.split()) for letter in letters] == [
        False,
        False,
        True,
    ]


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
        "X-Autoresponder: yes\n",
        "X-Vacation: on\n",
        "X-Precedence: bulk\n",
        "Preference: auto_reply\n",
        "X-POST-MessageClass: 9; Autoresponder\n",
    ],
)
def test_a_program_is_not_passed_on(more):
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))

    assert take_in(returned.words(to, more=more)) == "nothing"
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Soup and one question",
        "Out of Office: Soup and one question",
        "Automatische Antwort: Suppe",
        "Abwesenheitsnotiz",
        "Réponse automatique : Soupe",
        "=?iso-8859-1?Q?R=E9ponse_automatique=A0:_Soupe?=",
        "Absence : je reviens lundi",
        "Respuesta automática: Sopa",
        "Resposta automática: Sopa",
        "Automatisch antwoord: Soep",
        "=?utf-8?B?6Ieq5YuV6L+U5L+h?=: dinner",
    ],
)
def test_an_absence_note_is_known_by_its_subject(subject):
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))
    raw = returned.words(to).replace(b"Subject: Re: Dinner", f"Subject: {subject}".encode())

    assert take_in(raw, to) == "nothing"


@pytest.mark.parametrize(
    ("header", "instead"),
    [
        ("From: Maria <maria.private@example.org>", "From: Maria <postmaster@rossi.example>"),
        ("Subject: Re: Dinner", "Subject: Re: Automatic reply: Dinner"),
        ("Subject: Re: Dinner", "Subject: Absence"),
        ("Subject: Re: Dinner", "X-Auto-Response-Suppress: DR, OOF, AutoReply"),
        ("Subject: Re: Dinner", "X-Auto-Response-Suppress: All"),
        ("Subject: Re: Dinner", "Auto-Submitted: no"),
    ],
)
def test_a_person_is_passed_on_though_a_header_looks_like_a_programs(header, instead):
    [to] = reply_addresses(make_guest(make_meetup(), rsvp="yes"))
    raw = returned.words(to).decode().replace(header, instead).encode()

    assert take_in(raw, to) == "words"


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
