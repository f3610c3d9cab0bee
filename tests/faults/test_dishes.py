"""Thirty guests claim the last dish at the same moment, on real web processes: one gets it, the others are told."""

import http.client
import json
import threading
from urllib.parse import urlencode

import pytest

from tests.serving import Site

NUM_GUESTS = 30
TOLD = "Somebody else has just taken that. This is what the table still lacks."

MAKE_ROWS = f"""
import json
from meetups.access.tokens import make_guest_token
from tests.factories import make_dish, make_guest, make_meetup
meetup = make_meetup(seats={NUM_GUESTS})
guests = [make_guest(meetup, rsvp="yes") for _ in range({NUM_GUESTS})]
print(json.dumps([make_dish(meetup).code, *map(make_guest_token, guests)]))
"""
READ_ROWS = "from meetups.models import Dish; print(Dish.objects.taken().count(), Dish.objects.free().count())"


def press(port: int, token: str, code: str, at_once: threading.Barrier, answers: list) -> None:
    """Connect, wait for all the others, press."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    at_once.wait()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Host": f"localhost:{port}"}
    connection.request("POST", f"/r/{token}/table", urlencode({"take": code}), form)
    response = connection.getresponse()
    answers.append((response.status, TOLD in response.read().decode()))
    connection.close()


@pytest.mark.slow
def test_the_last_dish_pressed_for_by_thirty_at_once_is_one_guests_and_the_others_read_why(tmp_path):
    with Site(tmp_path, workers=0, WEB_WORKERS="2") as site:
        code, *tokens = json.loads(site.shell(MAKE_ROWS))
        answers: list[tuple[int, bool]] = []
        at_once = threading.Barrier(NUM_GUESTS)
        people = [threading.Thread(target=press, args=(site.port, token, code, at_once, answers)) for token in tokens]
        for person in people:
            person.start()
        for person in people:
            person.join()
        rows = site.shell(READ_ROWS)

    assert sorted(answers) == [(200, True)] * (NUM_GUESTS - 1) + [(303, False)]
    assert rows == "1 0"
