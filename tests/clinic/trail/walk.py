"""Migrate one migration after the other, as a clinic did that was there before they were replaced by one.

Run as a program of its own: python -m tests.clinic.trail.walk [APP PREFIX]
"""

import sys

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


def walk(app: str = "", prefix: str = "") -> None:
    """Migrate to the migration of `app` that begins with `prefix`; to the last of every app when it isn't told."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    nodes = executor.loader.graph.nodes
    if app:
        targets = [key for key in nodes if key[0] == app and key[1].startswith(prefix) and "squashed" not in key[1]]
    else:
        targets = [
            key for key in executor.loader.graph.leaf_nodes() if not (key[0] == "clinic" and nodes[key].replaces)
        ]
    executor.migrate(targets)


if __name__ == "__main__":
    django.setup()
    walk(*sys.argv[1:])
