"""Health, and the mailbox that only this machine may open."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from hosts.mail.files import EmailBackend, message_names, write_message
from meetups.models import Delivery, Heartbeat
from meetups.times import clock
from tests.factories import make_delivery, make_user

TEXT = "Dear Ben,\n\nwill you come? http://localhost:8000/r/abc\n\nAna"
HTML = (
    '<!DOCTYPE html><html><head><style>p{color:red}</style></head><body><p>Will you <a href="/r/abc">come</a>?</p></body></html>'
)


@pytest.fixture(autouse=True)
def mail_dir(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    settings.MAILBOX_IS_OPEN = True
    return settings.MAIL_DIR


@pytest.fixture
def here(client):
    """Read the mailbox from this machine."""

    def get(path: str, **headers):
        return client.get(path, **({"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"} | headers))

    return get


def post_letter(subject: str = "Will you come?", to: str = "Ben <ben@example.org>") -> str:
    """Put a letter with text, HTML and a calendar file into the mailbox, and return its name."""
    letter = EmailMultiAlternatives(subject, TEXT, "Ana via Longtable <meetups@localhost>", [to], reply_to=["ana@example.org"])
    letter.attach_alternative(HTML, "text/html")
    letter.attach("invite.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    EmailBackend().send_messages([letter])
    return message_names()[0]


# Health --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_healthz_is_well_while_the_beat_is_young_and_nothing_is_late(client):
    Heartbeat.objects.create(name="sweep", at=clock.now() - timedelta(seconds=20))

    response = client.get("/healthz")

    facts = response.json()
    assert response.status_code == 200
    assert (facts["status"], facts["process"], facts["database"]) == ("ok", "ok", "ok")
    assert facts["tzdata"] == "2026f"
    assert 19 <= facts["outbox"]["beat_age"] <= 25
    assert facts["outbox"]["oldest_overdue"] == 0
    assert "no-store" in response["Cache-Control"]
    assert response.cookies == {}


@pytest.mark.django_db
def test_healthz_is_ill_when_the_beat_is_older_than_three_minutes(client):
    Heartbeat.objects.create(name="sweep", at=clock.now() - timedelta(minutes=3, seconds=5))

    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_healthz_is_ill_before_the_first_beat(client):
    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["outbox"]["beat_age"] is None


@pytest.mark.django_db
def test_healthz_is_ill_when_a_letter_is_more_than_ten_minutes_late(client):
    Heartbeat.objects.create(name="sweep", at=clock.now())
    late = clock.now() - timedelta(minutes=10, seconds=5)
    make_delivery(Delivery.Kind.ORGANIZER_ADDED, user=make_user(), due_at=late, next_try_at=late)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["status"] == "ill"


@pytest.mark.django_db
def test_healthz_says_that_the_database_does_not_answer_and_no_more(client):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE meetups_heartbeat")

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"process": "ok", "tzdata": "2026f", "status": "down", "database": "down"}


@pytest.mark.django_db
def test_healthz_holds_no_address_and_no_secret(client, settings):
    Heartbeat.objects.create(name="sweep", at=clock.now())
    make_delivery(Delivery.Kind.ORGANIZER_ADDED, user=make_user("ana@example.org"))

    body = client.get("/healthz").content.decode()

    assert "@" not in body
    assert settings.SECRET_KEY not in body
    assert str(settings.VAR_DIR) not in body


@pytest.mark.django_db
def test_readyz_is_ready_when_the_database_is_migrated(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_readyz_is_not_ready_when_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'meetups'")

    assert client.get("/readyz").status_code == 503


# The mailbox ---------------------------------------------------------------------------------------------------------


def test_mailbox_is_empty_before_the_first_letter(here):
    response = here("/mailbox/")

    assert response.status_code == 200
    assert "Nothing has been sent yet." in response.content.decode()


def test_mailbox_lists_letters_newest_first_without_a_cookie(here):
    post_letter("First")
    post_letter("Second")

    response = here("/mailbox/")

    page = response.content.decode()
    assert page.index("Second") < page.index("First")
    assert "ben@example.org" in page
    assert response.cookies == {}


def test_mailbox_shows_twenty_on_a_page(here):
    for number in range(21):
        post_letter(f"Letter {number:02}")

    first, second = here("/mailbox/").content.decode(), here("/mailbox/?page=2").content.decode()

    assert ("Letter 20" in first, "Letter 00" in first) == (True, False)
    assert ("Letter 20" in second, "Letter 00" in second) == (False, True)


def test_mailbox_letter_is_shown_as_a_person_would_see_it(here):
    name = post_letter()

    response = here(f"/mailbox/{name}/")

    page = response.content.decode()
    assert "Ana via Longtable &lt;meetups@localhost&gt;" in page
    assert "Ben &lt;ben@example.org&gt;" in page
    assert "<dd>ana@example.org</dd>" in page
    assert '<a href="http://localhost:8000/r/abc" rel="nofollow">http://localhost:8000/r/abc</a>' in page
    assert f'src="/mailbox/{name}/body.html" sandbox="allow-top-navigation-by-user-activation"' in page
    assert f'href="/mailbox/{name}/4/"' in page
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_mailbox_letter_with_a_script_in_its_subject_shows_it_as_text(here):
    name = post_letter("<script>alert(1)</script>")

    assert "<script>alert(1)" not in here(f"/mailbox/{name}/").content.decode()
    assert "<script>alert(1)" not in here("/mailbox/").content.decode()


def test_mailbox_body_has_a_policy_of_its_own(here):
    name = post_letter()

    response = here(f"/mailbox/{name}/body.html")

    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["sandbox"] == "allow-top-navigation-by-user-activation"
    assert "'unsafe-inline'" not in policy.get("script-src", "")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_top"><style>' in response.content.decode()


def test_mailbox_attachment_is_a_download(here):
    name = post_letter()

    response = here(f"/mailbox/{name}/4/")

    assert response["Content-Type"] == "text/calendar"
    assert response["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert response.content == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    assert here(f"/mailbox/{name}/0/").status_code == 404
    assert here(f"/mailbox/{name}/99/").status_code == 404


def test_mailbox_attachment_that_could_run_is_handed_over_as_bytes(here):
    letter = EmailMessage()
    letter["Subject"], letter["To"] = "x", "ben@example.org"
    letter.set_content("x")
    letter.add_attachment(b"<script>", maintype="text", subtype="html", filename='a"b/../x.html')
    name = write_message(letter.as_bytes()).stem

    response = here(f"/mailbox/{name}/2/")

    assert response["Content-Type"] == "application/octet-stream"
    assert "\n" not in response["Content-Disposition"]
    assert "/" not in response["Content-Disposition"]


@pytest.mark.parametrize("name", ["..", "x", "00000000000000000000-abcdefgh", "1-1", "20-deadbeef", "__init__"])
def test_mailbox_opens_nothing_but_its_own_names(here, mail_dir, name):
    mail_dir.mkdir()
    (mail_dir / f"{name}.eml").write_text("Subject: x\n\nx")

    assert here(f"/mailbox/{name}/").status_code == 404


@pytest.mark.parametrize("path", ["", "{name}/", "{name}/body.html", "{name}/4/"])
@pytest.mark.parametrize(
    ("case", "headers"),
    [
        ("another machine", {"REMOTE_ADDR": "203.0.113.9"}),
        ("no address at all", {"REMOTE_ADDR": ""}),
        ("a proxy", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}),
        ("a proxy with an empty header", {"HTTP_X_FORWARDED_FOR": ""}),
        ("another proxy", {"HTTP_FORWARDED": "for=127.0.0.1"}),
        ("a third proxy", {"HTTP_X_REAL_IP": "127.0.0.1"}),
        ("a foreign name for this machine", {"HTTP_HOST": "rebound.example"}),
    ],
)
def test_mailbox_is_not_there_for_anybody_else(here, settings, path, case, headers):
    settings.ALLOWED_HOSTS = ["localhost", "rebound.example"]
    name = post_letter()

    assert here(f"/mailbox/{path.format(name=name)}", **headers).status_code == 404


@pytest.mark.parametrize("path", ["", "{name}/", "{name}/body.html", "{name}/4/"])
def test_mailbox_is_not_there_when_mail_leaves_the_machine(here, settings, path):
    settings.MAILBOX_IS_OPEN = False
    name = post_letter()

    assert here(f"/mailbox/{path.format(name=name)}").status_code == 404


def test_mailbox_answers_ipv6_loopback_too(here):
    assert here("/mailbox/", REMOTE_ADDR="::1", HTTP_HOST="[::1]:8000").status_code == 200


def test_mailbox_takes_no_post(client):
    assert client.post("/mailbox/", REMOTE_ADDR="127.0.0.1", HTTP_HOST="localhost").status_code == 405
