"""Django's `check`, which also says in words what makes /healthz red."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.management.commands import check
from django.db import DatabaseError, connection

from meetups.dispatch.health import outbox_health


def check_outbox(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning for each problem of the outbox; none where there is no database to look at yet."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not name.startswith("file:") and not Path(name).exists():
        # Opening it would make it.
        return []
    try:
        problems = outbox_health().problems
    except DatabaseError:
        return []
    return [checks.Warning(str(problem.words), id=f"meetups.outbox.{problem.code}") for problem in problems]


class Command(check.Command):
    """With --fail-level WARNING it ends with an error while letters do not leave."""

    def handle(self, *app_labels: list[str], **options: Any) -> None:
        # Registered here, so that no other command looks at the outbox.
        checks.register(check_outbox, "outbox")
        super().handle(*app_labels, **options)
