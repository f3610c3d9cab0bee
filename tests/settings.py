"""The settings of the tests: the same file as in production, with keys, folders and a part of Redis of their own."""

import os
import secrets
import tempfile
from urllib.parse import urlsplit

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

os.environ.setdefault("ENV_FILE", os.devnull)
if WORKER or "VAR_DIR" not in os.environ:
    # Each process of the suite has its own, or one would empty the other's cache.
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix=f"longtable-test-{WORKER}")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("LINK_KEYS", secrets.token_urlsafe(50))

from config.settings import *  # noqa: E402, F403

if REDIS_URL:  # noqa: F405
    # A database of Redis for each process, none of them the first, which may be somebody's: clearing the cache empties it.
    number = 1 + int(WORKER.removeprefix("gw") or 0)
    CELERY_BROKER_URL = CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{number}").geturl()  # noqa: F405

# Hashed names need collectstatic first; what they do is shown by the tests that start the real server.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}  # noqa: F405
