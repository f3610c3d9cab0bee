"""The hand-written statements of an answer return what the ORM returns, and an answer takes few of them."""

import random
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import make_guest_token
from meetups.guests.services.answer_sql import Table, lock_table
from meetups.guests.services.needs import write_needs
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import num_seats_taken
from meetups.models import Guest, Meetup
from meetups.outbox.host_digest import host_answers_dedupe_key
from meetups.times import clock
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db


def read(guest: Guest) -> Table:
    """Read a guest's table as an answer does."""
    with transaction.atomic():
        return lock_table(guest, told_key=host_answers_dedupe_key(guest.meetup))


def make_any_guest(meetup: Meetup, chance: random.Random) -> Guest:
    """Return a guest with random values in every column that decides about seats."""
    now = clock.now()
    sometime = [None, now - timedelta(hours=1)]
    return make_guest(
        meetup,
        rsvp=chance.choice(Guest.Rsvp.values),
        origin=chance.choice(Guest.Origin.values),
        party_size=chance.randint(1, 4),
        address_proven_at=chance.choice(sometime),
        admitted_at=chance.choice(sometime),
        removed_at=chance.choice([None, None, now]),
        waiting_since=chance.choice([None, now - timedelta(minutes=chance.randint(1, 500))]),
        offer_expires_at=chance.choice([None, now - timedelta(hours=1), now + timedelta(hours=1)]),
    )


@pytest.mark.parametrize("seed", range(5))
def test_seats_and_the_line_are_what_the_orm_counts_on_random_guests(seed):
    chance = random.Random(seed)
    meetup, other = make_meetup(), make_meetup()
    guests = [make_any_guest(meetup, chance) for _ in range(25)]
    make_any_guest(other, chance)

    waiting = Guest.objects.filter(meetup=meetup, rsvp="waiting")
    for guest in guests[:8]:
        table = read(guest)

        assert table.taken == num_seats_taken(meetup, but=guest)
        assert table.last_in_line_at == waiting.aggregate(at=Max("waiting_since"))["at"]
        assert table.has_ended_offers == waiting.filter(offer_expires_at__lte=clock.now()).exists()


def test_a_table_without_answers_has_nobody_in_line():
    table = read(make_guest(make_meetup()))

    assert (table.taken, table.last_in_line_at, table.has_ended_offers) == (0, None, False)


def test_guest_and_meetup_are_read_as_the_orm_reads_them():
    guest = make_guest(make_meetup(), rsvp="waiting", shows_name=True, num_children=1, party_size=2, answered_at=clock.now())

    found = read(guest).guest

    for ours, theirs in [(found, Guest.objects.get(pk=guest.pk)), (found.meetup, Meetup.objects.get(pk=guest.meetup_id))]:
        facts = {name: value for name, value in vars(theirs).items() if name in vars(ours) and not name.startswith("_")}
        assert {name: vars(ours)[name] for name in facts} == facts
        assert type(ours.pk) is type(theirs.pk)


def test_what_saves_a_later_statement_is_known(moved_clock):
    # At noon in Toronto; at night the host's letter of the hour would wait for the morning.
    moved_clock(to=clock.now().replace(hour=17, minute=0) + timedelta(days=1))
    meetup = make_meetup(plan=True)
    guest, other = make_guest(meetup), make_guest(meetup)
    before = read(guest)

    write_needs(guest, {"wants_ride": True})
    meetup.mailings.filter(kind="three_days").update(fanned_out_at=clock.now())
    record_rsvp(other, Answer("yes"))
    after = read(guest)
    moved_clock(to=clock.now() + timedelta(hours=1))

    assert (before.has_needs, before.has_host_letter_gone, before.is_host_told) == (False, False, False)
    assert (after.has_needs, after.has_host_letter_gone, after.is_host_told) == (True, True, True)
    assert read(guest).is_host_told is False


def test_a_guest_who_was_deleted_meanwhile_is_not_found():
    guest = make_guest(make_meetup())
    Guest.objects.filter(pk=guest.pk).delete()

    with pytest.raises(Guest.DoesNotExist):
        read(guest)


# The number of statements


def statements_of(act) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


@pytest.mark.parametrize("seats", [10, 1])
def test_a_yes_that_is_not_the_first_of_the_hour_takes_four_statements(client, seats):
    meetup = make_meetup(seats=seats)
    first, second, third = (f"/r/{make_guest_token(make_guest(meetup))}" for _ in range(3))
    client.post(first, {"rsvp": "yes"})
    client.post(second, {"rsvp": "yes"})

    statements = statements_of(lambda: client.post(third, {"rsvp": "yes", "party_size": "1"}))

    # Token, table, guest, letter.
    assert len(statements) == 4, statements
    assert Guest.objects.filter(meetup=meetup, rsvp="yes").count() == min(3, seats)


def test_the_whole_form_takes_as_few_statements_as_one_button(client):
    meetup = make_meetup()
    link, other = (f"/r/{make_guest_token(make_guest(meetup))}" for _ in range(2))
    client.post(other, {"rsvp": "yes"})
    form = {
        "rsvp": "yes",
        "party_size": "2",
        "shown_name": "Maria",
        "shows_name": "on",
        "note": "Hello",
        "diet": "",
        "contact": "",
    }

    statements = statements_of(
        lambda: client.post(link, form | {"has_read": "fully", "party_names": "Ilse", "num_children": "0"})
    )

    assert len(statements) == 4, statements
    guest = Guest.objects.get(meetup=meetup, note="Hello")
    assert (guest.rsvp, guest.party_size, guest.party_names, guest.has_read) == ("yes", 2, "Ilse", "fully")


def test_the_same_answer_again_writes_nothing(client):
    guest = make_guest(make_meetup())
    link = f"/r/{make_guest_token(guest)}"
    client.post(link, {"rsvp": "yes"})

    statements = statements_of(lambda: client.post(link, {"rsvp": "yes"}))

    assert [sql for sql in statements if sql.startswith(("UPDATE", "INSERT"))] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_an_answer_that_waited_for_the_lock_sees_the_seat_that_was_given_meanwhile():
    meetup = make_meetup(seats=1)
    first, second = make_guest(meetup), make_guest(meetup)
    is_locked = threading.Event()

    def answer_slowly() -> None:
        with transaction.atomic():
            record_rsvp(first, Answer("yes"))
            is_locked.set()
            wait_for_another_lock()
        connections.close_all()

    other = threading.Thread(target=answer_slowly)
    other.start()
    is_locked.wait(10)

    answered = record_rsvp(second, Answer("yes"))

    other.join()
    first.refresh_from_db()
    assert (first.rsvp, answered.rsvp) == ("yes", "waiting")


def wait_for_another_lock() -> None:
    """Return once another session waits for a lock of this one, or after ten seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
