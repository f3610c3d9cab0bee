"""What sending services post about our letters: signed, understood, and acted on as the same report by mail would be."""

import hashlib
import hmac
import json
import subprocess
import sys

import pytest
from django.test import Client

from config.logs import clean
from meetups.access.address_hash import hash_address
from meetups.models import Delivery, Guest, Suppression
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup
from tests.serving import ROOT

pytestmark = pytest.mark.django_db

SECRET = "s" * 40
DOOR = f"/inbound/{SECRET}/events/"
KEY = "key-of-the-control-panel"


@pytest.fixture
def row(settings):
    settings.MAIL_PROVIDER, settings.MAIL_EVENTS_SECRET, settings.MAIL_EVENTS_KEY = "mailgun", SECRET, KEY
    guest = make_guest(make_meetup(), email="ana@example.org")
    return make_delivery("invitation", guest=guest, state="sent", finished_at=clock.now())


def post(told, path: str = DOOR):
    return Client(enforce_csrf_checks=True).post(path, json.dumps(told), content_type="application/json")


def mailgun(row: Delivery, event: str = "failed", *, key: str = KEY, **more) -> dict:
    """One event as Mailgun's manual shows it, signed."""
    token, timestamp = "c" * 50, "1796000000"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "to": "Ana <ana@example.org>",
        "message-id": row.message_id.strip("<>"),
        "from": "x@y.example",
        "subject": "Dinner",
    }
    data = {"event": event, "id": "G9Bn5sl1TC6nu79C8C0bwg", "timestamp": 1796000000.5, "recipient": "ana@example.org"}
    data |= {
        "log-level": "error",
        "message": {"headers": headers, "attachments": [], "size": 111},
        "tags": [],
        "user-variables": {},
    }
    return {"signature": {"token": token, "timestamp": timestamp, "signature": signature}, "event-data": data | more}


NO_MAILBOX = {
    "severity": "permanent",
    "reason": "generic",
    "delivery-status": {
        "attempt-no": 1,
        "code": 550,
        "message": "5.1.1 The email account ana@example.org that you tried to reach does not exist.",
        "description": "",
        "session-seconds": 0.4,
    },
}


def test_a_mailbox_that_does_not_exist_is_marked_once_and_the_host_hears_of_it(row):
    first, second = (post(mailgun(row, **NO_MAILBOX)) for _ in range(2))

    assert (first.status_code, first.json(), second.json()) == (200, {"done": {"bounce": 1}}, {"done": {"nothing": 1}})
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.last_words == "5.1.1 The email account that you tried to reach does not exist."
    assert Guest.objects.get().undeliverable_at is not None
    assert Delivery.objects.filter(kind="host_bounced").count() == 1


def test_a_complaint_ends_all_letters_to_the_address(row):
    assert post(mailgun(row, "complained")).json() == {"done": {"complaint": 1}}

    assert Suppression.objects.filter(address_hash=hash_address("ana@example.org")).exists()


@pytest.mark.parametrize(
    ("event", "more"), [("delivered", {}), ("opened", {}), ("failed", NO_MAILBOX | {"severity": "temporary"})]
)
def test_what_arrived_and_what_is_tried_again_changes_nothing(row, event, more):
    assert post(mailgun(row, event, **more)).json() == {"done": {}}

    row.refresh_from_db()
    assert (row.state, row.bounced_at) == ("sent", None)


def test_a_letter_that_is_not_ours_changes_nothing(row):
    other = Delivery(message_id="<somebody@else.example>")

    assert post(mailgun(other, **NO_MAILBOX)).json() == {"done": {"nothing": 1}}


def test_another_key_signs_nothing(row):
    assert post(mailgun(row, key="another", **NO_MAILBOX)).status_code == 400

    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.parametrize("told", [[], {}, "x", None, {"signature": 1}, {"event-data": {}}])
def test_nonsense_is_refused(row, told):
    assert post(told).status_code == 400


def test_signed_nonsense_is_refused(row):
    told = mailgun(row)
    told["event-data"] = {"recipient": 1}

    assert post(told).status_code == 400


def test_the_door_is_not_there_for_whoever_does_not_know_the_secret(row, settings, client):
    assert post(mailgun(row), "/inbound/" + "t" * 40 + "/events/").status_code == 404
    assert client.get(DOOR).status_code == 405
    assert client.post(DOOR, b"x" * 1_000_001, content_type="application/json").status_code == 413
    assert clean(f"POST {DOOR} 200") == "POST /inbound/ssssss…/events/ 200"
    settings.MAIL_PROVIDER = ""
    assert post(mailgun(row)).status_code == 404


@pytest.mark.parametrize(
    ("event", "reason", "is_marked"),
    [
        ("hard_bounce", "550 no such user", True),
        ("invalid_email", "", True),
        ("soft_bounce", "mailbox busy", False),
        ("hard_bounce", "552 5.2.2 mailbox full", False),
        ("blocked", "blocked : due to blacklist user", False),
    ],
)
def test_brevo_tells_what_is_for_good_from_what_passes(row, settings, event, reason, is_marked):
    settings.MAIL_PROVIDER = "brevo"
    told = {"event": event, "email": "ana@example.org", "message-id": row.message_id, "reason": reason, "ts_epoch": 1796000000000}

    assert post(told).json() == {"done": {"bounce": 1}}

    assert (Guest.objects.get().undeliverable_at is not None) == is_marked


def test_nothing_of_the_services_is_loaded_where_none_is_named():
    code = "import sys, meetups.inbound.views; print({'anymail', 'requests'} & sys.modules.keys())"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]

    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "set()\n"
