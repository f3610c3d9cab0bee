"""kill -9 while one thread claims ahead of several sending threads: every letter arrives (R5)."""

import os

import pytest

from tests import smtpsink
from tests.faults.letters import MovableClock, num_extra, num_reached, owe, states, wait_until
from tests.serving import Site

NUM_LETTERS, NUM_THREADS, NUM_KILLS = 200, 4, 5
NUM_CHILDREN = 2
# So slow that what was queued at one death is queued again at the next; else no row is leased often enough to be given up.
SECONDS_FOR_A_LETTER = 0.5


@pytest.mark.slow
@pytest.mark.skipif(not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")), reason="on SQLite one connection sends")
def test_letters_that_were_queued_at_each_death_all_arrive(tmp_path):
    clock = MovableClock(tmp_path / "clock")
    words = {"TEST_CLOCK_FILE": str(clock.file), "SWEEP_SECONDS": "1", "SENDING_THREADS": str(NUM_THREADS)}

    with (
        smtpsink.Sink(delay=SECONDS_FOR_A_LETTER) as sink,
        Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, **words) as site,
    ):
        owe(site, NUM_LETTERS)
        for _ in range(NUM_KILLS):
            site.start_worker()
            # Only a few letters later: nearly all of the batch is still unsent when the worker dies.
            number = len(sink.messages) + 5
            sink.wait_for(lambda sink, number=number: len(sink.messages) >= number, seconds=60)
            site.kill_worker()
            clock.move()
        sink.delay = 0
        site.start_worker()
        sink.wait_for(lambda sink: num_reached(sink) == NUM_LETTERS, seconds=90)
        clock.move()
        wait_until(lambda: states(site) == {"sent": NUM_LETTERS}, site)

    assert num_extra(sink) <= NUM_KILLS * NUM_THREADS * NUM_CHILDREN
