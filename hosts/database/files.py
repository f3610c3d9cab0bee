"""The file of the SQLite database, which nobody else on this machine may read."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def keep_sqlite_private(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Let only the site's own user read the SQLite database and the files beside it; connected to `connection_created`.

    Files that belong to another user are left as they are. A second call changes nothing.
    """
    if connection.vendor != "sqlite":
        return
    for suffix in ("", "-wal", "-shm"):
        file = Path(f"{connection.settings_dict['NAME']}{suffix}")
        with suppress(OSError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
