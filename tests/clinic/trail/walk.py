"""Migrate one migration after the other, as a clinic did that was there before they were replaced by one.

Run as a program of its own: python -m tests.clinic.trail.walk to APP PREFIX, or: ... but NUMBER, which leaves the last
NUMBER for `migrate` itself.
"""

import sys
from typing import Any

import django
from django.db import connection
from django.db.migrations import AddConstraint, AddIndex, RemoveConstraint, RemoveIndex
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from tests.meta.project import LABELS


def walk(how: str, *where: str) -> None:
    """Migrate to the migration of an app that begins with a prefix, or to all but the last few."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    nodes = executor.loader.graph.nodes
    if how == "to":
        app, prefix = where
        targets = [key for key in nodes if key[0] == app and key[1].startswith(prefix) and "squashed" not in key[1]]
        executor.migrate(targets)
    else:
        leaves = executor.loader.graph.leaf_nodes()
        targets = [key for key in leaves if not (key[0] == "clinic" and nodes[key].replaces)]
        executor.migrate(targets, plan=executor.migration_plan(targets)[: -int(where[0])])


def render_less() -> None:
    """Let constraints, indexes and triggers pass without all models being rendered anew, which is most of the time.

    What they do in Postgres they say themselves; no rendered model is asked for them.
    """
    for operation in (AddConstraint, RemoveConstraint, AddIndex, RemoveIndex, AddTrigger, RemoveTrigger):
        operation.state_forwards = _without_rendering(operation.state_forwards)


def _without_rendering(forwards: Any) -> Any:
    def state_forwards(self: Any, app_label: str, state: Any) -> None:
        rendered = state.__dict__.pop("apps", None) if app_label in LABELS else None
        forwards(self, app_label, state)
        if rendered is not None:
            state.__dict__["apps"] = rendered

    return state_forwards


if __name__ == "__main__":
    django.setup()
    render_less()
    walk(*sys.argv[1:])
