"""One truth about the outbox: what /healthz, the operator's page, `manage.py check` and /metrics all say (R20, R126)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosts.models import User
from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.health import PROBLEMS, outbox_health
from meetups.dispatch.relay_state import pause_outbox
from meetups.dispatch.send import deliver_due
from meetups.models import Delivery, Guest, Heartbeat
from meetups.operations.sweep import write_heartbeat
from meetups.outbox.queue import retry_deliveries
from meetups.times import clock
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db
NOW, LONG_AGO, SOON = timedelta(), -timedelta(minutes=11), timedelta(minutes=5)


@pytest.fixture(autouse=True)
def beat():
    write_heartbeat()


@pytest.fixture
def dead_relay(settings):
    settings.MAIL_IS_FILES = False
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtpsink.free_port(), 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


def owe(*, due: timedelta = LONG_AGO, next_try: timedelta = LONG_AGO, **fields) -> Delivery:
    now = clock.now()
    moments = {"due_at": now + due, "next_try_at": now + next_try, "not_after": now + timedelta(days=5)}
    return make_delivery("invitation", guest=make_guest(make_meetup()), **(moments | fields))


def codes() -> list[str]:
    return [problem.code for problem in outbox_health().problems]


def in_minutes(number: int):
    return clock.now() + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("state", "next_try"),
    [("queued", LONG_AGO), ("waiting", LONG_AGO), ("waiting", SOON), ("sending", LONG_AGO)],
)
def test_a_letter_is_late_from_its_hour_on_whatever_its_state_and_next_try(client, state, next_try):
    lease = {"lease_until": in_minutes(4), "lease_token": "x"} if state == "sending" else {}
    owe(next_try=next_try, state=state, **lease)

    assert codes() == ["late"]
    assert outbox_health().oldest_overdue >= 660
    assert client.get("/healthz").status_code == 503


@pytest.mark.parametrize(
    "fields",
    [
        {"due": SOON, "next_try": SOON},
        {"due": -timedelta(minutes=9)},
        {"state": "sent"},
        {"state": "withdrawn"},
        {"state": "failed"},
    ],
)
def test_what_is_not_due_yet_or_not_wanted_any_more_is_not_late(client, fields):
    owe(**fields)

    assert codes() == []
    assert client.get("/healthz").status_code == 200


def test_what_is_too_late_to_be_of_use_is_not_wanted_any_more():
    owe(not_after=in_minutes(-1))

    assert codes() == []


@pytest.mark.parametrize("until", [-timedelta(minutes=3), timedelta(hours=6)])
def test_letters_leased_to_nobody_are_stuck(client, until):
    owe(due=NOW, state="sending", lease_token="x", lease_until=clock.now() + until)

    assert codes() == ["stuck"]
    assert client.get("/healthz").status_code == 503


def test_a_letter_that_is_being_sent_is_not_stuck():
    owe(due=NOW, state="sending", lease_token="x", lease_until=in_minutes(5))

    assert codes() == []


@pytest.mark.parametrize(("minutes", "expected"), [(-2, []), (-4, ["no_beat"]), (0.5, []), (2, ["clock"]), (360, ["clock"])])
def test_a_beat_that_is_old_or_lies_in_the_future_is_red(minutes, expected):
    Heartbeat.objects.update(at=in_minutes(minutes))

    assert codes() == expected


def test_a_stopped_outbox_is_red_once_a_letter_is_late_for_it():
    pause_outbox()
    assert codes() == []

    owe()
    assert codes() == ["paused", "late"]


# Delays on purpose ---------------------------------------------------------------------------------------------------


def reminder(**fields) -> Delivery:
    guest = make_guest(make_meetup(), rsvp="yes", address_proven_at=clock.now(), **fields)
    return make_delivery("please_confirm", guest=guest)


def test_a_letter_that_waits_for_the_morning_is_not_late_before_it(late_november):
    row = reminder()
    late_november(to=clock.now().replace(hour=4, minute=0) + timedelta(days=1))  # 23:00 in Toronto
    write_heartbeat()

    assert claim_deliveries() == []

    row.refresh_from_db()
    assert (row.state, row.due_at) == ("waiting", row.next_try_at)
    late_november(to=row.next_try_at - timedelta(minutes=1))
    write_heartbeat()
    assert codes() == []
    late_november(to=row.next_try_at + timedelta(minutes=11))
    write_heartbeat()
    assert codes() == ["late"]


def test_a_letter_to_an_address_that_rests_is_not_late_and_does_not_leave_at_night(late_november):
    night = clock.now().replace(hour=4, minute=0) + timedelta(days=2)  # 23:00 in Toronto
    row = reminder(mail_paused_until=night)

    assert claim_deliveries() == []

    row.refresh_from_db()
    assert row.due_at == row.next_try_at
    assert row.next_try_at.hour == 13  # 08:00 in Toronto
    late_november(to=night + timedelta(minutes=1))
    write_heartbeat()
    assert codes() == []
    assert claim_deliveries() == []


def test_a_letter_that_is_tried_again_by_hand_is_due_from_now_on():
    owe(due=-timedelta(days=2), state="failed", finished_at=clock.now())

    retry_deliveries(Delivery.objects.all())

    assert codes() == []


# Said alike everywhere -----------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client):
    user = User.objects.create_user("staff@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def make_every_problem(monkeypatch) -> None:
    """Let everything be wrong that can be at once: of the beat, that it lies in the future."""
    owe(state="sending", lease_token="x", lease_until=in_minutes(-9))
    Heartbeat.objects.update(at=in_minutes(60))
    for name, minutes in [("outbox_paused", -5), ("invitations_held", -5), ("relay_failing", -5), ("relay_down", 0.5)]:
        Heartbeat.objects.create(name=name, at=in_minutes(minutes))


def test_check_says_in_words_what_healthz_says_in_codes(client, monkeypatch):
    make_every_problem(monkeypatch)
    found = client.get("/healthz").json()["outbox"]["problems"]
    assert set(found) == {problem.code for problem in PROBLEMS} - {"no_beat"}
    output = StringIO()

    call_command("check", stderr=output)

    for problem in PROBLEMS:
        assert (str(problem.words) in output.getvalue()) == (problem.code in found)
    with pytest.raises(SystemCheckError):
        call_command("check", fail_level="WARNING", stderr=StringIO())


def test_check_says_nothing_when_letters_leave_and_before_there_are_tables(monkeypatch):
    output = StringIO()

    call_command("check", stdout=output, fail_level="WARNING")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE meetups_heartbeat RENAME TO away")
    call_command("check", stdout=output, fail_level="WARNING")

    assert output.getvalue().count("no issues") == 2


def test_metrics_name_the_same_problems(client, settings, monkeypatch):
    settings.METRICS_TOKEN = "t" * 30
    make_every_problem(monkeypatch)

    lines = client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {settings.METRICS_TOKEN}").content.decode().splitlines()

    for problem in PROBLEMS:
        assert f'longtable_problem{{code="{problem.code}"}} {int(problem.code != "no_beat")}' in lines


def test_health_takes_the_same_queries_for_one_letter_and_for_many():
    def num_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            outbox_health()
        return len(queries)

    owe()
    first = num_queries()
    for state in ("waiting", "failed"):
        owe(state=state, finished_at=clock.now() if state == "failed" else None)

    assert num_queries() == first


def test_a_letter_that_nobody_wants_any_more_is_ended_by_the_next_claim_and_not_late(dead_relay):
    owe()
    Guest.objects.update(rsvp="no", num_answers=1, answered_at=clock.now())

    deliver_due()

    assert codes() == []
