"""An event trigger in Postgres that notes who changed a table, a trigger, a rule or a function.

Only a superuser may make one, so it is there where `CLINIC_ADMIN_DATABASE_URL` names one, and in the embedded database.
It fires for the owner of the tables and for superusers too, also at `session_replication_role = replica`, and notes
which triggers of the table were off. It and its function belong to the administrator, not to the tables' owner.
"""

from typing import Any

import psycopg
from django.db import connections

from clinic.roles.naming import SAY_HERE
from clinic.roles.setting_up import connect_as_administrator

SCHEMA = "baseline_watch"
TRIGGERS = {"baseline_ddl": "ddl_command_end", "baseline_drop": "sql_drop"}
_KINDS = ("TABLE", "TRIGGER", "RULE", "FUNCTION")
_TAGS = {
    "ddl_command_end": [f"{verb} {kind}" for kind in _KINDS for verb in ("CREATE", "ALTER") if kind != "TABLE"]
    + ["ALTER TABLE"],
    "sql_drop": [f"DROP {kind}" for kind in (*_KINDS, "OWNED", "SCHEMA")],
}
BODY = """
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        INSERT INTO public.clinic_schemachange (role, program, command, subject, switched_off)
        SELECT session_user, coalesce(current_setting('baseline.program', true), ''), TG_TAG,
            left(object_identity, 300), ''
        FROM pg_event_trigger_dropped_objects() WHERE original AND NOT is_temporary;
    ELSE
        INSERT INTO public.clinic_schemachange (role, program, command, subject, switched_off)
        SELECT session_user, coalesce(current_setting('baseline.program', true), ''), command_tag,
            left(object_identity, 300), coalesce((
                SELECT string_agg(tgname, ', ' ORDER BY tgname) FROM pg_trigger
                WHERE classid = 'pg_class'::regclass AND tgrelid = objid AND NOT tgisinternal
                    AND tgenabled NOT IN ('O', 'A')), '')
        FROM pg_event_trigger_ddl_commands() WHERE coalesce(schema_name, '') NOT LIKE 'pg_temp%';
    END IF;
END;
"""
_FUNCTION = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE OR REPLACE FUNCTION {SCHEMA}.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $note${BODY}$note$;
"""
_FOUND = f"""
SELECT evtname, evtevent, evtenabled, prosrc
FROM pg_event_trigger JOIN pg_proc ON pg_proc.oid = evtfoid
    JOIN pg_namespace ON pg_namespace.oid = pronamespace AND nspname = '{SCHEMA}'
"""  # noqa: S608  # all of it stands here


def watches(using: str = "default") -> bool:
    """Whether changes of the schema are noted, all of them; one query."""
    with connections[using].cursor() as cursor:
        cursor.execute(_FOUND)
        found = {name: (event, enabled, body) for name, event, enabled, body in cursor.fetchall()}
    return found == {name: (event, "A", BODY) for name, event in TRIGGERS.items()}


def watch(administration: psycopg.Connection[Any]) -> bool:
    """Make the event triggers, after the migrations; whether the server let us. Raises psycopg.Error otherwise."""
    try:
        with administration.transaction():
            administration.execute(SAY_HERE, ["watch"])
            administration.execute(_FUNCTION)
            for name, event in TRIGGERS.items():
                tags = ", ".join(f"'{tag}'" for tag in _TAGS[event])
                administration.execute(f"DROP EVENT TRIGGER IF EXISTS {name}")
                administration.execute(
                    f"CREATE EVENT TRIGGER {name} ON {event} WHEN TAG IN ({tags}) EXECUTE FUNCTION {SCHEMA}.note()"
                )
                administration.execute(f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS")
            administration.execute(
                "INSERT INTO public.clinic_schemachange (role, program, command, subject, switched_off) "
                "VALUES (session_user, 'watch', 'CREATE EVENT TRIGGER', 'baseline_ddl', '')"
            )
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def watch_schema() -> bool:
    """See that changes of the schema are noted; whether they are. Raises psycopg.Error."""
    if watches():
        return True
    with connect_as_administrator() as administration:
        return watch(administration)


def unwatched(role: str) -> str:
    """Say that the server doesn't let `role` make an event trigger."""
    return (
        f"Postgres doesn't let {role} note changes of the schema (an event trigger needs a superuser): verify_trail "
        "says which triggers are missing or off, but not whether they were off in between."
    )
