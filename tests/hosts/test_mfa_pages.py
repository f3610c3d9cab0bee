"""allauth's own pages for passkeys and second factors, in our frame and under our policy."""

import re
import time

import pytest
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
