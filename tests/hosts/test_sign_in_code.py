"""The six digits: how long they are good, how often they can be guessed and asked for."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from hosts.models import User
from hosts.services import find_or_add_user, spend_code
from hosts.signin.codes import make_code
from hosts.signin.flow import may_guess
from tests.factories import make_factor, make_user
from tests.hosts import ledgers

pytestmark = pytest.mark.django_db


CODE_PAGE = "/accounts/login/code/confirm/"


def wrong(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


def test_two_browsers_asking_at_once_may_both_type_the_same_code(client, ask, code_in, type_in, ledger):
    ledger(ledgers.once)
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


# Used once, guessed five times ---------------------------------------------------------------------------------------


def test_a_used_code_is_not_good_in_another_browser_that_asked_for_one(ask, code_in, mailoutbox):
    make_user("ana@example.org")
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/accounts/login/", {"email": "ana@example.org"})
    code = code_in("ana@example.org")

    first = here.post(CODE_PAGE, {"code": code})
    second = there.post(CODE_PAGE, {"code": code})

    assert first.url == "/host/"
    assert second.status_code == 200
    assert "That is not the code." in second.content.decode()
    assert "_auth_user_id" not in there.session


def test_a_code_is_used_before_the_second_factor_is_asked_for(code_in):
    ana = make_user("ana@example.org")
    make_factor(ana)
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/accounts/login/", {"email": "ana@example.org"})
    code = code_in("ana@example.org")

    first = here.post(CODE_PAGE, {"code": code})
    second = there.post(CODE_PAGE, {"code": code})

    assert first.url.startswith("/accounts/2fa/authenticate/")
    assert second.status_code == 200


def test_of_two_who_use_a_code_at_the_same_moment_one_is_let_in():
    ana = make_user("ana@example.org")
    one, other = User.objects.get(pk=ana.pk), User.objects.get(pk=ana.pk)

    assert [spend_code(one), spend_code(other)] == [True, False]


def test_after_it_was_used_the_next_letter_has_another_code(client, ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")
    used = code_in("ana@example.org")
    type_in(used)
    client.post("/accounts/logout/")

    ask("ana@example.org")

    assert code_in("ana@example.org") != used
    assert type_in(code_in("ana@example.org")).url == "/host/"


def test_ten_guesses_at_the_same_moment_are_five(client, ask, code_in):
    make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")
    before = dict(client.session)
    said = []

    for guess in [wrong(code)] * 9 + [code]:
        # What the session counts is lost, as when all requests read it before one of them writes it.
        session = client.session
        session.update(before)
        session.save()
        said.append(client.post(CODE_PAGE, {"code": guess}).content.decode())

    refused = {re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in said[5:]}
    assert ["That is not the code." in page for page in said] == [True] * 5 + [False] * 5
    # Word for word the same for the right code, or one could go on guessing.
    assert len(refused) == 1 and "Please wait a few minutes" in refused.pop()
    assert "_auth_user_id" not in client.session


def test_five_wrong_codes_are_no_harm_to_the_next_try_in_the_same_browser(ask, code_in, type_in):
    make_user("ana@example.org")
    ask("ana@example.org")
    for _ in range(5):
        type_in(wrong(code_in("ana@example.org")))

    ask("ana@example.org")

    assert type_in(code_in("ana@example.org")).url == "/host/"


# Limits are those of the sender --------------------------------------------------------------------------------------


@pytest.fixture
def from_elsewhere(settings):
    """Ask for a code from another network, in a browser of its own, and return the browser and the answer."""
    settings.TRUSTED_PROXIES = 1

    def ask_from(number: int, email: str = "ana@example.org"):
        browser = Client(headers={"X-Forwarded-For": f"203.0.113.{number}"})
        return browser, browser.post("/accounts/login/", {"email": email})

    return ask_from


def test_ten_senders_do_not_lock_somebody_out(from_elsewhere, code_in, mailoutbox):
    make_user("ana@example.org")
    for number in range(10):
        browser, answer = from_elsewhere(number)
        assert answer.url == CODE_PAGE
        for _ in range(5):
            browser.post(CODE_PAGE, {"code": "000000"})

    ana, asked = from_elsewhere(77)
    typed = ana.post(CODE_PAGE, {"code": code_in("ana@example.org")})

    assert asked.url == CODE_PAGE
    assert typed.url == "/host/"


def test_a_code_that_is_out_stays_good_whoever_asks_for_another(client, ask, code_in, type_in, from_elsewhere):
    make_user("ana@example.org")
    client.post("/accounts/login/", {"email": "ana@example.org"}, headers={"X-Forwarded-For": "198.51.100.1"})
    code = code_in("ana@example.org")

    for number in range(10):
        from_elsewhere(number)

    assert client.post(CODE_PAGE, {"code": code}, headers={"X-Forwarded-For": "198.51.100.1"}).url == "/host/"


def test_a_mailbox_gets_three_letters_with_the_same_code_from_however_many_senders(from_elsewhere, mailoutbox):
    make_user("ana@example.org")

    for number in range(10):
        from_elsewhere(number)

    assert len(mailoutbox) == 3


def test_one_sender_is_limited_whatever_session_they_begin(from_elsewhere, code_in):
    make_user("ana@example.org")
    said = []
    for _ in range(3):
        browser, _answer = from_elsewhere(1)
        said += [browser.post(CODE_PAGE, {"code": "000000"}) for _guess in range(5)]
    ana, _answer = from_elsewhere(2)
    ana.post(CODE_PAGE, {"code": code_in("ana@example.org")})
    guesser = Client(headers={"X-Forwarded-For": "203.0.113.1"})

    refused = guesser.post("/accounts/login/", {"email": "ana@example.org"})

    assert len(said) == 15
    assert "Please wait a few minutes" in refused.content.decode()
    assert "_auth_user_id" in ana.session


def test_guesses_at_the_same_moment_are_counted_one_by_one(rf):
    """Ten threads of a server, each with its own request of one browser."""
    sign_in = SimpleNamespace(state={"at": 1.0}, user=SimpleNamespace(pk=1))

    def guess(_number: int) -> bool:
        request = rf.post(CODE_PAGE)
        request.session = SimpleNamespace(session_key="one browser")
        return may_guess(request, sign_in)

    with ThreadPoolExecutor(10) as threads:
        allowed = list(threads.map(guess, range(10)))

    assert allowed.count(True) == 5


def in_digits_from(zero: str, code: str) -> str:
    """Return a code in the ten digits that begin with this zero."""
    return "".join(chr(ord(zero) + int(digit)) for digit in code)


@pytest.mark.parametrize("zero", ["٠", "۰", "०", "০", "０", "\U0001d7ce"])
def test_a_code_is_taken_in_the_digits_of_any_script(client, ask, code_in, type_in, zero):
    make_user("ana@example.org")
    ask("ana@example.org")

    response = type_in(in_digits_from(zero, code_in("ana@example.org")))

    assert response.url == "/host/"


@pytest.mark.parametrize("between", [" ", "-", "–", "\u2212", "－", "ー", "\u00a0", "\u3000", "\u200f", "\u2066", "\u00ad"])
def test_a_code_is_taken_with_whatever_stands_between_its_digits(client, ask, code_in, type_in, between):
    make_user("ana@example.org")
    ask("ana@example.org")
    code = code_in("ana@example.org")

    response = type_in(f"{between}{code[:3]}{between}{code[3:]}{between}")

    assert response.url == "/host/"
