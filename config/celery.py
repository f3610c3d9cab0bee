"""The Celery app. A task only says that there is work in the database; losing one delays the work by a minute at most.

Beat runs as a thread of every worker (a bootstep). Two workers mean two beats, which is harmless: claims are conditional
and every outbox row has a unique key. So one command line, `celery -A config worker`, is all there is to start.
"""

import logging.config
import os
import zoneinfo

from celery import Celery, bootsteps
from celery.app.utils import Settings
from celery.beat import EmbeddedService, Scheduler
from celery.signals import celeryd_init, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("longtable")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_the_site_does(**kwargs) -> None:
    """Keep Celery from setting up logging of its own: every line goes through the formatter that cuts tokens (R71)."""
    logging.config.dictConfig(settings.LOGGING)


@celeryd_init.connect
def wait_longer_for_the_broker(conf: Settings, **kwargs: object) -> None:
    """Let a worker wait longer for Redis than a page does: nobody waits for it, and a lost connection costs it seconds."""
    if settings.REDIS_URL:
        conf.broker_transport_options = conf.broker_transport_options | {"socket_timeout": 5, "socket_connect_timeout": 5}


class BeatThread(bootsteps.StartStopStep):
    """Start beat as a thread of the worker's main process; its schedule is kept in memory, because every entry is an interval."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker, **kwargs):
        self.service = None

    def start(self, worker):
        # It sleeps for one second at most, so that it does not delay the shutdown of a worker.
        self.service = EmbeddedService(worker.app, max_interval=1, thread=True, scheduler_cls=Scheduler)
        self.service.start()

    def stop(self, worker):
        if self.service is not None:
            self.service.stop()
            self.service = None


app.steps["worker"].add(BeatThread)

# The pinned tzdata wins over the machine's own zone files, which may be years old (R26). Settings do it too; a worker
# started with -A imports this module first.
zoneinfo.reset_tzpath(())
