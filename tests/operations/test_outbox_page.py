"""The operator's page about the outbox, the numbers for a monitor, and the door for mail that comes back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.logs import clean
from hosts.models import User
from meetups.dispatch.relay_state import pause_outbox, rest_relay
from meetups.dispatch.send import deliver_due
from meetups.models import Heartbeat
from meetups.outbox.return_addresses import envelope_sender
from meetups.times import clock
from tests import returned
from tests.factories import make_delivery, make_guest, make_meetup, make_user, sign_in_with_factor

pytestmark = pytest.mark.django_db

PAGES = ["/operator/outbox/", "/operator/outbox/again/", "/operator/outbox/pause/"]
TOKEN = "a token of twenty or more"


@pytest.fixture
def staff(client) -> User:
    user = make_user("staff@example.org", is_staff=True)
    sign_in_with_factor(client, user)
    return user


def ask(client, path: str):
    return client.get(path) if path == PAGES[0] else client.post(path)


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_a_host_is_refused(client, path):
    assert ask(client, path).url.startswith("/accounts/login/")

    client.force_login(make_user())

    assert ask(client, path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_staff_without_a_second_factor_are_led_to_one(client, path):
    client.force_login(make_user(is_staff=True))

    assert ask(client, path).url == "/accounts/2fa/"


@pytest.mark.parametrize("path", PAGES[1:])
def test_looking_changes_nothing(client, staff, path):
    assert client.get(path).status_code == 405


def test_the_page_tells_how_letters_leave_and_names_nobody(client, staff):
    Heartbeat.objects.create(name="sweep", at=clock.now())
    guest = make_guest(make_meetup(), "maria@example.org", name="Maria Private")
    make_delivery("invitation", guest=guest)
    failed = {"state": "failed", "last_code": 550, "last_words": "5.1.1 No such person here", "finished_at": clock.now()}
    for _ in range(2):
        make_delivery("seven_days", guest=guest, **failed)
    for number in range(2):
        words = f"<maria{number}@example.org>: Relay access denied"
        make_delivery("seven_days", guest=guest, **(failed | {"last_words": words, "last_code": 554}))

    page = client.get(PAGES[0]).content.decode()

    assert "Letters leave on time." in page
    assert "550 5.1.1 No such person here" in page
    assert "There is no such address. Is it spelled right?" in page
    assert page.count("Relay access denied") == 1
    assert "Try 4 letters again" in page
    assert "2026f" in page
    assert "maria" not in page.lower()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda: None, "No worker has looked for letters in the last three minutes."),
        (rest_relay, "The relay takes no letters."),
        (pause_outbox, "The outbox is stopped: no letter leaves."),
    ],
)
def test_the_page_says_first_what_is_wrong(client, staff, prepare, words):
    prepare()

    assert words in client.get(PAGES[0]).content.decode()


def test_the_page_asks_the_same_for_one_letter_and_for_many(client, staff):
    guest = make_guest(make_meetup())

    def num_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGES[0]).status_code == 200
        return len(queries)

    make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now(), last_words="one")
    first = num_queries()
    for words in ("two", "three"):
        make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now(), last_words=words)

    assert num_queries() == first


def test_failed_letters_are_tried_again_when_they_are_still_useful(client, staff):
    guest = make_guest(make_meetup())
    useful = make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now())
    late = make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now(), not_after=clock.now())

    response = client.post(PAGES[1], follow=True)

    useful.refresh_from_db()
    late.refresh_from_db()
    assert (useful.state, late.state) == ("queued", "failed")
    assert "1 letter is tried again." in response.content.decode()


def test_a_stopped_outbox_sends_nothing_until_it_goes_on(client, staff, settings, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path / "mail"
    row = make_delivery("invitation", guest=make_guest(make_meetup()))

    client.post(PAGES[2], {"do": "pause"})
    assert deliver_due() == {"paused": 1}
    client.post(PAGES[2], {"do": "pause"})
    client.post(PAGES[2], {"do": "resume"})
    assert deliver_due() == {"sent": 1}

    row.refresh_from_db()
    assert row.state == "sent"


def test_invitations_that_wait_for_staff_are_said_and_let_go(client, staff):
    Heartbeat.objects.create(name="invitations_held", at=clock.now())

    said = client.get(PAGES[0]).content.decode()
    client.post(PAGES[2], {"do": "resume"})

    assert "More invitations than usual are owed" in said and "Let them go on" in said
    assert "More invitations than usual" not in client.get(PAGES[0]).content.decode()


# Numbers -------------------------------------------------------------------------------------------------------------


def test_metrics_are_not_there_without_a_token_in_the_settings(client, staff):
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("said", ["", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer é"])
def test_metrics_are_shown_to_nobody_without_the_token(client, settings, said):
    settings.METRICS_TOKEN = TOKEN

    assert client.get("/metrics", HTTP_AUTHORIZATION=said).status_code == 401


def test_metrics_count_letters_and_hold_no_name(client, settings):
    settings.METRICS_TOKEN = TOKEN
    Heartbeat.objects.create(name="sweep", at=clock.now() - timedelta(seconds=20))
    guest = make_guest(make_meetup(), "maria@example.org", name="Maria Private")
    late = clock.now() - timedelta(minutes=2)
    make_delivery("invitation", guest=guest, due_at=late, next_try_at=late)
    make_delivery("invitation", guest=guest, state="sent", finished_at=clock.now())
    make_delivery("confirmation", guest=guest, state="sent", finished_at=clock.now() - timedelta(days=2))

    response = client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")

    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.cookies == {}
    assert 'longtable_letters_open{state="queued"} 1' in lines
    assert 'longtable_letters_ended_24h{state="sent",kind="invitation"} 1' in lines
    assert not any('kind="confirmation"' in line for line in lines)
    assert "longtable_relay_down 0" in lines
    [overdue] = [int(line.split()[1]) for line in lines if line.startswith("longtable_oldest_overdue_seconds ")]
    assert 120 <= overdue < 130
    assert "aria" not in response.content.decode()
    assert all(line.startswith("# ") or len(line.split(" ")) == 2 for line in lines)


# Mail that comes back ------------------------------------------------------------------------------------------------

SECRET = "s" * 40
DOOR = f"/inbound/{SECRET}/"


@pytest.fixture
def door(settings, client):
    settings.INBOUND_SECRET, settings.INBOUND_IS_SET_UP, settings.INBOUND_DOMAIN = SECRET, True, "in.longtable.example"

    def post(raw: bytes, path: str = DOOR, content_type: str = "message/rfc822", **headers):
        return client.post(path, raw, content_type=content_type, **headers)

    return post


def test_the_door_takes_in_a_message_once(door):
    row = make_delivery("invitation", guest=make_guest(make_meetup()), state="sent", finished_at=clock.now())
    raw = returned.bounce("somebody@else.example")

    first = door(raw, HTTP_X_ENVELOPE_TO=envelope_sender(row))
    second = door(raw, HTTP_X_ENVELOPE_TO=envelope_sender(row))

    assert (first.status_code, first.json(), second.json()) == (200, {"done": "bounce"}, {"done": "nothing"})
    assert first.cookies == {}
    row.refresh_from_db()
    assert row.state == "failed"


def test_the_door_is_not_there_for_whoever_does_not_know_the_secret(door, client, settings):
    assert door(b"x", path="/inbound/" + "t" * 40 + "/").status_code == 404
    assert door(b"x", path="/inbound/é/").status_code == 404
    settings.INBOUND_SECRET = ""
    assert door(b"x").status_code == 404


def test_the_door_takes_nothing_but_a_message_of_one_megabyte(door, client):
    assert client.get(DOOR).status_code == 405
    assert door(b"{}", content_type="application/json").status_code == 415
    assert door(b"x" * 1_000_001).status_code == 413
    assert door(b"x" * 10_000_000).status_code == 413
    assert door(b"\n").json() == {"done": "nothing"}


def test_the_door_needs_no_cookie_and_no_csrf_token(settings):

    settings.INBOUND_SECRET = SECRET
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(DOOR, b"x", content_type="message/rfc822").status_code == 200


def test_the_secret_of_the_door_is_not_in_the_log():
    assert clean(f"POST {DOOR} 200") == "POST /inbound/ssssss…/ 200"


def test_the_privacy_page_says_what_becomes_of_replies_where_they_are_passed_on(client, settings):
    words = "If you reply to a letter, your words go on to the other person"
    assert words not in client.get("/privacy/").content.decode()

    settings.INBOUND_IS_SET_UP = True

    assert words in client.get("/privacy/").content.decode()
