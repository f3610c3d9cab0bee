"""The settings of the tests: the same file as in production, with keys and folders of their own."""

import os
import secrets
import tempfile

os.environ.setdefault("ENV_FILE", os.devnull)
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="longtable-test-"))
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("LINK_KEYS", secrets.token_urlsafe(50))

from config.settings import *  # noqa: F403

# Hashed names need collectstatic first; what they do is shown by the tests that start the real server.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
