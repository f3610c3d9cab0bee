"""Mail that is sent during a request: how we greet the relay, and what its refusals are about."""

import pytest
from django.core.mail import EmailMessage

from hosts.mail.immediate import AddressRefused, MailIsDown, send_now
from hosts.mail.refusals import refuses_us, says_no_such_address
from tests import smtpsink


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.EMAIL_BACKEND = "hosts.mail.immediate.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EHLO_NAME = "tables.example.org"
        yield sink


def code_for_ana() -> EmailMessage:
    return EmailMessage("Your code", "123456", "meetups@example.org", ["ana@example.org"])


def test_the_relay_is_greeted_with_the_name_of_the_site(sink):
    send_now(code_for_ana())

    assert sink.greeted_as == ["tables.example.org"]
    assert len(sink.to("ana@example.org")) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 No such user", AddressRefused),
        ("451 4.3.0 Later", MailIsDown),
        ("554 5.7.1 <ana@example.org>: Relay access denied", MailIsDown),
        ("504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname", MailIsDown),
    ],
)
def test_a_refusal_of_us_is_not_told_as_one_of_the_address(sink, answer, expected):
    sink.answers["ana@example.org"] = answer

    with pytest.raises(expected):
        send_now(code_for_ana())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (504, "5.5.2 <ana>: Recipient address rejected: need fully-qualified address"),
        (554, "5.7.1 <ana@example.org>: Recipient address rejected: Access denied"),
        (550, "5.1.1 The email account that you tried to reach does not exist"),
        (550, "5.7.1 Not from you"),
        (553, "5.1.3 Bad recipient address syntax"),
        (501, "5.1.3 Bad recipient address syntax"),
    ],
)
def test_a_refusal_of_a_recipient_is_not_about_us(code, words):
    assert not refuses_us(code, words)


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (550, "5.1.1 Gone", True),
        (550, "5.1.10 RecipientNotFound", True),
        (550, "No such user here", True),
        (None, "user unknown", True),
        (550, "5.1.18 Something new", False),
        (554, "5.7.1 blocked, your address 5.1.1.7 is on a list", False),
        (552, "5.1.1 mailbox is full", False),
        (450, "4.1.1 user unknown for now", False),
        (550, "Recipient unknown to our spam policy", False),
        (550, "", False),
    ],
)
def test_only_words_about_the_address_say_that_it_does_not_exist(code, words, expected):
    assert says_no_such_address(code, words) == expected
