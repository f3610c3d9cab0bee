"""Handle the mail in the mailbox of INBOUND_IMAP_URL without Celery; the worker does the same every minute."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from meetups.inbound.handle import fetch_mail
from meetups.inbound.imap import MailboxTrouble


class Command(BaseCommand):
    """`fetchmail --once` reads what is there and fails when the mailbox cannot be read; `--loop` goes on until SIGTERM."""

    help = "Read bounces, complaints, calendars' answers and replies from the mailbox of INBOUND_IMAP_URL."

    def add_arguments(self, parser):
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--once", action="store_true", help="read what is there now, then end")
        how.add_argument("--loop", action="store_true", help="look again and again until SIGTERM or Ctrl-C")
        parser.add_argument("--seconds", type=float, default=60.0, help="pause between two looks of --loop (default 60)")

    def handle(self, *args, once: bool, loop: bool, seconds: float, **options):
        if not settings.INBOUND_IMAP_URL:
            raise CommandError("INBOUND_IMAP_URL is not set, so there is no mailbox to read.")
        if loop:
            self.loop(seconds)
            return
        try:
            counts = fetch_mail()
        except MailboxTrouble as trouble:
            raise CommandError(str(trouble)) from trouble
        self.stdout.write(", ".join(f"{number} {done}" for done, number in sorted(counts.items())) or "nothing came")
        if counts["errors"]:
            raise CommandError("Not everything could be taken in; it stays unread.")

    def loop(self, seconds: float) -> None:
        """Fetch until SIGTERM or Ctrl-C. A mailbox that does not answer is reported each time, and tried again."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            close_old_connections()
            try:
                fetch_mail()
            except MailboxTrouble as trouble:
                self.stderr.write(str(trouble))
            stopping.wait(seconds)
