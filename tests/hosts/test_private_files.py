"""The database and the photos are files for the site's own user alone, whatever the umask of the shell was."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK = "from django.db import connection; connection.ensure_connection()"


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("is_there_already", [False, True])
def test_the_database_of_the_embedded_size_is_for_its_user_alone(usual_umask, tmp_path, is_there_already):
    database = tmp_path / "db.sqlite3"
    if is_there_already:
        database.touch(mode=0o644)
    env = os.environ | {"VAR_DIR": str(tmp_path), "DATABASE_URL": "", "SECRET_KEY": "x" * 50, "LINK_KEYS": "y" * 50}
    env |= {"FACTOR_KEYS": "z" * 50, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "config.settings"}

    subprocess.run([sys.executable, "manage.py", "shell", "-c", LOOK], cwd=ROOT, env=env, check=True, timeout=60)

    assert {path.name: mode(path) for path in tmp_path.glob("db.sqlite3*")} == {"db.sqlite3": 0o600}


def test_photos_are_for_the_sites_user_alone(usual_umask, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"

    name = default_storage.save("photos/ab/one.jpg", ContentFile(b"a photo"))

    assert mode(settings.MEDIA_ROOT / name) == 0o600
    assert [mode(settings.MEDIA_ROOT / folder) for folder in ("photos", "photos/ab")] == [0o700, 0o700]
