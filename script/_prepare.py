"""Bring an installation up to date: settings, static files, tables, the demo. Run by script/server in the virtual environment.

One process for all of it, because loading Django is what a start spends its time on. What a person should read goes to
stderr; the last line of stdout is JSON for script/server. A second run changes nothing.
"""

import hashlib
import io
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import call_command, get_commands  # noqa: E402
from django.core.management.base import SystemCheckError  # noqa: E402
from django.core.management.commands.check import Command as CheckCommand  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from meetups.operations.pending_migrations import pending_migrations  # noqa: E402

# Any number will do, if it is always the same one: starts on several machines take turns at the tables.
MIGRATION_LOCK = 7_420_315


def main() -> None:
    try:
        django.setup()
        # Django's own: ours also looks at the outbox, whose last sweep is old at every start.
        call_command(CheckCommand(), stdout=io.StringIO())  # only what is wrong is worth reading
    except (ImproperlyConfigured, SystemCheckError) as error:
        refuse(str(error))
    try:
        collect_static_files()
        bring_tables_up_to_date()
        load_towns()
        load_demo()
    except DatabaseError as error:
        refuse(f"The database cannot be used: {str(error).strip()}")
    except OSError as error:
        refuse(f"{error.filename or settings.VAR_DIR} cannot be written: {error.strerror}.")
    facts = {"url": settings.PUBLIC_URL, "host": settings.PUBLIC_HOST, "mailbox": settings.MAILBOX_IS_OPEN}
    print(json.dumps(facts), flush=True)


def refuse(sentence: str) -> None:
    """Stop the start with a sentence."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def tell(sentence: str) -> None:
    """Say what takes a moment, so that nobody wonders."""
    print(sentence, file=sys.stderr, flush=True)


def collect_static_files() -> None:
    """Copy, hash and compress the static files, when they or the packages changed since the last time."""
    stamp = settings.VAR_DIR / "static.stamp"
    wanted = static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return
    tell("Collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Return what the collected files depend on: names, sizes and times of ours, and the packages' pins."""
    parts = [(ROOT / "requirements.txt").read_text(), (ROOT / "config" / "settings.py").read_text()]
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                facts = path.stat()
                parts.append(f"{path.relative_to(folder)} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def bring_tables_up_to_date() -> None:
    """Apply the migrations that are not applied yet; on PostgreSQL one machine at a time."""
    if not pending_migrations():
        return
    tell("Bringing the tables up to date …")
    if connection.vendor != "postgresql":
        call_command("migrate", interactive=False, verbosity=0)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def load_towns() -> None:
    """Put the towns into their table, or those of a newer file; what it does is said only when there is something to do."""
    call_command("load_towns", verbosity=0, stdout=sys.stderr)


def load_demo() -> None:
    """Load the small demo on an empty SQLite database of one machine; DEMO=0 leaves it out."""
    is_wanted = settings.DEMO and connection.vendor == "sqlite" and settings.MAIL_IS_FILES
    if not is_wanted or "demo" not in get_commands() or get_user_model().objects.exists():
        return
    tell("Loading the demo …")
    call_command("demo", stdout=sys.stderr)


if __name__ == "__main__":
    main()
