"""Signing in with a mailed code: one page for known and new addresses."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from hosts.models import User
from hosts.services import find_or_add_user, find_or_add_user_signing_in
from hosts.signin.adapter import is_own_path
from tests.factories import make_user

pytestmark = pytest.mark.django_db


CODE_PAGE = "/accounts/login/code/confirm/"


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


def test_asking_late_in_the_first_day_keeps_the_unproven_row_for_another_day():
    late = User.objects.create_user("late@example.org", created_at=timezone.now() - timedelta(hours=23))
    early = User.objects.create_user("early@example.org", created_at=timezone.now() - timedelta(hours=1))
    before = early.created_at

    assert timezone.now() - find_or_add_user_signing_in(late.email).created_at < timedelta(minutes=1)
    assert find_or_add_user_signing_in(early.email).created_at == before


def test_new_address_that_asks_twice_is_one_account():
    assert find_or_add_user("new@example.org") == find_or_add_user(" New@example.org")
    assert not User.objects.get(email="new@example.org").has_usable_password()
