"""Letters for the benchmarks: rows that are due, and what is measured of them, inside the site that is measured."""

import math
import resource
import secrets
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.bare.letters import insert_bare, send_ready, send_with_django
from bench.rows import make_host
from hosts.models import make_selector
from meetups.access.address_hash import hash_address
from meetups.dispatch.claim import BATCH
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.models.delivery import make_message_id
from meetups.operations.bulk_rows import write_rows
from meetups.operations.sweep import sweep
from meetups.outbox.fan_out import fan_out_mailing
from meetups.outbox.letter_kinds import KINDS
from meetups.times import clock
from tests.factories import make_meetup

KIND = Delivery.Kind.PLEASE_CONFIRM
AT_ONCE = 5_000


def make_table(num_guests: int) -> Meetup:
    """Make a meetup of tomorrow and that many guests with a yes."""
    starts_at = clock.now() + timedelta(hours=20)
    # No two tables are told the same.
    words = {"title": f"Soup and question {secrets.token_hex(4)}", "word": "Come hungry.", "seats": 200}
    words |= {"zone": "UTC", "date": starts_at.date(), "time": starts_at.time()}
    meetup = make_meetup(make_host(), **words)
    for first in range(0, num_guests, AT_ONCE):
        numbers = range(first, min(num_guests, first + AT_ONCE))
        write_rows(Guest, [make_row(meetup, number) for number in numbers])
    return meetup


def make_row(meetup: Meetup, number: int) -> dict:
    email = f"guest{meetup.pk}-{number}@example.org"
    known = {"email_hash": hash_address(email), "name": f"Guest {number}", "selector": make_selector()}
    return {"meetup_id": meetup.pk, "email": email, "rsvp": Guest.Rsvp.YES, "num_answers": 1} | known


def make_due(num_meetups: int, num_guests: int) -> list[int]:
    """Make tables of that many guests, to each of whom one letter is due; return the numbers of the meetups."""
    made = [make_table(num_guests) for _ in range(num_meetups)]
    due = clock.now() - timedelta(seconds=1)
    for meetup in made:
        same = {"kind": KIND, "meetup_id": meetup.pk, "revision": meetup.revision, "priority": KINDS[KIND].priority}
        same |= {"due_at": due, "next_try_at": due, "not_after": meetup.starts_at}
        numbers = Guest.objects.filter(meetup=meetup).values_list("pk", flat=True)
        own = [{"guest_id": pk, "dedupe_key": f"{KIND}:{pk}:0", "message_id": make_message_id()} for pk in numbers]
        write_rows(Delivery, [same | row for row in own])
    return [meetup.pk for meetup in made]


def rows_of(meetups: list[int]) -> list[Delivery]:
    """Return the letters of these meetups, joined with what their words need."""
    return list(Delivery.objects.filter(meetup__in=meetups).select_related("guest__meetup__host", "guest__meetup__kit__book"))


def send_with_outbox(meetups: list[int]) -> float:
    """Let the outbox send what is due, in one sweep; return letters a second. Every one must have been taken once."""
    started = time.perf_counter()
    counts = sweep()
    spent = time.perf_counter() - started
    letters = Delivery.objects.filter(meetup__in=meetups)
    assert counts == {"sent": letters.count()}, counts
    assert not letters.exclude(state=Delivery.State.SENT, attempts=1, last_code=250).exists()
    return counts["sent"] / spent


def measure_letters(repeats: int, num_meetups: int, num_guests: int) -> list[tuple[float, ...]]:
    """Return, for each repeat, letters a second of the outbox, of Django and of smtplib alone with finished bytes, then letters
    for a second of this process's own processor, of the outbox and of Django: that hardly moves with other work.
    """
    send_with_outbox(make_due(1, num_guests))
    measured = []
    for _ in range(repeats):
        meetups = make_due(num_meetups, num_guests)
        rows = rows_of(meetups)
        began = time.process_time()
        django = send_with_django(rows)
        django_spent = time.process_time() - began
        ready, began = send_ready(rows[0], len(rows)), time.process_time()
        ours = send_with_outbox(meetups)
        ours_spent = time.process_time() - began
        measured.append((ours, django, ready, len(rows) / ours_spent, len(rows) / django_spent))
    return measured


