"""Pages of what went wrong: plain words, a number to write to us with, and nothing of what broke."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import include, path

from config.wsgi import application
from meetups.operations.views import health


def break_down(request):
    raise RuntimeError("postgres://user:secret@db/name and ana@example.org")


urlpatterns = [path("", include("config.urls")), path("broken/", break_down)]
handler400 = health.bad_request
handler500 = health.server_error


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.urls(__name__)
def test_broken_page_gives_a_number_that_is_in_the_log_and_nothing_else(visitor, caplog):
    with caplog.at_level("INFO"):
        response = visitor.get("/broken/")

    page = response.content.decode()
    reference = re.search(r'<strong class="num">([0-9a-f]{8})</strong>', page).group(1)
    assert response.status_code == 500
    assert f"ref={reference}" in caplog.text
    assert [leak for leak in ["RuntimeError", "Traceback", "postgres", "secret", "ana@example.org"] if leak in page] == []
    assert response.cookies == {}


@pytest.mark.urls(__name__)
def test_broken_page_in_a_broken_frame_is_still_a_sentence_with_the_number(visitor, monkeypatch):
    def cannot_render(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(health, "render", cannot_render)

    page = visitor.get("/broken/").content.decode()

    assert re.search(r"<p>Something broke on our side.+ [0-9a-f]{8}</p>", page)


def test_missing_page_says_so_without_a_cookie(visitor):
    response = visitor.get("/no-such-page/")

    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()
    assert response.cookies == {}


def test_unknown_host_is_refused(visitor):
    response = visitor.get("/privacy/", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
    assert "We could not read that" in response.content.decode()


def test_form_without_its_token_is_refused_in_plain_words(visitor):
    response = visitor.post("/accounts/login/", {"email": "ana@example.org"})

    assert response.status_code == 403
    assert "Please send that once more" in response.content.decode()
    assert "CSRF" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["hex", "rot13", "undefined", "idna", '"utf-16"', "UTF-8"])
def test_a_body_is_read_as_utf_8_whatever_it_calls_itself(charset):
    body = '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nMüller\r\n--x--\r\n'.encode()
    named = {"CONTENT_TYPE": f"multipart/form-data; Charset={charset}; boundary=x"}
    environs = [RequestFactory().generic(method, "/mine/?lang=en", body).environ | named for method in ("GET", "POST")]
    told = []

    pages = [b"".join(application(environ, lambda status, _headers: told.append(status))) for environ in environs]

    assert told == ["200 OK", "200 OK"]
    assert 'value="Müller"'.encode() in pages[1]
