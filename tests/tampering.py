"""What only who owns the database may do to it, and what the verifiers say then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


@contextmanager
def past_the_triggers() -> Iterator[Any]:
    """Give a cursor that no trigger holds, as a superuser of the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def change(statement: str, key: object) -> None:
    """Change the rows of `key` past their triggers; there are some."""
    with past_the_triggers() as cursor:
        cursor.execute(statement, [key])
        assert cursor.rowcount


def write_unknown(rows: "models.QuerySet[Any]", field: str, code: str) -> None:
    """Write a `code` that the clinic doesn't know into `field` of `rows`, whose check constraints its owner drops."""
    column = rows.model._meta.get_field(field).column
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        found = connection.introspection.get_constraints(cursor, table)
        for name in (name for name, each in found.items() if each["check"] and column in each["columns"]):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    with past_the_triggers() as cursor:
        cursor.execute(
            f'UPDATE {table} SET "{column}" = %s WHERE id = ANY(%s)', [code, list(rows.values_list("pk", flat=True))]
        )
        assert cursor.rowcount
