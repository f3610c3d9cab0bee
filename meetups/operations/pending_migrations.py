"""What `migrate` would do, asked of Django's own executor: the command itself takes ten times as long to say it."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def pending_migrations() -> list:
    """Return the migrations that this code has and the database has not. DatabaseError when there is no database."""
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())
