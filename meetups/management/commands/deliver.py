"""Deliver without Celery: everything it needs is in the database (R21)."""

import logging
import signal
import threading

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections, connection

from hosts.database.waits import WORKER_LOCK, WORKER_STATEMENT, limit_waits
from meetups.operations.sweep import sweep
from meetups.webhooks.send import send_due

logger = logging.getLogger(__name__)

SECONDS_FOR_WEBHOOKS = 10
BAD = ("failed", "waiting", "unknown", "relay_down", "slowed", "paused", "errors")


class Command(BaseCommand):
    """`deliver --once` sends everything due and fails when something did; `deliver --loop` goes on until SIGTERM."""

    help = "Send the letters that are due, without Celery."

    def add_arguments(self, parser):
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--once", action="store_true", help="send everything that is due now, then end")
        how.add_argument("--loop", action="store_true", help="look again and again until SIGTERM or Ctrl-C")
        parser.add_argument("--seconds", type=float, default=2.0, help="pause between two looks of --loop (default 2)")

    def handle(self, *args, once: bool, loop: bool, seconds: float, **options):
        limit_waits(lock_seconds=WORKER_LOCK, statement_seconds=WORKER_STATEMENT)
        if loop:
            self.loop(seconds)
            return
        counts = sweep()
        send_due(seconds=SECONDS_FOR_WEBHOOKS)
        said = ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "nothing was due"
        self.stdout.write(said)
        if any(counts[word] for word in BAD):
            raise CommandError(f"Not everything went out: {said}.")

    def loop(self, seconds: float) -> None:
        """Sweep until SIGTERM or Ctrl-C; a letter that is being sent is finished first. Goes on when the database is away."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        # A thread of its own: a receiver that hangs keeps no letter back.
        webhooks = threading.Thread(target=post_webhooks, args=[stopping, seconds], daemon=True)
        webhooks.start()
        while not stopping.is_set():
            close_old_connections()
            try:
                sweep(seconds=60, should_stop=stopping.is_set)
            except DatabaseError:
                logger.exception("the database does not answer; looking again in %g s", seconds)
            stopping.wait(seconds)
        webhooks.join(timeout=SECONDS_FOR_WEBHOOKS)


def post_webhooks(stopping: threading.Event, seconds: float) -> None:
    """Post events that are due to webhooks until `stopping` is set; goes on when the database is away."""
    limit_waits(lock_seconds=WORKER_LOCK, statement_seconds=WORKER_STATEMENT)
    while not stopping.is_set():
        close_old_connections()
        try:
            send_due(seconds=SECONDS_FOR_WEBHOOKS, should_stop=stopping.is_set)
        except DatabaseError:
            logger.exception("the database does not answer; webhooks wait %g s", seconds)
        stopping.wait(seconds)
    connection.close()
