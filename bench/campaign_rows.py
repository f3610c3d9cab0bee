"""A large campaign in a large site, written by PostgreSQL itself, out of one row of each kind that the factories make.

Run inside the site that is measured: `make_large_site(meetups, guests, of_campaign)`.
"""

import time

from django.core.cache import cache
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.rows import make_host
from hosts.models import Campaign, User
from meetups.campaigns.board import board
from meetups.campaigns.choice import EVERY_EVENING
from meetups.models import Delivery, Descent, Guest, Meetup
from meetups.times import clock
from tests.factories import make_campaign, make_contribution, make_delivery, make_guest, make_held_meetup, make_meetup, make_recap

SLUG = "large"
# Of each evening: the days from today on which it is. A third is still to come.
DAYS = "(m.n * 7 % 180) - 120"


def _copy(row: models.Model, source: str, **changed: str) -> None:
    """Insert the row once for each row of the SQL `source`, with the columns in `changed` as these expressions say."""
    model = type(row)
    columns = [str(field.column) for field in model._meta.concrete_fields]
    unlike = {"selector": "replace(gen_random_uuid()::text, '-', '')"} | changed
    values = [unlike.get(name, f"t.{connection.ops.quote_name(name)}") for name in columns]
    table, key = model._meta.db_table, model._meta.pk.column
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        # Without parameters, so that % is modulo.
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} t, {source} WHERE t.{key} = {row.pk}"  # noqa: S608
        )
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), max({key})) FROM {table}")  # noqa: S608


# Numbers above all that the factories have made.
BASE = 1_000_000


def _write(campaign: Campaign, meetups: int, guests: int, of_campaign: int) -> None:
    every, each = meetups // of_campaign, guests // meetups
    host = make_host()
    held = make_held_meetup(host, campaign=campaign)
    guest = make_guest(held, rsvp="yes", attended=True)
    words, recap = make_contribution(guest), make_recap(held)
    letter = make_delivery("confirmation", guest=guest, state="sent")
    child = Descent.objects.create(child=make_meetup(host, campaign=campaign), parent=held, evidence="link", num_days=30)
    series = f"generate_series(1, {meetups}) AS m(n)"
    is_child = f"m.n % {every * 10} = 0 AND m.n > {every * 10}"
    is_held = f"{DAYS} < 0"
    # The guests of one evening were written down one after the other.
    people = f"{series} CROSS JOIN generate_series(1, {each}) AS g(n)"
    number = f"((m.n - 1) * {each} + g.n)"
    _write_evenings(host, held, campaign, meetups, every=every, is_child=is_child)
    _write_guests(guest, people, number, is_held=is_held)
    who_came = f"(SELECT id, meetup_id FROM {Guest._meta.db_table} WHERE attended AND id > {BASE}) AS m(n, of_meetup)"  # noqa: S608
    _copy(words, who_came, id="m.n", guest_id="m.n", meetup_id="m.of_meetup")
    told = f"(SELECT n FROM {series} WHERE {is_held} AND m.n % 5 < 3 AND m.n % 37 > 0) AS m(n)"  # noqa: S608
    _copy(recap, told, id=f"{BASE} + m.n", meetup_id=f"{BASE} + m.n", slug="'large-' || m.n")
    _write_letters(letter, people, number)
    after = f"(SELECT n FROM {series} WHERE {is_child}) AS m(n)"  # noqa: S608
    _copy(child, after, id=f"{BASE} + m.n", child_id=f"{BASE} + m.n", parent_id=f"{BASE} + m.n - {every * 10}")


