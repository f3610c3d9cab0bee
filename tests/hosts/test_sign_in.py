"""One door: an address, six digits by mail, in."""

import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from hosts import mailnow
from hosts.adapter import is_own_path, make_code
from hosts.models import User
from hosts.services import find_or_add_user, let_knock
from tests import smtpsink
from tests.factories import make_user

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


def wrong(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


def without_secrets(page: bytes, email: str) -> str:
    """Return the page without what differs between any two visits."""
    text = page.decode().replace(email, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_sign_in_page_asks_for_nothing_but_an_address(client):
    response = client.get("/accounts/login/")

    assert response.status_code == 200
    assert 'name="email"' in response.content.decode()
    assert 'type="password"' not in response.content.decode()


def test_sign_in_of_a_known_address_takes_a_mailed_code(client, ask, code_in, type_in):
    ana = make_user("ana@example.org")

    asked = ask("Ana@Example.org ")
    typed = type_in(code_in("ana@example.org"))

    assert (asked.status_code, asked.url) == (302, CODE_PAGE)
    assert (typed.status_code, typed.url) == (302, "/host/")
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_sign_in_of_a_new_address_makes_an_account_when_the_code_is_typed(client, ask, code_in, type_in):
    ask("new@example.org")
    user = User.objects.get(email="new@example.org")
    before = user.proven_at

    type_in(code_in("new@example.org"))

    user.refresh_from_db()
    assert before is None
    assert user.proven_at is not None
    assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [("new@example.org", True, True)]


def test_sign_in_answers_a_known_and_an_unknown_address_alike(client, ask, mailoutbox):
    make_user("ana@example.org")
    pages = {}

    for email in ["ana@example.org", "new@example.org"]:
        client.cookies.clear()
        asked = ask(email)
        pages[email] = (asked.status_code, asked.url, without_secrets(client.get(CODE_PAGE).content, email))

    assert pages["ana@example.org"] == pages["new@example.org"]
    assert [letter.subject for letter in mailoutbox] == ["Your sign-in code for Longtable"] * 2


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


def test_sign_in_of_an_address_that_is_none_says_so_and_keeps_what_was_typed(ask, mailoutbox):
    response = ask("ana at example")

    assert response.status_code == 200
    assert "ana at example" in response.content.decode()
    assert response.context["form"].errors["email"] == ["Enter a valid email address."]
    assert mailoutbox == []


def test_second_press_sends_one_letter(client, ask, mailoutbox):
    ask("ana@example.org")
    second = ask("ana@example.org")

    assert (second.status_code, second.url) == (302, CODE_PAGE)
    assert len(mailoutbox) == 1


def test_two_browsers_asking_at_once_may_both_type_the_same_code(client, ask, code_in, type_in, settings):
    settings.SIGN_IN_LEDGER = "tests.hosts.ledgers.once"
    ask("new@example.org")
    client.cookies.clear()
    ask("new@example.org")

    response = type_in(code_in("new@example.org"))

    assert response.url == "/accounts/name/?next=%2Fhost%2F"


def test_wrong_code_is_refused_with_a_sentence(client, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")

    response = type_in(wrong(code_in("ana@example.org")))

    assert response.status_code == 200
    assert "That is not the code." in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_right_code_after_a_wrong_one_is_taken(client, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")
    type_in(wrong(code))

    response = type_in(f" {code[:3]}-{code[3:]} ")

    assert response.url == "/host/"


def test_five_wrong_codes_end_the_try_and_the_right_one_comes_too_late(client, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org", next="/host/new/")
    code = code_in("ana@example.org")

    answers = [type_in(wrong(code), next="/host/new/") for _ in range(5)]
    late = type_in(code)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 302]
    assert answers[-1].url == "/accounts/login/?next=%2Fhost%2Fnew%2F"
    assert late.url == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_code_runs_out_after_a_quarter_of_an_hour(client, ask, code_in, type_in, settings):
    make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    response = type_in(code, next="/host/new/")

    assert response.url == "/accounts/login/?next=%2Fhost%2Fnew%2F"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["That code has run out. Ask for a new one."]
    assert "_auth_user_id" not in client.session


def test_code_that_was_used_is_not_good_again(client, ask, code_in, type_in):
    ana = make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")
    type_in(code)
    client.post("/accounts/logout/")
    ana.refresh_from_db()

    assert make_code(ana, datetime.now(UTC)) != code


def test_code_has_six_digits_and_differs_between_people_and_quarters_of_an_hour():
    ana, ben = find_or_add_user("ana@example.org"), find_or_add_user("ben@example.org")
    at = ana.created_at + timedelta(minutes=5)

    assert re.fullmatch(r"\d{6}", make_code(ana, at))
    assert make_code(ana, at) == make_code(ana, at + timedelta(minutes=9))
    assert make_code(ana, at) != make_code(ben, at)
    assert make_code(ana, at) != make_code(ana, at + timedelta(minutes=11))


def test_code_page_without_having_asked_leads_back_to_the_door(client):
    response = client.get(CODE_PAGE)

    assert (response.status_code, response.url) == (302, "/accounts/login/")


def test_code_is_sent_again_on_request_and_is_the_same(client, ask, code_in, mailoutbox):
    make_user("ana@example.org")
    ask("ana@example.org")
    first = code_in("ana@example.org")

    response = client.post(CODE_PAGE, {"action": "resend", "next": "/host/new/"})

    assert response.url == f"{CODE_PAGE}?next=%2Fhost%2Fnew%2F"
    assert len(mailoutbox) == 2
    assert code_in("ana@example.org") == first


def test_next_is_kept_from_the_door_to_the_end(client, ask, code_in, type_in):
    make_user("ana@example.org")

    door = client.get("/accounts/login/?next=/host/new/%3Ffrom%3Da-b")
    asked = ask("ana@example.org", next="/host/new/?from=a-b")
    page = client.get(asked.url)
    typed = type_in(code_in("ana@example.org"), next="/host/new/?from=a-b")

    assert 'name="next" value="/host/new/?from=a-b"' in door.content.decode()
    assert asked.url == f"{CODE_PAGE}?next=%2Fhost%2Fnew%2F%3Ffrom%3Da-b"
    assert 'name="next" value="/host/new/?from=a-b"' in page.content.decode()
    assert typed.url == "/host/new/?from=a-b"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "host",
    ],
)
def test_next_to_anywhere_else_is_refused(client, ask, code_in, type_in, elsewhere):
    make_user("ana@example.org")

    asked = ask("ana@example.org", next=elsewhere)
    typed = type_in(code_in("ana@example.org"), next=elsewhere)

    assert asked.url == CODE_PAGE
    assert typed.url == "/host/"
    assert is_own_path(elsewhere) is False


def test_signed_in_person_is_sent_on_from_the_door(client):
    client.force_login(make_user())

    assert client.get("/accounts/login/?next=/host/new/").url == "/host/new/"
    assert client.get("/accounts/login/?next=//evil.example").url == "/host/"


def test_relay_that_is_down_is_said_in_a_sentence_and_nothing_is_lost(client, ask, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = ask("ana@example.org", next="/host/new/")

    page = response.content.decode()
    assert response.status_code == 200
    assert "Our mail is down. Nothing is lost: try again in a minute." in page
    assert 'value="ana@example.org"' in page
    assert 'name="next" value="/host/new/"' in page


def test_relay_that_is_down_does_not_use_up_the_letter_of_the_day(ask, settings, mailoutbox):
    settings.SIGN_IN_LEDGER = "tests.hosts.ledgers.once"
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ask("new@example.org")
    settings.EMAIL_BACKEND = working

    ask("new@example.org")

    assert [letter.to for letter in mailoutbox] == [["new@example.org"]]


def test_ledger_that_says_no_changes_nothing_but_the_letter(client, ask, settings, mailoutbox):
    settings.SIGN_IN_LEDGER = "tests.hosts.ledgers.never"

    response = ask("new@example.org")

    assert (response.status_code, response.url) == (302, CODE_PAGE)
    assert client.get(CODE_PAGE).status_code == 200
    assert mailoutbox == []


def test_ledger_is_not_asked_about_somebody_who_proved_the_address(ask, settings, mailoutbox):
    settings.SIGN_IN_LEDGER = "tests.hosts.ledgers.never"
    make_user("ana@example.org")

    ask("ana@example.org")

    assert len(mailoutbox) == 1


def test_account_that_is_switched_off_gets_the_same_page_and_no_letter(ask, mailoutbox):
    make_user("ana@example.org", is_active=False)

    response = ask("ana@example.org")

    assert (response.status_code, response.url) == (302, CODE_PAGE)
    assert mailoutbox == []


def test_fourth_letter_within_a_minute_is_refused_with_a_sentence(client, ask, mailoutbox):
    make_user("ana@example.org")
    for _ in range(4):
        client.cookies.clear()
        response = ask("ana@example.org")

    assert "Please wait a few minutes" in response.content.decode()
    assert len(mailoutbox) == 3


def test_limit_is_not_reset_by_a_forwarding_header_of_the_clients_own(client, mailoutbox):
    for number in range(21):
        claimed = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        response = client.post("/accounts/login/", {"email": f"guest{number}@example.org"}, **claimed)

    assert "Please wait a few minutes" in response.content.decode()
    assert len(mailoutbox) == 20


def test_guesses_are_counted_in_the_cache_and_not_only_in_the_session(client, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")
    before = dict(client.session)
    for _ in range(10):
        type_in(wrong(code))
        session = client.session
        session.update(before)
        session.save()

    response = type_in(code)

    assert "Please wait a few minutes" in response.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path",
    ["signup/", "login/code/", "password/reset/", "inactive/"],
)
def test_second_doors_lead_to_the_one(client, path):
    response = client.get(f"/accounts/{path}?next=/host/new/")

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/host/new/")


@pytest.mark.parametrize("path", ["email/", "password/change/", "password/set/", "reauthenticate/", "confirm-email/"])
def test_pages_about_passwords_lead_to_the_account(client, path):
    client.force_login(make_user())

    assert client.get(f"/accounts/{path}").url == "/accounts/"
    assert client.post(f"/accounts/{path}", {"password1": "x", "password2": "x"}).url == "/accounts/"


@pytest.mark.parametrize(
    "path", ["password/reset/key/1-a/", "password/reset/done/", "confirm-email/a/", "3rdparty/", "signup/passkey/"]
)
def test_other_pages_of_allauth_are_not_there(client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_password_posted_to_the_door_signs_nobody_in(client):
    make_user("ana@example.org", password="correct horse battery staple")

    client.post(
        "/accounts/login/", {"login": "ana@example.org", "email": "ana@example.org", "password": "correct horse battery staple"}
    )

    assert "_auth_user_id" not in client.session


def test_sign_out_is_a_post(client):
    client.force_login(make_user())

    shown = client.get("/accounts/logout/")
    still_in = "_auth_user_id" in client.session
    done = client.post("/accounts/logout/")

    assert (shown.status_code, still_in) == (200, True)
    assert (done.status_code, done.url) == (302, "/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("mode", [smtpsink.REFUSE_SENDER, smtpsink.DEFER_RECIPIENT, smtpsink.DEFER_DATA, smtpsink.DROP_AFTER_DOT])
def test_relay_that_will_not_take_the_letter_now_is_said_in_a_sentence(ask, through, mode):
    with smtpsink.Sink(mode) as sink:
        through(sink)
        response = ask("ana@example.org")

    assert response.status_code == 200
    assert "Our mail is down. Nothing is lost: try again in a minute." in response.content.decode()


def test_relay_that_hangs_does_not_hold_the_page_for_longer_than_the_limit(ask, through, monkeypatch):
    monkeypatch.setattr(mailnow, "MAIL_NOW_SECONDS", 0.5)
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
    assert mailnow.MAIL_NOW_SECONDS == 10
    assert type_in(code).url == "/host/"


def test_knock_late_in_the_first_day_begins_another_one():
    late = User.objects.create_user("late@example.org", created_at=timezone.now() - timedelta(hours=23))
    early = User.objects.create_user("early@example.org", created_at=timezone.now() - timedelta(hours=1))
    before = early.created_at

    assert timezone.now() - let_knock(late.email).created_at < timedelta(minutes=1)
    assert let_knock(early.email).created_at == before


def test_new_address_knocking_twice_is_one_account():
    assert find_or_add_user("new@example.org") == find_or_add_user(" New@example.org")
    assert not User.objects.get(email="new@example.org").has_usable_password()
