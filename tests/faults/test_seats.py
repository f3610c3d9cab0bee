"""Many guests answer at once, on real web processes: seats are given under the lock (R80), to a whole party or not at all."""

import http.client
import json
import os
import threading
import time
from urllib.parse import urlencode

import pytest

from tests.serving import Site

IS_POSTGRES = bool(os.environ.get("DATABASE_URL"))
NUM_GUESTS = 200 if IS_POSTGRES else 50
NUM_SEATS = 10
NUM_PRESSES = 50
# A hundred times yes and no at once: so many guests, so many times each.
NUM_TORN, NUM_ROUNDS = 25, 4
SLOWEST_95TH = 3.0

MAKE_ROWS = """
import json
from meetups.access.tokens import make_guest_token
from meetups.models import Meetup
from tests.factories import make_guest, make_meetup, make_user
host = make_user(f"host{{Meetup.objects.count()}}@example.org")
meetup = make_meetup(host, seats={seats}, max_party=3)
print(json.dumps([make_guest_token(make_guest(meetup)) for _ in range({guests})]))
"""
# Of the meetup made last. Ids of letters are given under the lock, in the order of the presses.
READ_ROWS = """
import json
from meetups.models import Delivery, Guest, Meetup
meetup = Meetup.objects.latest("pk")
letters = Delivery.objects.filter(guest__isnull=False, meetup=meetup)
queued = letters.filter(state="queued").order_by("pk")
people = Guest.objects.filter(meetup=meetup).order_by("pk")
print(json.dumps({
    "line": list(Guest.objects.filter(meetup=meetup).waiting().values_list("pk", flat=True)),
    "presses": list(letters.order_by("pk").values_list("guest", flat=True)),
    "letters": sorted(queued.values_list("guest", "kind")),
    "said": {letter.guest_id: letter.context.get("rsvp", "") for letter in queued},
    "guests": {row.pk: [row.rsvp, row.party_size, row.has_offer, row.offered_at is not None] for row in people},
    "full_letters": Delivery.objects.filter(kind="host_full", meetup=meetup).count(),
}))
"""


def press(port: int, token: str, fields: dict, at_once: threading.Barrier, answers: list) -> None:
    """Connect, wait for all the others, press."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": f"localhost:{port}"}
    at_once.wait()
    started = time.monotonic()
    connection.request("POST", f"/r/{token}", urlencode(fields), headers)
    answers.append((connection.getresponse().status, time.monotonic() - started))
    connection.close()


def press_all(port: int, presses: list[tuple[str, dict]]) -> list[tuple[int, float]]:
    """Let everybody press in the same moment; return each answer's status and how long it took."""
    answers: list[tuple[int, float]] = []
    at_once = threading.Barrier(len(presses))
    people = [threading.Thread(target=press, args=(port, token, fields, at_once, answers)) for token, fields in presses]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return answers


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("seats"), workers=0, WEB_WORKERS="2") as running:
        yield running


def make_rows(site: Site, guests: int) -> list[str]:
    return json.loads(site.shell(MAKE_ROWS.format(seats=NUM_SEATS, guests=guests)))


def read_rows(site: Site) -> dict:
    rows = json.loads(site.shell(READ_ROWS))
    rows["guests"] = {int(pk): facts for pk, facts in rows["guests"].items()}
    return rows


def seated_in_order(rows: dict) -> list[int]:
    """Return who has to have a seat when each press is answered alone, in the order in which they came."""
    free, seated = NUM_SEATS, []
    for pk in rows["presses"]:
        size = rows["guests"][pk][1]
        if size <= free:
            free -= size
            seated.append(pk)
    return seated


@pytest.mark.slow
def test_parties_that_press_at_once_for_ten_seats_get_them_in_order_and_never_one_more(site):
    # No time is asserted: the machine may be busy.
    is_idle = os.getloadavg()[0] < (os.cpu_count() or 1) / 2
    tokens = make_rows(site, NUM_GUESTS)

    answers = press_all(site.port, [(token, {"rsvp": "yes", "party_size": 1 + n % 3}) for n, token in enumerate(tokens)])
    rows = read_rows(site)

    assert [status for status, _seconds in answers] == [303] * NUM_GUESTS
    seated = {pk for pk, (rsvp, *_rest) in rows["guests"].items() if rsvp == "yes"}
    assert sum(rows["guests"][pk][1] for pk in seated) == NUM_SEATS
    assert seated == set(seated_in_order(rows))
    assert rows["line"] == [pk for pk in rows["presses"] if pk not in seated]
    assert sorted(rows["presses"]) == sorted(rows["guests"])
    told = {pk: "confirmation" if pk in seated else "waiting" for pk in rows["guests"]}
    assert rows["letters"] == sorted([pk, kind] for pk, kind in told.items())
    assert rows["full_letters"] == 1
    slowest = sorted(seconds for _status, seconds in answers)[int(NUM_GUESTS * 0.95) - 1]
    print(f"{NUM_GUESTS} pressed, 95 of 100 answered within {slowest:.2f} s")
    if is_idle:
        assert slowest < SLOWEST_95TH


@pytest.mark.slow
def test_one_guest_who_presses_fifty_times_at_once_has_one_seat_and_one_letter(site):
    (token,) = make_rows(site, 1)

    answers = press_all(site.port, [(token, {"rsvp": "yes", "party_size": 2})] * NUM_PRESSES)
    rows = read_rows(site)

    assert [status for status, _seconds in answers] == [303] * NUM_PRESSES
    ((pk, facts),) = rows["guests"].items()
    assert facts[:2] == ["yes", 2]
    assert rows["presses"] == [pk]
    assert rows["letters"] == [[pk, "confirmation"]]


@pytest.mark.slow
def test_yes_and_no_at_once_a_hundred_times_leave_one_answer_each_and_the_seats_right(site):
    tokens = make_rows(site, NUM_TORN)
    torn = [(token, {"rsvp": rsvp}) for token in tokens for rsvp in ("yes", "no")]

    statuses = [status for _round in range(NUM_ROUNDS) for status, _seconds in press_all(site.port, torn)]
    rows = read_rows(site)

    assert statuses == [303] * (2 * NUM_TORN * NUM_ROUNDS)
    taken = sum(size for rsvp, size, has_offer, _asked in rows["guests"].values() if rsvp == "yes" or has_offer)
    assert taken <= NUM_SEATS
    # Nobody waits while a seat is free, except for those who were offered one.
    waiting = [pk for pk, (rsvp, _size, _has_offer, was_asked) in rows["guests"].items() if rsvp == "waiting" and not was_asked]
    assert taken == NUM_SEATS or not waiting
    # One letter each is still to leave, and it is about the answer that stands.
    assert len(rows["letters"]) == NUM_TORN
    for pk, kind in rows["letters"]:
        rsvp, _size, has_offer, _asked = rows["guests"][pk]
        about = {"yes": "confirmation", "no": "confirmation", "waiting": "seat_offered" if has_offer else "waiting"}
        assert kind == about[rsvp], (pk, kind, rows["guests"][pk])
        assert kind != "confirmation" or rows["said"][str(pk)] == rsvp