def _write_evenings(host: User, held: Meetup, campaign: Campaign, meetups: int, *, every: int, is_child: str) -> None:
    series = f"generate_series(1, {meetups}) AS m(n)"
    _copy(host, f"generate_series(1, {meetups // 4}) AS m(n)", id=f"{BASE} + m.n", email="'host' || m.n || '@example.net'")
    _copy(held.kit, series, id=f"{BASE} + m.n")
    begins = f"((current_date + {DAYS}) + time '23:00') AT TIME ZONE 'UTC'"
    _copy(
        held,
        series,
        id=f"{BASE} + m.n",
        kit_id=f"{BASE} + m.n",
        code="'large' || m.n",
        host_id=f"{BASE} + 1 + m.n % {meetups // 4}",
        campaign_id=f"CASE WHEN m.n % {every} = 0 THEN {campaign.pk} END",
        parent_id=f"CASE WHEN {is_child} THEN {BASE} + m.n - {every * 10} END",
        title="'Soup and question ' || m.n",
        date=f"current_date + {DAYS}",
        starts_at=begins,
        ends_at=f"{begins} + interval '3 hours'",
        seats="6 + m.n % 9",
        town_name="'Town ' || (m.n * 7919 % 300)",
        region="'Region ' || (m.n % 12)",
        status="CASE WHEN m.n % 37 = 0 THEN 'canceled' ELSE 'published' END",
        published_at="now() - interval '125 days'",
    )


def _write_guests(guest: Guest, people: str, number: str, *, is_held: str) -> None:
    answer = "(m.n * 31 + g.n * 17) % 10"
    _copy(
        guest,
        people,
        id=f"{BASE} + {number}",
        meetup_id=f"{BASE} + m.n",
        email=f"'guest' || {number} || '@example.org'",
        email_hash=f"md5('{SLUG}' || {number}) || md5({number} || '{SLUG}')",
        rsvp=f"CASE WHEN {answer} < 5 THEN 'yes' WHEN {answer} = 5 THEN 'maybe' WHEN {answer} < 8 THEN 'no' ELSE 'invited' END",
        answered_at=f"CASE WHEN {answer} < 8 THEN now() - (m.n + g.n) % 90 * interval '1 day' END",
        address_proven_at=f"CASE WHEN {answer} < 7 THEN now() - interval '20 days' END",
        confirmed_at=f"CASE WHEN {is_held} AND {answer} < 3 THEN now() END",
        attended=f"CASE WHEN {is_held} AND {answer} < 5 THEN {answer} < 3 END",
        could_host=f"{is_held} AND (m.n + g.n) % 40 = 0",
    )


def _write_letters(letter: Delivery, people: str, number: str) -> None:
    state = f"CASE WHEN {number} % 500 = 0 THEN 'failed' WHEN {number} % 800 = 1 THEN 'queued' ELSE 'sent' END"
    _copy(
        letter,
        people,
        id=f"{BASE} + {number}",
        guest_id=f"{BASE} + {number}",
        meetup_id=f"{BASE} + m.n",
        dedupe_key=f"'{SLUG}:' || {number}",
        message_id=f"'<{SLUG}-' || {number} || '@localhost>'",
        state=state,
        next_try_at="now() + interval '10 days'",
        finished_at=f"CASE WHEN {number} % 800 <> 1 THEN now() - {number} % 60 * interval '1 day' END",
    )


@transaction.atomic
def make_large_site(meetups: int, guests: int, of_campaign: int) -> list[str]:
    """Write the site and an organizer who is signed in; return the slug of the large campaign and the key of the session."""
    organizer = make_host()
    _write(make_campaign(organizer, name="A large campaign", slug=SLUG), meetups, guests, of_campaign)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(organizer)
    return [SLUG, client.cookies["sessionid"].value]


def count_board_queries(slug: str, session: str) -> list[int]:
    """Return how many queries the dashboard makes when it is counted, and when it is kept."""
    client, counts = Client(headers={"host": "localhost"}), []
    client.cookies["sessionid"] = session
    cache.clear()
    for _look in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/c/{slug}/dashboard/").status_code == 200
        counts.append(len(queries))
    return counts


def time_recount(slug: str) -> int:
    """Return the milliseconds in which a worker counts the campaign again."""
    cache.set(board.WATCHED, {Campaign.objects.get(slug=slug).pk: clock.now()})
    cache.delete(board._key(Campaign.objects.get(slug=slug), EVERY_EVENING))
    started = time.perf_counter()
    assert board.recount_boards() == 1
    return round((time.perf_counter() - started) * 1000)
