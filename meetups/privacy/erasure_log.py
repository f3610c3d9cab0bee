"""A log of erasures outside of the database, one file for each day, so that they can be repeated in a restored backup.

A line has the moment, the keyed hash of an address, and the code of one meetup or "-" for all.
"""

import logging
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

logger = logging.getLogger("longtable.security")
LINE = re.compile(r"(\S+) ([0-9a-f]{64}) ([a-z0-9]+|-)")


def folder() -> Path:
    return Path(settings.VAR_DIR) / "erasures"


def write_down(at: datetime, address_hash: str, meetup_code: str) -> None:
    """Append one line. A full disk is logged; the row in the database is there anyway."""
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder() / f"{at:%Y-%m-%d}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="ascii") as file:
            file.write(f"{at.isoformat()} {address_hash} {meetup_code or '-'}\n")
    except OSError:
        logger.exception("an erasure could not be written down beside the database")


def read_all() -> Iterator[tuple[datetime, str, str]]:
    """Return moment, hash and code of every line, the oldest first; incomplete lines are skipped."""
    for path in sorted(folder().glob("????-??-??")):
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            if match := LINE.fullmatch(line):
                yield datetime.fromisoformat(match[1]), match[2], match[3].replace("-", "")


def forget(before: datetime) -> int:
    """Delete the files of days before that moment; return how many. A second call finds none."""
    old = [path for path in folder().glob("????-??-??") if path.name < f"{before:%Y-%m-%d}"]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
