"""Celery tasks. They take no arguments: what is due is in the database (R16)."""

import logging
import mmap

from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutting_down
from django.core.cache import cache

from hosts.database.waits import WORKER_LOCK, WORKER_STATEMENT, limit_waits
from meetups.campaigns import descent
from meetups.campaigns.board import board
from meetups.campaigns.news import write
from meetups.forecasts.keep import keep_forecasts
from meetups.forecasts.learn import learn as learn_from_evenings
from meetups.inbound import handle
from meetups.inbound.imap import MailboxTrouble
from meetups.operations.sweep import sweep as run_sweep
from meetups.outbox.wake_worker import note_that_sweep_begins
from meetups.privacy import retention
from meetups.webhooks.send import send_due

logger = logging.getLogger(__name__)

# A sweep ends by itself well before the time limits, even when the last letter meets a relay that hangs.
SECONDS_FOR_A_SWEEP = 45
SECONDS_FOR_WEBHOOKS = 10
WEBHOOKS_UNDER_WAY = "webhooks-under-way"

# One byte of memory shared with the worker's child processes: on SIGTERM they finish the letter they are sending and stop.
_is_stopping = mmap.mmap(-1, 1)


@worker_init.connect
def limit_database_waits(**kwargs: object) -> None:
    """Keep every process of this worker from waiting for locks."""
    limit_waits(lock_seconds=WORKER_LOCK, statement_seconds=WORKER_STATEMENT)


@worker_shutting_down.connect
def stop_soon(**kwargs: object) -> None:
    """Tell the child processes to stop."""
    _is_stopping[0] = 1


@shared_task
def sweep() -> None:
    """Do what is due. A lost task costs the seconds until the next one."""
    note_that_sweep_begins()
    run_sweep(seconds=SECONDS_FOR_A_SWEEP, should_stop=lambda: _is_stopping[0] == 1)


@shared_task
def send_webhooks() -> None:
    """Post the events that are due to webhooks. A lost task costs seconds; one is under way at a time in the whole site, so
    that receivers that hang hold one process of a worker and letters have the others."""
    if not cache.add(WEBHOOKS_UNDER_WAY, 1, SECONDS_FOR_WEBHOOKS * 3):
        return
    try:
        send_due(seconds=SECONDS_FOR_WEBHOOKS, should_stop=lambda: _is_stopping[0] == 1)
    finally:
        cache.delete(WEBHOOKS_UNDER_WAY)


@shared_task
def retire() -> None:
    """Delete what is past its retention (R102, R103). A lost task costs an hour."""
    retention.retire()


@shared_task
def count_descents() -> None:
    """Count which evening led to which, once a night. A lost task costs an hour; what was counted before it stays."""
    descent.count_descents()


@shared_task
def recount_boards() -> None:
    """Count the dashboards of large campaigns again. A lost task costs whoever looks next a second or two."""
    board.recount_boards()


@shared_task
def write_news() -> None:
    """Owe organizers the news of their campaigns, each morning once. A lost task costs an hour."""
    write.write_news()


@shared_task
def learn() -> None:
    """Keep what the forecast says of the evenings that are near, and learn from those that were. A lost task costs an hour."""
    keep_forecasts()
    learn_from_evenings()


@shared_task
def fetch_mail() -> None:
    """Handle incoming mail. A lost task costs a minute; scheduled only where INBOUND_IMAP_URL is set."""
    try:
        handle.fetch_mail()
    except MailboxTrouble as trouble:
        logger.warning("%s", trouble)


@worker_ready.connect
def sweep_at_start(**kwargs: object) -> None:
    """Sweep as soon as a worker starts."""
    sweep.apply_async(expires=60, retry=False)
