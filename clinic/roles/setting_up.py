"""The two roles in Postgres: one owns the tables and is nobody's to sign in as, the other is the application's."""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from clinic.roles.naming import SAY_HERE

#: One start at a time sets the roles up: two that give out rights at once get in each other's way.
LOCK = 0x626173656C696E65


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the roles, and the application's password ("" where it needs none)."""

    owner: str
    application: str
    password: str = ""

    @classmethod
    def of_settings(cls) -> "Roles":
        """Return the roles that DATABASE_URL and CLINIC_DATABASE_OWNER name."""
        database = settings.APPLICATION_DATABASE
        return cls(settings.DATABASE_OWNER, database.get("USER") or "", database.get("PASSWORD") or "")


class MightyApplicationError(ValueError):
    """The role that the application is to work as may do everything."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the role {name} of DATABASE_URL is a superuser: name another there, it will be made")


_FOREIGN = """
SELECT CASE WHEN found.relkind = 'S' THEN 'SEQUENCE' WHEN found.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END,
    found.relname, NULL
FROM pg_class AS found WHERE found.relnamespace = 'public'::regnamespace AND found.relkind IN ('r', 'p', 'v', 'S')
    AND found.relowner <> %(owner)s::regrole
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = found.oid AND deptype IN ('a', 'i', 'e'))
UNION ALL
SELECT 'FUNCTION', proname, pg_get_function_identity_arguments(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> %(owner)s::regrole
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def set_up_roles(administration: psycopg.Connection[Any], roles: Roles) -> bool:
    """Make the roles and give everything in the database to the owner; whether anything had to be done.

    `administration` is a connection of a role that may make roles, and owns the database or is a superuser. Rights on
    the tables are given by `clinic.roles.rights`, after the migrations.

    Raises psycopg.Error, and MightyApplicationError.
    """
    with administration.transaction():
        administration.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        administration.execute(SAY_HERE, ["set_up_roles"])
        if _is_superuser(administration, roles.application):
            raise MightyApplicationError(roles.application)
        made = [_make(administration, roles.owner, "NOLOGIN"), _make(administration, roles.application, "LOGIN")]
        if roles.password:
            _run(administration, "ALTER ROLE {} PASSWORD {}", roles.application, sql.Literal(roles.password))
        if made[0] and not _is_superuser(administration, administration.info.user):
            _run(administration, "GRANT {} TO CURRENT_USER", roles.owner)
        return _hand_over(administration, roles.owner) or any(made)


def _make(administration: psycopg.Connection[Any], name: str, may: str) -> bool:
    if administration.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return False
    _run(administration, f"CREATE ROLE {{}} {may} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS", name)
    return True


def _hand_over(administration: psycopg.Connection[Any], owner: str) -> bool:
    """Let `owner` own the database and all that it holds; whether anything changed hands."""
    found = administration.execute(_FOREIGN, {"owner": sql.Identifier(owner).as_string(administration)}).fetchall()
    for kind, name, arguments in found:
        signature = "" if arguments is None else f"({arguments})"
        _run(administration, f"ALTER {kind} public.{{}}{signature} OWNER TO {{}}", name, sql.Identifier(owner))
    mine = administration.execute(
        "SELECT current_database(), pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if mine and mine[1] != owner:
        _run(administration, "REVOKE CREATE ON SCHEMA {} FROM PUBLIC", "public")
        _run(administration, "GRANT USAGE, CREATE ON SCHEMA {} TO {}", "public", sql.Identifier(owner))
        _run(administration, "ALTER DATABASE {} OWNER TO {}", mine[0], sql.Identifier(owner))
        return True
    return bool(found)


def _is_superuser(administration: psycopg.Connection[Any], name: str) -> bool:
    found = administration.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    return bool(found and found[0])


def _run(administration: psycopg.Connection[Any], statement: str, name: str, *more: sql.Composable) -> None:
    """Run a statement about the role or object `name`; the statement's own text is ours alone."""
    administration.execute(sql.SQL(statement).format(sql.Identifier(name), *more))


def connect_as_administrator() -> psycopg.Connection[Any]:
    """Return a connection of CLINIC_ADMIN_DATABASE_URL's role, not stepped down to the owner. Raises psycopg.Error."""
    parameters = connections["default"].get_connection_params()
    for name in ("options", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)
