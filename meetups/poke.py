"""Say "look at the database" to a worker, when there is one to say it to. Nothing depends on it (R2)."""

import logging

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)


def _send(task: str) -> None:
    try:
        current_app.send_task(task, expires=120, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  whatever the broker's trouble is, the letter is in the outbox and leaves with the next sweep
        logger.warning("poke lost: %s", type(error).__name__)


def poke_worker() -> None:
    """Ask for a sweep once the present transaction has committed; in embedded mode do nothing. Never raises."""
    if settings.BROKER_IS_EMBEDDED:
        return
    transaction.on_commit(lambda: _send("meetups.tasks.sweep"), robust=True)
