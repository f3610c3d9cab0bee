"""The message around a letter: headers, threading, the calendar part, and people's words in headers."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from meetups.access.tokens import PairingSide, make_pairing_token, make_unsubscribe_token, make_user_unsubscribe_token
from meetups.letters import build_message
from meetups.letters.letter import _written
from meetups.letters.message_template import write_message
from meetups.models import Delivery, Guest, Pairing
from meetups.times import clock
from tests.factories import make_campaign, make_delivery, make_guest, make_host
from tests.letters.letters import OTHER_SELECTOR, TO_HOSTS, VARIANTS, make_evening, make_letter, make_table

pytestmark = pytest.mark.django_db
ANSWERS_TO_AN_ACT = {"confirmation", "waiting", "prove_address", "removed", "canceled", "new_link", "my_meetups", "friend_no"}
ANSWERS_TO_AN_ACT |= {"intervened", "freeze_answered"}
NASTY = 'Ana "the, cook"\r\nBcc: everybody@example.org\u2028\u202egnp.exe\x07 Ли'


def parsed(message):
    """Return the message as the reader's program parses it."""
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_message_has_one_reader_and_the_headers_of_a_machine(kind):
    meetup = make_evening()
    make_table(meetup)
    delivery = make_letter(kind, meetup=meetup)

    mail = parsed(build_message(delivery))

    reader = delivery.guest or delivery.user
    assert [address.addr_spec for address in mail["To"].addresses] == [reader.email]
    assert mail["Cc"] is None and mail["Bcc"] is None
    # Only two who were paired, and an organizer who wrote to a host, have agreed that the other gets their address.
    agreed = {"paired": lambda: Pairing.objects.get().helper.email, "organizer_words": lambda: "olga@example.org"}
    agreed["campaign_letter"] = agreed["organizer_words"]
    other = agreed[kind]() if kind in agreed else None
    assert mail["Reply-To"] == other
    assert mail["Message-ID"] == delivery.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert abs(mail["Date"].datetime - clock.now()) < timedelta(minutes=1)
    assert mail["From"].addresses[0].addr_spec == "meetups@localhost"


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_text_comes_first_then_html(kind):
    meetup = make_evening()
    make_table(meetup)

    mail = parsed(build_message(make_letter(kind, meetup=meetup)))

    alternative = next(part for part in mail.walk() if part.get_content_type() == "multipart/alternative")
    assert [part.get_content_type() for part in alternative.iter_parts()][:2] == ["text/plain", "text/html"]


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_one_click_unsubscribe_is_in_all_but_answers_to_an_act(kind, settings):
    settings.PUBLIC_URL = "https://longtable.example"
    meetup = make_evening()
    make_table(meetup)
    delivery = make_letter(kind, meetup=meetup)

    message = build_message(delivery)

    mail = parsed(message)
    token = make_unsubscribe_token(delivery.guest) if delivery.guest else make_user_unsubscribe_token(delivery.user)
    link = f"https://longtable.example/u/{token}"
    if kind == "paired":
        link = f"https://longtable.example/pairing/{make_pairing_token(PairingSide(Pairing.objects.get(), is_helper=False))}"
    if kind in ("organizer_words", "campaign_letter", "organizer_news"):
        # Out of the letters of this campaign alone.
        link += f"?campaign={delivery.context['campaign']}"
    assert link in message.body and link in message.alternatives[0].content
    is_list = kind not in ANSWERS_TO_AN_ACT
    assert mail["List-Unsubscribe"] == (f"<{link}>" if is_list else None)
    raw = message.message().as_bytes(linesep="\r\n")
    assert (f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in raw) == is_list
    assert mail["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if is_list else None)
    assert (mail["List-Id"] is not None) == is_list


def test_list_id_is_the_campaigns_where_there_is_one():
    evening = make_evening(campaign=make_campaign(slug="read-together"))

    mail = parsed(build_message(make_letter("invitation", meetup=evening)))

    assert mail["List-Id"] == "<read-together.localhost>"


def test_list_id_of_a_host_is_the_same_for_all_their_meetups_and_tells_no_address():
    host = make_host("ana@example.org")
    first = make_letter("invitation", meetup=make_evening(host, code="aaaaaaaaaa"))
    second = make_letter("invitation", meetup=make_evening(host, code="bbbbbbbbbb"), selector=OTHER_SELECTOR)

    ids = {parsed(build_message(delivery))["List-Id"] for delivery in [first, second]}

    assert len(ids) == 1
    assert "ana@" not in ids.pop()


def test_first_letter_has_no_thread():
    mail = parsed(build_message(make_letter("invitation")))

    assert mail["References"] is None and mail["In-Reply-To"] is None


def test_later_letter_hangs_on_the_first_one_sent():
    later = make_letter("three_days")
    guest = later.guest
    sent = {"state": Delivery.State.SENT, "finished_at": clock.now()}
    root = make_delivery("invitation", guest=guest, **sent)
    make_delivery("seven_days", guest=guest, state=Delivery.State.SENT, finished_at=clock.now() + timedelta(hours=1))

    message = build_message(later)

    mail = parsed(message)
    assert mail["References"] == mail["In-Reply-To"] == root.message_id
    assert message.subject.startswith("Dinner at Ana's, Tuesday 15 December: ")


@pytest.mark.parametrize("state", ["queued", "failed", "expired", "withdrawn", "unknown"])
def test_letter_that_never_left_is_no_root(state):
    later = make_letter("three_days")
    make_delivery("invitation", guest=later.guest, state=state)

    assert parsed(build_message(later))["References"] is None


def test_another_guests_letter_is_no_root():
    later = make_letter("three_days")
    other = Guest.objects.create(meetup=later.meetup, email="other@example.org", name="Other")
    make_delivery("invitation", guest=other, state=Delivery.State.SENT, finished_at=clock.now())

    assert parsed(build_message(later))["References"] is None


def test_every_try_has_the_same_message_id():
    delivery = make_letter("invitation")

    assert build_message(delivery).message()["Message-ID"] == build_message(delivery).message()["Message-ID"]


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_nasty_names_and_titles_make_no_header(kind):
    host = make_host("ana@example.org", shown_name=NASTY)
    meetup = make_evening(host, title=NASTY, town_name=NASTY, word=NASTY)
    make_table(meetup)
    delivery = make_letter(kind, meetup=meetup, **({} if kind in TO_HOSTS else {"name": NASTY, "note": NASTY}))
    if kind in ("organizer_added", "organizer_role"):
        delivery.context["by"] = NASTY

    message = build_message(delivery)

    mail = parsed(message)
    assert mail["Bcc"] is None
    assert len(mail["From"].addresses) == 1 and mail["From"].addresses[0].addr_spec == "meetups@localhost"
    assert [defect for header in ["From", "To", "Subject"] for defect in mail[header].defects] == []
    for mark in ["\u2028", "\u202e", "\x07", "\r"]:
        assert mark not in message.subject + message.from_email + message.body


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana", "Ana via Longtable"),
        ('Ana "the cook" Li', 'Ana "the cook" Li via Longtable'),
        ("Li, Ana", "Li, Ana via Longtable"),
        ("Зоя Ивановна", "Зоя Ивановна via Longtable"),
        ("Zoë <boss@bank.example>", "Zoë <boss@bank.example> via Longtable"),
        ("Ana\\", "Ana\\ via Longtable"),
    ],
)
def test_sender_is_the_host_by_name_at_our_address(name, shown):
    meetup = make_evening(make_host("ana@example.org", shown_name=name))

    sender = parsed(build_message(make_letter("invitation", meetup=meetup)))["From"].addresses

    assert [(address.display_name, address.addr_spec) for address in sender] == [(shown, "meetups@localhost")]


