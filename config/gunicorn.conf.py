"""How gunicorn serves the site. Everything that can be set comes from the settings, so a bad value is a sentence here too."""

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
# Threads, because a browser opens connections ahead of need: each would hold a whole process until it times out.
worker_class = "gthread"
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 15
# The heartbeat file belongs in memory: on a busy disk it makes gunicorn kill healthy workers.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
preload_app = True
control_socket_disable = True
# Only Django decides what a proxy's headers mean (TRUSTED_PROXIES); gunicorn believes none of them.
forwarded_allow_ips = ""
# The access log is written by config.middleware, and what gunicorn itself says goes through the same formatter: an
# address that fails in here may hold a token.
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
    },
}


def pre_fork(server, worker):
    """Leave no database connection for two processes to talk over at once."""
    connections.close_all()
