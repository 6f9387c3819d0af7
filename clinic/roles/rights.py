"""What the application's role in Postgres may do with each table, by what its model says of its rows.

It reads and adds everywhere. It changes and removes rows only where the model lets rows change; it empties no table,
and since it owns none it can neither alter one nor switch a trigger off.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections
from psycopg import sql

from clinic.frozen import Mutability
from clinic.roles.naming import named
from clinic.trail import turns

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
ADD = ("SELECT", "INSERT")
#: Tables that others write: Django's migrations, and Postgres itself.
READ_ONLY = {"django_migrations", "clinic_schemachange"}
#: What has to be allowed for LOCK TABLE, on tables that have nothing to change.
LOCK = ("UPDATE",)
_NEVER = ("TRUNCATE", "REFERENCES", "TRIGGER")

# pgtrigger lets whoever sets `pgtrigger.ignore` pass by a trigger, and anybody may set it. Here nobody passes by.
NEVER_IGNORE = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE AS 'SELECT FALSE'
"""


def rights_of_tables(using: str) -> dict[str, tuple[str, ...]]:
    """Return what the application may do with each table that there is."""
    frozen = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if getattr(model, "mutability", None) is Mutability.FROZEN
    }
    names = connections[using].introspection.table_names()
    special = dict.fromkeys(READ_ONLY, ("SELECT",)) | dict.fromkeys(turns.TABLES, LOCK) | dict.fromkeys(frozen, ADD)
    return {name: special.get(name, ALL) for name in names}


_DIFFERING = """
SELECT wanted.name FROM unnest(%s::text[], %s::text[]) AS wanted (name, rights)
WHERE wanted.rights <> array_to_string(ARRAY(
    SELECT kind FROM unnest(%s::text[]) WITH ORDINALITY AS kinds (kind, place)
    WHERE has_table_privilege(%s, quote_ident(wanted.name)::regclass, kind) ORDER BY place), ',')
"""


_MAKES_TABLES = """
SELECT datname FROM pg_database WHERE datname = current_database() AND has_database_privilege(%s, oid, 'TEMPORARY')
"""


def differing(role: str, using: str = "default") -> list[str]:
    """Return the tables, and the database, with which `role` may do something else than it should; two queries."""
    wanted = rights_of_tables(using)
    values: list[Any] = [list(wanted), [",".join(rights) for rights in wanted.values()], [*ALL, *_NEVER], role]
    with connections[using].cursor() as cursor:
        cursor.execute(_DIFFERING, values)
        tables = cursor.fetchall()
        cursor.execute(_MAKES_TABLES, [role])
        return [name for (name,) in (*tables, *cursor.fetchall())]


def grant(role: str, using: str = "default") -> None:
    """Give `role` what it should have, and nothing else. The connection's role must own the tables."""
    wanted, connection = rights_of_tables(using), connections[using]
    connection.ensure_connection()
    database = connection.connection.info.dbname
    statements = sql.SQL("; ").join(_statements(role, wanted, database)).as_string(connection.connection)
    with named("grant", using), connection.cursor() as cursor:
        cursor.execute(NEVER_IGNORE)
        cursor.execute(statements)


def _held() -> Iterator[tuple[str, str]]:
    """Yield table and key column of facts that services wait for one another at: SELECT FOR UPDATE asks for a right.

    It is given for the key alone, and the trigger refuses to change that as well.
    """
    for model in apps.get_models():
        if getattr(model, "held_for_update", False):
            yield model._meta.db_table, str(model._meta.pk.column)


def _statements(role: str, wanted: dict[str, tuple[str, ...]], database: str) -> Iterator[Any]:
    who = sql.Identifier(role)
    # A temporary table is found before the clinic's own of the same name, by a trigger that looks for it too.
    yield sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM {}, PUBLIC").format(sql.Identifier(database), who)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who)
    yield sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(who)
    for name, rights in wanted.items():
        table = sql.Identifier(name)
        yield sql.SQL("REVOKE ALL ON {} FROM {}, PUBLIC").format(table, who)
        given = sql.SQL(", ").join(map(sql.SQL, rights))
        yield sql.SQL("GRANT {} ON {} TO {}").format(given, table, who)
    for name, column in _held():
        right = sql.SQL("GRANT UPDATE ({}) ON {} TO {}")
        yield right.format(sql.Identifier(column), sql.Identifier(name), who)