def test_name_that_makes_the_sender_too_long_falls_away():
    meetup = make_evening(make_host("ana@example.org", shown_name="🍞" * 60))

    sender = parsed(build_message(make_letter("invitation", meetup=meetup)))["From"].addresses

    assert [(address.display_name, address.addr_spec) for address in sender] == [("", "meetups@localhost")]


@pytest.mark.parametrize("title", ["x" * 10_000, "word " * 2_000, "🍞" * 40, "\u202e" * 50 + "ok"])
def test_any_title_makes_a_valid_message(title):
    delivery = make_letter("confirmation")
    delivery.guest.meetup.title = title

    message = build_message(delivery)

    mail = parsed(message)
    assert mail["Subject"] == message.subject
    assert len(message.subject) <= 150
    assert message.subject.endswith(", Tuesday 15 December: you have a seat")
    assert max(len(line) for line in message.message().as_bytes(linesep="\r\n").split(b"\r\n")) <= 998


@pytest.mark.parametrize("letter", ["é", "ễ", "é x", "日", "🍲"])
@pytest.mark.parametrize("length", [1, 7, 13, 20, 37])
def test_encoded_words_and_their_lines_are_as_short_as_the_standard_says(letter, length):
    name = (letter * length)[:length]
    delivery = make_letter("confirmation")
    delivery.guest.meetup.host.shown_name, delivery.guest.meetup.title = name, name * 2

    for raw in (build_message(delivery).message().as_bytes(linesep="\r\n"), write_message(delivery)):
        head = raw.partition(b"\r\n\r\n")[0]
        words = re.findall(rb"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=", head)
        assert words
        assert max(map(len, words)) <= 75
        assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76
        sender = str(make_header(decode_header(message_from_bytes(raw)["From"])))
        assert sender == f"{name.strip()} via Longtable <meetups@localhost>"


