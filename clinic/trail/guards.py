"""Whether what guards the record in Postgres is as the models declare it: triggers, rules, changes of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from clinic.roles.models import SchemaChange
from clinic.roles.watching import watches

_BODY = re.compile(r"RETURNS TRIGGER AS \$\$(.*)\$\$ LANGUAGE", re.DOTALL)
#: The bits of pg_trigger.tgtype.
_BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_TRIGGERS = """
SELECT relname, tgname, tgenabled, tgtype, prosrc, tgqual IS NOT NULL OR tgattr::text <> '' FROM pg_trigger
JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal
"""
_RULES = """
SELECT tablename, rulename FROM pg_rules WHERE schemaname = 'public'
"""
#: Where a server, a database or a role begins with triggers switched off.
_REPLICA = """
SELECT 'this connection' WHERE current_setting('session_replication_role') <> 'origin'
UNION ALL
SELECT coalesce('role ' || rolname, 'all roles') || coalesce(' in ' || datname, '')
FROM pg_db_role_setting LEFT JOIN pg_roles ON pg_roles.oid = setrole
    LEFT JOIN pg_database ON pg_database.oid = setdatabase
WHERE EXISTS (SELECT FROM unnest(setconfig) said WHERE said ILIKE 'session_replication_role=%'
    AND said NOT ILIKE '%=origin') AND (setdatabase = 0 OR datname = current_database())
"""
_IGNORE = "SELECT prosrc FROM pg_proc WHERE proname = '_pgtrigger_should_ignore'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A trigger as its model declares it."""

    table: str
    name: str
    kind: int
    body: str


def wanted_triggers() -> Iterator[Wanted]:
    """Yield every trigger that the models declare."""
    for model in apps.get_models(include_auto_created=True):
        for trigger in getattr(model._meta, "triggers", ()):
            name = trigger.get_pgid(model)
            found = _BODY.search(str(trigger.compile(model).install_sql))
            if found is None:
                raise ValueError(f"the trigger {name} has no function")
            if trigger.get_condition(model) is not None:
                raise ValueError(f"the trigger {name} has a WHEN clause, which can't be compared: its function asks")
            events = str(trigger.operation).split(" OR ")
            words = [str(trigger.level), str(trigger.when), *(event.split()[0] for event in events)]
            kind = sum(_BITS.get(word, 0) for word in words)
            yield Wanted(model._meta.db_table, name, kind, _plain(found[1]))


def _plain(body: str) -> str:
    return " ".join(body.split())


def guard_faults() -> list[str]:
    """Say what of the guards is missing, off or changed now; four queries."""
    return [*_trigger_faults(), *_other_faults()]


def _trigger_faults() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS)
        found = {(table, name): rest for table, name, *rest in cursor.fetchall()}
    for wanted in wanted_triggers():
        where = f"trigger {wanted.name} of {wanted.table}"
        if (there := found.get((wanted.table, wanted.name))) is None:
            yield f"{where} is missing"
            continue
        # None of ours fires for some rows or columns only: one that does has been made blind.
        enabled, kind, body, narrowed = there
        if enabled not in {"O", "A"}:
            yield f"{where} is switched off"
        elif narrowed or kind != wanted.kind or _plain(body) != wanted.body:
            yield f"{where} isn't the one that the clinic made"


def _other_faults() -> Iterator[str]:
    guarded = {model._meta.db_table for model in apps.get_models() if getattr(model._meta, "triggers", ())}
    for table, rule in _rows(_RULES):
        if table in guarded:
            yield f"rule {rule} changes what {table} does"
    for (who,) in _rows(_REPLICA):
        yield f"triggers are switched off by session_replication_role for {who}"
    set_up = SchemaChange.objects.filter(program__in=["grant", "watch"]).exists()
    for (body,) in _rows(_IGNORE):
        # Where the clinic has one role alone, the library's own function is there.
        if body.strip().upper() != "SELECT FALSE" and (set_up or "pgtrigger.ignore" not in body):
            yield "the function _pgtrigger_should_ignore lets triggers be passed by"
    if not watches() and set_up:
        yield "the event trigger that notes changes of the schema is missing, off or changed"


def _rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def foreign_changes(*, after: int = 0) -> list[str]:
    """Say which changes of the schema after number `after` no program of the clinic claims to have made; one query."""
    found = SchemaChange.objects.filter(program="", pk__gt=after).order_by("pk")
    return [
        f"change {change.pk} of the schema, {change.at:%Y-%m-%d %H:%M:%S} UTC, by {change.role}: {change}"
        + (f" (switched off: {change.switched_off})" if change.switched_off else "")
        for change in found
    ]
