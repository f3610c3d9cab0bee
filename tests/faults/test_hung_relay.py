"""A relay that hangs on single letters: every other letter leaves meanwhile, over other connections (R13, R127)."""

import pytest

from tests import smtpsink
from tests.faults.letters import num_reached, owe, states, wait_until
from tests.serving import Site

NUM_LETTERS = 40
NUM_CHILDREN = 2


@pytest.mark.slow
def test_one_letter_in_each_process_that_hangs_holds_no_other(tmp_path):
    with (
        smtpsink.Sink() as sink,
        Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, SWEEP_SECONDS="2", EMAIL_TIMEOUT="60") as site,
    ):
        owe(site, NUM_LETTERS)
        # The first of each batch: all others of it are claimed behind it.
        hanging = [f"guest{number}@example.org" for number in range(NUM_CHILDREN)]
        sink.answers |= dict.fromkeys(hanging, smtpsink.HANG)
        site.start_worker()
        sink.wait_for(lambda sink: num_reached(sink) == NUM_LETTERS - NUM_CHILDREN, seconds=45)
        # Owed while they hang, and sent while they hang.
        owe(site, 5, "late")
        sink.wait_for(lambda sink: sum(bool(sink.to(f"late{number}@example.org")) for number in range(5)) == 5, seconds=45)

        wait_until(lambda: states(site) == {"sent": NUM_LETTERS - NUM_CHILDREN + 5, "sending": NUM_CHILDREN}, site)
    assert len(sink.messages) == NUM_LETTERS - NUM_CHILDREN + 5
