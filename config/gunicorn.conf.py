"""The configuration of gunicorn. All values come from the settings, so a bad one stops the start with a sentence."""

import os
import sys
from pathlib import Path

# gunicorn reads this file before it puts the project on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

try:
    host = settings.BIND.strip("[]")
except ImproperlyConfigured as error:
    print(error, file=sys.stderr)
    sys.exit(2)

bind = f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"
workers = settings.WEB_WORKERS
worker_class = "config.web_worker.BufferingWorker"
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 15
# The heartbeat file belongs in memory: on a busy disk it makes gunicorn kill healthy workers.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
preload_app = True
control_socket_disable = True
# Headers of proxies are read by Django alone (TRUSTED_PROXIES).
forwarded_allow_ips = ""
# config.middleware writes the access log. gunicorn's own messages use the same formatter, because a URL in them may contain
# a token.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": settings.LOG_LEVEL},
    "loggers": {
        "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
        "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": False},
        # One line for each request that waits for a thread.
        "waitress.queue": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}


def pre_fork(server, worker):
    """Close the database connections, so that no two processes share one."""
    connections.close_all()
