"""allauth's own pages for passkeys and second factors, in our frame and under our policy."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.http import HttpResponse
from django.urls import include, path

from hosts.models import User

STAND_INS = ["home", "find", "host_list", "privacy", "report", "mailbox"]
urlpatterns = [path("", include("hosts.urls"))] + [
    path(f"{name}/", lambda request: HttpResponse(), name=name) for name in STAND_INS
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

PAGES = [
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
]


@pytest.fixture
def host(client):
    user = User.objects.create_user(email="ana@example.org")
    user.shown_name = "Ana"
    user.save()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time(), "email": user.email}]
    session.save()
    return user


@pytest.mark.parametrize("url", PAGES)
def test_page_stands_in_our_frame_and_keeps_the_policy(client, host, url):
    response = client.get(url)

    html = response.content.decode()
    assert response.status_code == 200
    assert '<header class="site-head">' in html
    assert html.count("<h1") == 1
    assert "data:" not in html
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert re.findall(r"\sstyle=|<style", html) == []


def test_page_of_the_authenticator_app_draws_its_code_in_the_page(client, host):
    html = client.get("/accounts/2fa/totp/activate/").content.decode()

    assert re.search(r'<div class="qr" role="img" aria-label="[^"]+">\s*<svg', html)


@pytest.mark.parametrize("url", PAGES)
def test_page_sends_a_stranger_to_the_door(client, url):
    response = client.get(url)

    assert response.status_code == 302
    assert response.url.startswith("/accounts/")


def test_an_authenticator_is_added_with_a_code_in_other_digits(client, host):
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = client.session["mfa.totp.secret"]

    # Once more where the half minute of a code has ended on the way.
    for _try in range(2):
        code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
        arabic = "".join(chr(ord("٠") + int(digit)) for digit in code)
        response = client.post("/accounts/2fa/totp/activate/", {"code": f"{arabic[:3]} {arabic[3:]}"})
        if response.status_code == 302:
            break

    assert 'name="code"' in page
    assert response.status_code == 302
    assert Authenticator.objects.filter(user=host, type="totp").exists()
