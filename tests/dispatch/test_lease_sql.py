"""What the worker still knows when the database forgot it, and what it asks just before a letter's body."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.dispatch import lease_sql
from meetups.dispatch.claim import LEASE, claim_deliveries
from meetups.dispatch.lease_sql import begin_body, note_sent, replay_lost_outcomes
from meetups.models import Delivery, Guest, Meetup
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_before():
    lease_sql._recent_outcomes.clear()


def claimed() -> Delivery:
    make_delivery("invitation", guest=make_guest(make_meetup()))
    [row] = claim_deliveries()
    return row


@pytest.mark.parametrize(
    "change", ["revision", "status", "frozen", "num_answers", "link_version", "email", "removed_at", "lease_token"]
)
def test_a_body_is_not_begun_when_something_changed(change):
    row = claimed()
    Meetup.objects.filter(pk=row.meetup_id).update(
        **{
            "revision": {"revision": 9},
            "status": {"status": "canceled"},
            "frozen": {"frozen_until": clock.now() + timedelta(days=1)},
        }.get(change, {})
    )
    of_guest = {"num_answers": {"num_answers": 5}, "link_version": {"link_version": 4}, "removed_at": {"removed_at": clock.now()}}
    Guest.objects.filter(pk=row.guest_id).update(**(of_guest | {"email": {"email": "new@example.org"}}).get(change, {}))
    Delivery.objects.filter(pk=row.pk).update(**({"lease_token": "another"} if change == "lease_token" else {}))

    assert begin_body(row, clock.now(), LEASE) is False

    row.refresh_from_db()
    assert row.body_begun_at is None


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_body_is_begun_when_all_is_as_it_was_written(is_removed):
    row = claimed()
    if is_removed:
        row.guest.removed_at = clock.now()
        Guest.objects.filter(pk=row.guest_id).update(removed_at=row.guest.removed_at)
    now = clock.now()

    assert begin_body(row, now, timedelta(minutes=5)) is True

    row.refresh_from_db()
    assert (row.body_begun_at, row.lease_until) == (now, now + timedelta(minutes=5))


def statements_of(act) -> list[str]:
    """Return the first word of each statement that `act` runs."""
    with CaptureQueriesContext(connection) as queries:
        assert act()
    return [query["sql"].split()[0] for query in queries.captured_queries]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite reads a statement in no time")
@pytest.mark.django_db(transaction=True)
def test_a_connection_reads_each_statement_once_and_waits_for_the_disk_as_before():
    first, second = claimed(), claimed()
    connection.close()

    ran = [statements_of(lambda row=row: begin_body(row, clock.now(), LEASE)) for row in (first, second)]
    ran += [statements_of(lambda row=row: note_sent(row, clock.now())) for row in (first, second)]

    assert ran == [["PREPARE", "EXECUTE"], ["EXECUTE"]] * 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions")
@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_that_changes_sessions_each_statement_is_said_in_full():
    first, second, third = claimed(), claimed(), claimed()
    begin_body(first, clock.now(), LEASE)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    ran = [statements_of(lambda row=row: begin_body(row, clock.now(), LEASE)) for row in (second, third)]

    assert ran == [["EXECUTE", "UPDATE"], ["UPDATE"]]
    assert Delivery.objects.filter(body_begun_at__isnull=False).count() == 3


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite loses nothing when a connection breaks")
def test_an_outcome_that_the_database_forgot_is_said_again_over_the_next_connection():
    forgotten, kept = claimed(), claimed()
    before = {"state": "sending", "lease_token": forgotten.lease_token, "finished_at": None, "attempts": 0}
    note_sent(forgotten, clock.now())
    note_sent(kept, clock.now())
    # What a crash does: the commit is gone, and with it the connection.
    Delivery.objects.filter(pk=forgotten.pk).update(**before)
    lease_sql._recent_outcomes.extend([(*lease_sql._recent_outcomes.popleft()[:3], object()) for _ in range(2)])

    assert (replay_lost_outcomes(), replay_lost_outcomes()) == (1, 0)

    forgotten.refresh_from_db()
    assert (forgotten.state, forgotten.attempts, forgotten.lease_token) == ("sent", 1, "")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite loses nothing when a connection breaks")
def test_nothing_is_asked_while_the_connection_lives(django_assert_num_queries):
    note_sent(claimed(), clock.now())

    with django_assert_num_queries(0):
        assert replay_lost_outcomes() == 0
    assert connection.is_usable()


class OtherConnection:
    """The driver's connection of another thread."""

    def __init__(self, closed: int):
        self.closed = closed


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite loses nothing when a connection breaks")
def test_what_another_thread_is_about_to_write_is_left_to_it_while_its_connection_is_open():
    row = claimed()
    other = OtherConnection(closed=0)
    lease_sql._recent_outcomes.append((row.pk, row.lease_token, clock.now(), other))

    assert replay_lost_outcomes() == 0
    row.refresh_from_db()
    assert row.state == "sending"
    other.closed = 2
    assert replay_lost_outcomes() == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite loses nothing when a connection breaks")
def test_an_outcome_that_may_not_be_on_the_disk_is_asked_about_until_it_is(moved_clock):
    row = claimed()
    before = {"state": "sending", "lease_token": row.lease_token, "finished_at": None, "attempts": 0}
    note_sent(row, clock.now())
    lease_sql._recent_outcomes.append((*lease_sql._recent_outcomes.popleft()[:3], OtherConnection(closed=1)))
    assert replay_lost_outcomes() == 0

    Delivery.objects.filter(pk=row.pk).update(**before)
    assert replay_lost_outcomes() == 1

    lease_sql._recent_outcomes.append((row.pk, before["lease_token"], clock.now(), OtherConnection(closed=1)))
    moved_clock(minutes=1)
    assert (replay_lost_outcomes(), len(lease_sql._recent_outcomes)) == (0, 0)