@pytest.mark.parametrize("name", VARIANTS)
def test_calendar_goes_only_where_it_should_and_says_its_method_twice(name):
    kind, rsvp, context = VARIANTS[name]
    meetup = make_evening()
    make_table(meetup)

    mail = parsed(build_message(make_letter(kind, meetup=meetup, rsvp=rsvp, context=context)))

    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    expected = {
        "confirmation": "REQUEST",
        "confirmation_missed": "REQUEST",
        "confirmation_welcome": "REQUEST",
        "date_chosen": "REQUEST",
        "moved": "REQUEST",
        "confirmation_no_had_seat": "CANCEL",
        "canceled": "CANCEL",
        "removed": "CANCEL",
        "waiting_fewer": "CANCEL",
    }.get(name)
    assert [part.get_param("method") for part in parts] == ([expected] * 2 if expected else [])
    assert [f"METHOD:{expected}" in part.get_content() for part in parts] == ([True] * 2 if expected else [])
    assert [part.get_content_charset() for part in parts] == (["utf-8"] * 2 if expected else [])
    assert [part.get_filename() for part in parts] == ([None, "invite.ics"] if expected else [])


def test_links_use_the_public_url_of_the_settings(settings):
    settings.PUBLIC_URL = "https://evenings.example"

    assert "https://evenings.example/r/" in build_message(make_letter("invitation")).body


def test_guests_who_are_told_the_same_share_one_rendering():
    first = make_letter("invitation")
    others = [
        make_delivery("invitation", guest=make_guest(first.meetup, name=f"Zoë & {number}"), context=first.context)
        for number in range(3)
    ]
    build_message(first)
    renderings = _written.cache_info().misses

    messages = [build_message(delivery) for delivery in others]

    assert _written.cache_info().misses == renderings
    assert [message.body.splitlines()[0] for message in messages] == ["Dear Zoë & 0,", "Dear Zoë & 1,", "Dear Zoë & 2,"]
    assert "Dear Zoë &amp; 1," in messages[1].alternatives[0].content
    assert len({message.extra_headers["List-Unsubscribe"] for message in messages}) == 3


def test_change_of_the_meetup_is_a_new_letter():
    delivery = make_letter("invitation")
    build_message(delivery)
    delivery.guest.meetup.title = "Supper at Ana's"

    assert "Supper at Ana's" in build_message(delivery).body
