"""What only who owns the database may do to it, and what the verifiers say then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


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
