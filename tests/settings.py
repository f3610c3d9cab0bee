"""The settings of the tests: the same file as in production, with keys, folders and a part of Redis of their own."""

import os
import secrets
import tempfile
from urllib.parse import urlsplit

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

os.environ.setdefault("ENV_FILE", os.devnull)
if WORKER or "VAR_DIR" not in os.environ:
    # One folder for each process of the suite: clearing the cache in one must not clear it in another.
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix=f"longtable-test-{WORKER}")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("LINK_KEYS", secrets.token_urlsafe(50))
os.environ.setdefault("FACTOR_KEYS", secrets.token_urlsafe(50))

from config.settings import *  # noqa: E402, F403

if REDIS_URL:  # noqa: F405
    # One Redis database for each process, because clearing the cache empties it; never number 0, which may be in use.
    number = 1 + int(WORKER.removeprefix("gw") or 0)
    CELERY_BROKER_URL = CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{number}").geturl()  # noqa: F405

# Hashed file names need collectstatic; the tests that start a real server cover them.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}  # noqa: F405
