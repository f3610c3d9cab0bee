"""The privacy page and a word to the operator: for anybody, without a cookie."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client

from meetups.public.forms import ReportForm
from tests.reading import typed_in

# How often is too often is asked by the database's clock.
pytestmark = pytest.mark.django_db
WORDS = {"what": "The recap shows my photo.", "page": "/recaps/soup-x/", "email": "maria@example.org"}


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def test_privacy_page_says_for_how_long_as_the_settings_do(client, settings):
    settings.RETAIN_ADDRESS_DAYS, settings.RETAIN_CONTACT_OF_COMERS_DAYS, settings.PURGE_UNPROVEN_HOURS = 31, 46, 25

    response = client.get("/privacy/")

    page = response.content.decode()
    assert "31 days after the evening, your address, your name" in page
    assert "They are deleted 31 days after the evening" in page
    assert "until 46 days after it" in page
    assert "deleted after 25 hours" in page
    assert "at most 35 days" in page
    assert "help first-time hosts" in page and "paired is kept for a year" in page
    assert "Town names from GeoNames, CC BY 4.0" in page
    assert response.cookies == {}


def test_report_page_shows_a_form_without_a_cookie(client, mailoutbox):
    response = client.get("/report/?page=/recaps/soup-x/")

    page = response.content.decode()
    assert 'value="/recaps/soup-x/"' in page
    assert "csrfmiddlewaretoken" not in page
    assert response.cookies == {}
    assert mailoutbox == []


def test_report_reaches_the_operator_and_says_thank_you(client, mailoutbox, settings):
    settings.REPORT_TO = "operator@example.org"

    response = client.post("/report/", WORDS)
    thanks = client.get(response.url)

    letter = mailoutbox[0]
    assert (response.status_code, response.url) == (302, "/report/?sent=1")
    assert "Thank you" in thanks.content.decode()
    assert letter.to == ["operator@example.org"]
    assert letter.reply_to == ["maria@example.org"]
    assert letter.body.startswith("The recap shows my photo.\n\npage: /recaps/soup-x/\nanswer to: maria@example.org\nreference: ")
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_report_works_without_a_csrf_token():
    assert Client(enforce_csrf_checks=True).post("/report/", {"what": ""}).status_code == 200


def test_report_needs_words_and_keeps_the_rest(client, mailoutbox):
    response = client.post("/report/", WORDS | {"what": " "})

    page = response.content.decode()
    assert response.status_code == 200
    assert "<title>Error: " in page
    assert 'value="maria@example.org"' in page
    assert mailoutbox == []


def test_report_that_cannot_be_mailed_keeps_the_words_and_says_so(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = client.post("/report/", WORDS)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Our mail is down" in page
    assert "The recap shows my photo." in page


def test_report_of_a_machine_goes_nowhere_and_a_person_who_was_taken_for_one_presses_once_more(client, mailoutbox):
    trapped = client.post("/report/", WORDS | {"crumbs": "https://spam.example"})
    page = trapped.content.decode()

    assert "A program filled in this form, or helped you with it" in page and "<title>Error:" in page
    assert "The recap shows my photo." in page and "spam.example" not in page and 'name="crumbs"' not in page
    assert mailoutbox == []
    assert client.post("/report/", typed_in(page)).url == "/report/?sent=1"
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("template", ["public/report.html", "guests/_seat_fields.html", "recaps/removal_page.html"])
def test_no_browser_and_no_password_manager_has_a_value_for_the_field_that_people_do_not_see(template):
    known = r"name|mail|phone|tel|street|address|city|zip|post|country|compan|organi|website|url|user|login|pass|card|code|birth"
    html = render_to_string("public/_trap.html", {"form": ReportForm()})
    field, label = re.search(r"<input[^>]*>", html).group(), re.search(r"<label[^>]*>(.*)</label>", html).group(1)
    name = re.search(r'name="(\w+)"', field).group(1)

    assert not re.search(known, f"{name} {label}", re.I)
    assert 'autocomplete="off"' in field and 'tabindex="-1"' in field and "data-1p-ignore" in field
    assert 'include "public/_trap.html"' in Path("templates", template).read_text()


@pytest.mark.usefixtures("full_window")
def test_report_is_taken_six_times_an_hour_from_one_address(client, mailoutbox):
    for _ in range(7):
        response = client.post("/report/", WORDS)

    assert response.status_code == 429
    assert len(mailoutbox) == 6


def test_report_cannot_write_headers(client, mailoutbox):
    response = client.post(
        "/report/", WORDS | {"email": "maria@example.org\r\nBcc: x@example.org", "page": "a\r\nBcc: x@example.org"}
    )

    assert response.status_code == 200
    assert mailoutbox == []


def test_report_with_a_script_shows_it_as_text(client):
    response = client.post("/report/", {"what": "", "page": "<script>alert(1)</script>"})

    assert "<script>alert(1)" not in response.content.decode()