def measure_lanes(repeats: int, num_meetups: int, connections: int) -> list[tuple[float, float, float]]:
    """Return, for each repeat, letters a second of the outbox and of finished bytes over so many connections: with the next
    letter named along with each dot, as the outbox does, and one command after the other.
    """
    send_with_outbox(make_due(5 * connections, 12))
    measured = []
    for _ in range(repeats):
        meetups = make_due(num_meetups, 12)
        row, number = rows_of(meetups)[0], num_meetups * 12
        breath = send_ready(row, number, connections=connections, in_one_breath=True)
        one_by_one = send_ready(row, number, connections=connections)
        measured.append((send_with_outbox(meetups), breath, one_by_one))
    return measured


def count_statements() -> float:
    """Return how many statements a letter of a full batch makes, those of the batch and of the sweep shared among all."""
    make_due(1, BATCH)
    with CaptureQueriesContext(connection) as queries:
        assert sweep() == {"sent": BATCH}
    return round(len(queries) / BATCH, 2)


def measure_sweep(num_due: int) -> tuple[float, float]:
    """Return the milliseconds of a sweep that finds nothing, and of each of so many letters of one that sends. The least of five.

    Twice as many letters must be due: the first half warms what a process does once.
    """
    due = list(Delivery.objects.due().values_list("pk", flat=True))
    tomorrow = clock.now() + timedelta(days=1)
    Delivery.objects.filter(pk__in=due[num_due:]).update(next_try_at=tomorrow)
    sweep()
    idle = math.inf
    for _ in range(5):
        started = time.perf_counter()
        assert sweep() == {}
        idle = min(idle, time.perf_counter() - started)
    Delivery.objects.filter(pk__in=due[num_due:]).update(next_try_at=clock.now())
    started = time.perf_counter()
    assert sweep() == {"sent": num_due}
    return 1000 * idle, 1000 * (time.perf_counter() - started) / num_due


def measure_fan_out(repeats: int, num_guests: int) -> dict:
    """Return rows a second of a mailing and of a bare INSERT, for each repeat, and by how much the process grew."""
    make_and_fan_out(50)
    before, pairs = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for _ in range(repeats):
        meetup = make_table(num_guests)
        making = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        num_bare = insert_bare(meetup, f"bare-{secrets.token_hex(4)}")
        bare = num_bare / (time.perf_counter() - started)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM meetups_delivery WHERE meetup_id = %s", [meetup.pk])
        pairs.append((fan_out(meetup, num_guests), bare))
        before = max(before, making)
    return {"pairs": pairs, "grew_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1)}


def make_and_fan_out(num_guests: int) -> float:
    return fan_out(make_table(num_guests), num_guests)


def fan_out(meetup: Meetup, num_guests: int) -> float:
    """Let one mailing of a meetup become letters; return rows a second."""
    times = {"due_at": clock.now(), "not_after": meetup.starts_at}
    mailing = Mailing.objects.create(meetup=meetup, kind=KIND, segment=Mailing.Segment.YES, is_planned=False, **times)
    started = time.perf_counter()
    assert fan_out_mailing(mailing) == num_guests
    return num_guests / (time.perf_counter() - started)


def measure_memory(num_first: int, num_last: int) -> tuple[float, float]:
    """Return the megabytes of this process (PSS) after so many letters and after so many more, which are all due at once."""
    sizes = []
    for number in (num_first, num_last):
        make_due(-(-number // 100), 100)
        sweep()
        sizes.append(pss_mb())
    return sizes[0], sizes[1]


def pss_mb() -> float:
    """Return this process's share of memory, in megabytes (Linux)."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024, 1)
