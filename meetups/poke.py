"""Say "look at the database" to a worker, when there is one to say it to. Nothing depends on it (R2)."""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# A broker that did not answer is left alone for a while: each page that asks it again would wait for it again.
REST_SECONDS = 20

_rest = {"until": 0.0}


def _send() -> None:
    if time.monotonic() < _rest["until"]:
        return
    try:
        current_app.send_task("meetups.tasks.sweep", expires=120, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 (whatever ails the broker, the letter is in the outbox and leaves with a sweep)
        _rest["until"] = time.monotonic() + REST_SECONDS
        logger.warning("poke lost: %s", type(error).__name__)


def poke_worker() -> None:
    """Ask for one sweep once the present transaction has committed; in embedded mode do nothing. Never raises.

    A second call in the same transaction adds nothing.
    """
    if settings.BROKER_IS_EMBEDDED:
        return
    if any(callback is _send for _sids, callback, _robust in transaction.get_connection().run_on_commit):
        return
    transaction.on_commit(_send, robust=True)
