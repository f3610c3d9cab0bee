"""The bytes that are sent: filled into a template, and the same as those of the message that is built part by part."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from meetups.letters import build_message, find_roots, message_template, write_message
from meetups.letters.message import parts_of
from meetups.models import Delivery
from meetups.times import clock
from tests.factories import make_delivery, make_guest
from tests.letters.letters import VARIANTS, make_evening, make_letter, make_table

pytestmark = pytest.mark.django_db
BOUNDARY = re.compile(rb"=+[0-9]{15,}==")


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def templates(monkeypatch):
    """The templates that were made and used, None for a letter that was built alone."""
    used, make = [], message_template._template_for
    monkeypatch.setattr(message_template, "_template_for", lambda letter, parts: used.append(make(letter, parts)) or used[-1])
    return used


def slow(delivery: Delivery) -> bytes:
    return BOUNDARY.sub(b"==", build_message(delivery).message().as_bytes(linesep="\r\n"))


def quick(delivery: Delivery) -> bytes:
    return BOUNDARY.sub(b"==", write_message(delivery))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_letter_has_the_bytes_of_the_message_built_part_by_part(variant, templates):
    kind, rsvp, context = VARIANTS[variant]
    meetup = make_evening()
    make_table(meetup)
    delivery = make_letter(kind, meetup=meetup, rsvp=rsvp, context=context)

    assert quick(delivery) == slow(delivery)
    assert templates[0] is not None
    parsed = message_from_bytes(write_message(delivery), policy=policy.default)
    assert parsed.defects == [] and [part.defects for part in parsed.walk() if part.defects] == []


@pytest.mark.parametrize("name", ["Zoë & <b>Kim</b>", "Ли", 'Ana "the cook"', ".", "", "From here", "=20", "placeholder"])
def test_a_name_changes_nothing_but_itself(name, templates):
    delivery = make_letter("invitation", name=name)

    assert quick(delivery) == slow(delivery)
    assert templates[0] is not None


@pytest.mark.parametrize("length", [*range(30, 62), 200])
def test_a_subject_of_any_length_is_written_as_ever(length):
    meetup = make_evening()
    meetup.title = ("Soup and bread " * 20)[:length].strip()
    delivery = make_letter("please_confirm", meetup=meetup, rsvp="yes")

    assert quick(delivery) == slow(delivery)


@pytest.mark.parametrize("host", ["Zoë", 'Ana "the cook" Lopez', "A, B & C", "Name " * 60])
def test_a_sender_of_any_name_is_written_as_ever(host):
    meetup = make_evening()
    meetup.host.shown_name = host.strip()
    delivery = make_letter("please_confirm", meetup=meetup, rsvp="yes")

    assert quick(delivery) == slow(delivery)


@pytest.mark.parametrize(
    "word", ["From here on", ".", "é", "=20 \x0b and more", "From: <ana@example.org>", "Soup\r\nbread\rfish"]
)
def test_words_of_the_host_change_nothing_but_themselves(word):
    delivery = make_letter("three_days", meetup=make_evening(word=word), rsvp="yes")

    assert quick(delivery) == slow(delivery)


def test_tables_that_are_told_otherwise_share_the_outline_of_their_messages(monkeypatch):
    first = make_letter("please_confirm", meetup=make_evening(title="Soup"), rsvp="yes")
    write_message(first)
    monkeypatch.setattr(message_template, "put_together", lambda *_parts: pytest.fail("a tree was built"))
    first.meetup.title = "Bread"

    assert b"Subject: Soup" not in write_message(first)
    assert b"Bread" in write_message(first)


def test_a_thread_goes_on(templates):
    delivery = make_letter("three_days")
    sent = {"state": Delivery.State.SENT, "finished_at": clock.now()}
    root = make_delivery("invitation", guest=delivery.guest, **sent)

    assert quick(delivery) == slow(delivery)
    assert f"In-Reply-To: {root.message_id}\r\n".encode() in write_message(delivery)


def test_guests_who_are_told_the_same_share_one_frame_and_nothing_else(templates):
    meetup = make_evening()
    names = ["Ben", "Chandra", "Dov"]
    letters = [make_delivery("please_confirm", guest=make_guest(meetup, name=name, rsvp="yes")) for name in names]

    written = [write_message(letter) for letter in letters]

    assert len({id(template) for template in templates}) == 1
    for letter, data in zip(letters, written, strict=True):
        others = [other for other in letters if other is not letter]
        own, foreign = parts_of(letter, ""), [parts_of(other, "") for other in others]
        assert own.to.encode() in data and letter.message_id.encode() in data
        for parts in foreign:
            strange = [parts.to, parts.headers["Message-ID"], parts.headers["List-Unsubscribe"], *parts.inserts.values()]
            assert [words for words in strange if words.encode() in data] == []


@pytest.mark.parametrize("email", ["józef@example.org", f"{'a' * 60}@{'b.' * 95}example.org"])
def test_an_odd_address_is_written_as_ever(email):
    delivery = make_letter("invitation")
    delivery.guest.email = email

    assert quick(delivery) == slow(delivery)


def test_a_letter_with_an_endless_line_is_built_alone(templates):
    meetup = make_evening(word="https://example.org/" + "long" * 300)
    delivery = make_letter("three_days", meetup=meetup, name="Zoë")

    assert quick(delivery) == slow(delivery)
    assert templates == [None]


def test_the_threads_of_many_letters_are_found_with_one_query(django_assert_num_queries):
    meetup = make_evening()
    guests = [make_guest(meetup, rsvp="yes") for _ in range(3)]
    first = {"state": Delivery.State.SENT, "finished_at": clock.now() - timedelta(days=2)}
    later = {"state": Delivery.State.SENT, "finished_at": clock.now() - timedelta(days=1)}
    roots = [make_delivery("invitation", guest=guest, **first) for guest in guests[:2]]
    make_delivery("seven_days", guest=guests[0], **later)
    owed = [make_delivery("please_confirm", guest=guest) for guest in guests]

    with django_assert_num_queries(1):
        found = find_roots(owed)

    assert sorted(found.values()) == sorted(root.message_id for root in roots)
