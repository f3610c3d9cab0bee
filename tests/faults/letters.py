"""Helpers of the tests with a real worker: owe many letters, and read what became of them."""

import time
from collections import Counter
from pathlib import Path

from tests.serving import Site
from tests.smtpsink import Sink

LETTERS = """
from django.db import transaction
from meetups.outbox.queue import enqueue
from tests.factories import make_guest, make_meetup
with transaction.atomic():
    meetup = Meetup.objects.first() or make_meetup()
    for number in range({number}):
        guest = make_guest(meetup, email=f"{whom}{{number}}@example.org")
        enqueue("invitation", key=str(guest.pk), guest=guest)
"""
# Seconds; longer than a lease, and than the wait after an unknown ending.
IN_A_WHILE = 400


def owe(site: Site, number: int, whom: str = "guest") -> None:
    """Owe so many invitations, to guest0@example.org and so on, in one transaction."""
    site.shell(LETTERS.format(number=number, whom=whom))


def states(site: Site) -> dict[str, int]:
    return dict(site.rows("SELECT state, count(*) FROM meetups_delivery GROUP BY state"))


def wait_until(is_so, site: Site, seconds: float = 30) -> None:
    """Return as soon as `is_so()` is true; fail with the states and the end of the logs when time is up."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{states(site)}\n{site.logs[-3000:]}"
        time.sleep(0.1)


def num_reached(sink: Sink) -> int:
    """Return how many people have at least one letter."""
    return len({message.recipients for message in list(sink.messages)})


def num_extra(sink: Sink) -> int:
    """Return how many copies came beside the first of each; fail where two copies have not the same Message-ID."""
    copies = Counter(message.recipients for message in list(sink.messages))
    ids = {(message.recipients, message.message_id) for message in list(sink.messages)}
    assert len(ids) == len(copies), "a second copy carries the same Message-ID"
    return sum(copies.values()) - len(copies)


class MovableClock:
    """A file that TEST_CLOCK_FILE names, and how far it is moved."""

    def __init__(self, file: Path):
        self.file, self.seconds = file, 0.0

    def move(self, seconds: float = IN_A_WHILE) -> None:
        """Move the clock of every process that reads the file."""
        self.seconds += seconds
        # Replaced in one step, so that no process reads half of it.
        half = self.file.with_suffix(".new")
        half.write_text(str(self.seconds))
        half.replace(self.file)
