"""The letter with the code: who gets one, and what the page says when it cannot be sent."""

import re
import time
from urllib.parse import urlsplit

import pytest
from django.test import Client

from hosts.mail import immediate
from tests import smtpsink
from tests.factories import make_user
from tests.hosts import ledgers

pytestmark = pytest.mark.django_db


@pytest.fixture
def through(settings):
    """Send mail through an SMTP server."""

    def use(sink: smtpsink.Sink):
        parts = urlsplit(sink.url)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = parts.hostname, parts.port

    return use


CODE_PAGE = "/accounts/login/code/confirm/"


def test_sign_in_letter_reads_well_alone_and_asks_for_no_automatic_answer(ask, code_in, mailoutbox, settings):
    ask("ana@example.org")

    letter = mailoutbox[0]
    code = code_in("ana@example.org")
    assert code not in letter.subject
    assert "fifteen minutes" in letter.body
    assert all(len(line) <= 76 for line in letter.body.splitlines())
    assert letter.to == ["ana@example.org"]
    assert letter.from_email == settings.DEFAULT_FROM_EMAIL
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert letter.extra_headers["Message-ID"].endswith(f"@{settings.MAIL_DOMAIN}>")


def test_relay_that_is_down_is_said_in_a_sentence_and_nothing_is_lost(client, ask, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = ask("ana@example.org", next="/host/new/")

    page = response.content.decode()
    assert response.status_code == 200
    assert "Our mail is down. Nothing is lost: try again in a minute." in page
    assert 'value="ana@example.org"' in page
    assert 'name="next" value="/host/new/"' in page


def test_relay_that_is_down_does_not_use_up_the_letter_of_the_day(ask, settings, mailoutbox, ledger):
    ledger(ledgers.once)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ask("new@example.org")
    settings.EMAIL_BACKEND = working

    ask("new@example.org")

    assert [letter.to for letter in mailoutbox] == [["new@example.org"]]


def test_ledger_that_says_no_changes_nothing_but_the_letter(client, ask, ledger, mailoutbox):
    ledger(ledgers.never)

    response = ask("new@example.org")

    assert (response.status_code, response.url) == (302, CODE_PAGE)
    assert client.get(CODE_PAGE).status_code == 200
    assert mailoutbox == []


def test_ledger_is_not_asked_about_somebody_who_proved_the_address(ask, ledger, mailoutbox):
    ledger(ledgers.never)
    make_user("ana@example.org")

    ask("ana@example.org")

    assert len(mailoutbox) == 1


def test_account_that_is_switched_off_gets_the_same_page_and_no_letter(ask, mailoutbox):
    make_user("ana@example.org", is_active=False)

    response = ask("ana@example.org")

    assert (response.status_code, response.url) == (302, CODE_PAGE)
    assert mailoutbox == []


@pytest.mark.parametrize("mode", [smtpsink.REFUSE_SENDER, smtpsink.DEFER_RECIPIENT, smtpsink.DEFER_DATA, smtpsink.DROP_AFTER_DOT])
def test_relay_that_will_not_take_the_letter_now_is_said_in_a_sentence(ask, through, mode):
    with smtpsink.Sink(mode) as sink:
        through(sink)
        response = ask("ana@example.org")

    assert response.status_code == 200
    assert "Our mail is down. Nothing is lost: try again in a minute." in response.content.decode()


def test_relay_that_hangs_does_not_hold_the_page_for_longer_than_the_limit(ask, through, monkeypatch):
    monkeypatch.setattr(immediate, "MAIL_NOW_SECONDS", 0.5)
    with smtpsink.Sink(smtpsink.HANG_AT_MAIL) as sink:
        through(sink)
        started = time.monotonic()
        response = ask("ana@example.org")

    assert time.monotonic() - started < 3
    assert "Our mail is down." in response.content.decode()


def test_relay_that_knows_no_such_address_is_said_beside_the_field(ask, through):
    with smtpsink.Sink(smtpsink.REFUSE_RECIPIENT) as sink:
        through(sink)
        response = ask("ana@example.org")

    assert response.context["form"].errors["email"] == ["Our mail was refused for this address. Is it spelled right?"]


def test_code_arrives_through_a_real_relay_and_opens_the_door(ask, through, type_in):
    make_user("ana@example.org")
    with smtpsink.Sink() as sink:
        through(sink)
        ask("ana@example.org")
        letter = sink.to("ana@example.org")[0]

    code = re.search(r"^(\d{6})\s*$", letter.text, re.MULTILINE).group(1)
    assert immediate.MAIL_NOW_SECONDS == 10
    assert type_in(code).url == "/host/"


@pytest.mark.parametrize("number", [2, 7])
def test_a_page_takes_as_long_whether_or_not_the_address_gets_a_letter(through, settings, ledger, number):
    make_user("ana@example.org")
    ledger(ledgers.never)
    settings.TRUSTED_PROXIES = 1
    seconds = {}

    with smtpsink.Sink(delay=0.4) as sink:
        through(sink)
        for email in ("ana@example.org", "new@example.org"):
            for asked in range(number):
                browser = Client(headers={"X-Forwarded-For": f"203.0.113.{asked}"})
                began = time.monotonic()
                browser.post("/accounts/login/", {"email": email})
                seconds[email] = time.monotonic() - began
        letters = [len(sink.to(email)) for email in seconds]

    known, new = seconds.values()
    assert letters == [min(number, 3), 0]
    assert min(known, new) > 0.4
    assert abs(known - new) < 0.2
