"""The staff's back door."""

from io import StringIO

import pytest
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command

from hosts.models import User
from hosts.signin.session_factor import SESSION_KEY
from tests.factories import make_factor, make_user, sign_in_with_factor

pytestmark = pytest.mark.django_db


def make_staff(email: str = "staff@example.org", *, with_second_factor: bool = True) -> User:
    user = make_user(email, is_staff=True, is_superuser=True)
    if with_second_factor:
        make_factor(user)
    return user


def follow(client, path: str):
    """Return the answer behind Django's own step to its login page."""
    response = client.get(path)
    return client.get(response.url) if response.status_code == 302 and response.url.startswith("/staff/login/") else response


def test_staff_door_sends_a_stranger_to_sign_in_and_back(client):
    response = follow(client, "/staff/hosts/user/")

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/staff/hosts/user/")


def test_staff_door_is_closed_to_a_host(client):
    client.force_login(make_user())

    assert follow(client, "/staff/").status_code == 403
    assert follow(client, "/staff/hosts/user/").status_code == 403


def test_staff_door_leads_staff_without_a_second_factor_to_setting_one_up(client):
    client.force_login(make_staff(with_second_factor=False))

    response = follow(client, "/staff/")

    assert (response.status_code, response.url) == (302, "/accounts/2fa/")
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Staff need a passkey or an authenticator app. Set one up here, then come back to /staff/."
    ]
    assert client.get("/accounts/2fa/").status_code == 200


def test_staff_door_is_not_opened_by_recovery_codes_alone(client):
    user = make_staff(with_second_factor=False)
    codes = make_factor(user, "recovery_codes")
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = [user.pk, codes.pk]
    session.save()

    assert follow(client, "/staff/").url == "/accounts/2fa/"


def test_staff_door_opens_to_staff_with_a_second_factor(client):
    sign_in_with_factor(client, make_staff())

    assert client.get("/staff/").status_code == 200


def test_staff_with_a_second_factor_are_asked_for_it_after_the_code(client, ask, code_in, type_in):
    make_staff()
    ask("staff@example.org", next="/staff/")

    response = type_in(code_in("staff@example.org"), next="/staff/")

    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["/staff/password_change/", "/staff/password_change/done/"])
def test_staff_have_no_password_pages(client, path):
    sign_in_with_factor(client, make_staff())

    assert client.get(path).status_code == 404


def test_staff_command_makes_staff_and_says_what_is_next():
    said = StringIO()

    call_command("staff", "Ana@Example.org", stdout=said)

    user = User.objects.get(email="ana@example.org")
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, True, False)
    assert "ana@example.org is staff now." in said.getvalue()
    assert "/accounts/login/" in said.getvalue()
    assert "/accounts/2fa/" in said.getvalue()


def test_staff_command_run_again_changes_nothing():
    call_command("staff", "ana@example.org", stdout=StringIO())
    said = StringIO()

    call_command("staff", "ana@example.org", stdout=said)

    assert User.objects.count() == 1
    assert "nothing changed" in said.getvalue()


def test_staff_command_refuses_what_is_no_address():
    with pytest.raises(CommandError, match="is not an email address"):
        call_command("staff", "ana")
