"""kill -9, twenty times in a thousand letters: everybody gets one, and copies are few and identical (R5, R9, R12)."""

import os
import random
import time

import pytest

from tests import smtpsink
from tests.faults.letters import MovableClock, num_extra, num_reached, owe, states, wait_until
from tests.serving import Site

NUM_LETTERS = 1000
NUM_KILLS = 20
IS_BIG = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
NUM_WORKERS = 2 if IS_BIG else 1
# Each child of a worker has one SMTP connection, so at most this many letters are on their way when it is killed.
NUM_CHILDREN = 2


@pytest.mark.slow
def test_every_guest_gets_the_letter_though_workers_are_killed_twenty_times(tmp_path):
    clock, dice = MovableClock(tmp_path / "clock"), random.Random(5)
    num_kills = 0

    with (
        smtpsink.Sink(delay=0.003) as sink,
        Site(
            *(tmp_path / "site",),
            email_url=sink.url,
            web=False,
            workers=0,
            TEST_CLOCK_FILE=str(clock.file),
            SWEEP_SECONDS="1",
        ) as site,
    ):
        owe(site, NUM_LETTERS)
        while num_kills < NUM_KILLS:
            for _ in range(NUM_WORKERS):
                site.start_worker()
            while site.workers:
                # At a random instant: some letters later, and then somewhere within a letter.
                num_more = len(sink.messages) + dice.randint(3, 40)
                sink.wait_for(lambda sink, number=num_more: len(sink.messages) >= number, seconds=60)
                time.sleep(dice.uniform(0, 0.02))
                site.kill_worker(dice.randrange(len(site.workers)))
                num_kills += 1
            # No worker runs now: the leases have ended when the next one sweeps.
            clock.move()
        for _ in range(NUM_WORKERS):
            site.start_worker()
        sink.wait_for(lambda sink: num_reached(sink) == NUM_LETTERS, seconds=90)
        clock.move()
        wait_until(lambda: states(site) == {"sent": NUM_LETTERS}, site)

    assert num_kills == NUM_KILLS
    assert num_extra(sink) <= NUM_KILLS * NUM_CHILDREN
