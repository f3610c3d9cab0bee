"""Celery's doors: pokes that carry nothing and say "look at the database" (R16)."""

import logging
import mmap

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down

from meetups.imapbox import MailboxTrouble
from meetups.services import inbound, retention
from meetups.services.sweep import sweep as look_around

logger = logging.getLogger(__name__)

# A sweep ends by itself well before the time limits, even when the last letter meets a relay that hangs.
SECONDS_FOR_A_SWEEP = 45

# One byte that the worker's children share with it: on SIGTERM they finish the letter in hand and no more.
_is_stopping = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def stop_soon(**kwargs) -> None:
    """Tell the children to come to an end."""
    _is_stopping[0] = 1


@shared_task
def sweep() -> None:
    """Do what is due. Losing this costs the seconds until the next one."""
    look_around(seconds=SECONDS_FOR_A_SWEEP, should_stop=lambda: _is_stopping[0] == 1)


@shared_task
def retire() -> None:
    """Remove what nobody needs any more (R102, R103). Losing this costs an hour."""
    retention.retire()


@shared_task
def fetch_mail() -> None:
    """Read what came back. Losing this costs a minute; beat asks for it only where INBOUND_IMAP_URL is set."""
    try:
        inbound.fetch_mail()
    except MailboxTrouble as trouble:
        logger.warning("%s", trouble)


@worker_ready.connect
def look_at_once(**kwargs) -> None:
    """Sweep when a worker starts: what waited for it waits no longer."""
    sweep.apply_async(expires=60, retry=False)
