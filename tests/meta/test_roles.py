"""The application's own role in Postgres can't alter the record, and can do all that the clinic does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.permissions import Role
from clinic.frozen import Mutability
from clinic.roles.rights import NEVER_IGNORE, differing
from clinic.trail.turns import TABLES
from launch.postgres import APPLICATION
from tests.factories import make_actor, make_site
from tests.meta.conftest import Stories
from tests.meta.project import our_models
from tests.meta.test_raw_sql import LOCKED_WHEN, a_column
from tests.story import tell

pytestmark = pytest.mark.django_db
FORBIDDEN = "permission denied|must be owner|baseline:"
GUARDED = [model for model in our_models() if model.mutability is not Mutability.MUTABLE]  # type: ignore[attr-defined]
FROZEN = [model for model in GUARDED if model.mutability is Mutability.FROZEN]  # type: ignore[attr-defined]


def each(found: list[type[models.Model]]) -> Any:
    """Run the test for each of these models."""
    return pytest.mark.parametrize("model", found, ids=[model._meta.label for model in found])


@contextmanager
def as_application() -> Iterator[None]:
    """Work with the application's rights inside the block, which is a savepoint."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET LOCAL ROLE {APPLICATION}")
        yield
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(statement: str, message: str = FORBIDDEN) -> None:
    """Run SQL as the application and expect Postgres to refuse it."""
    with pytest.raises(DatabaseError, match=message), as_application(), connection.cursor() as cursor:
        cursor.execute(statement)


def real_connection() -> Any:
    """A connection of the application's own, as web and worker have it."""
    parameters = {**connection.get_connection_params(), "user": APPLICATION}
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{name: parameters[name] for name in names if name in parameters}, autocommit=True)


def test_the_application_may_do_little_in_the_whole_server() -> None:
    with real_connection() as own:
        row = own.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin FROM pg_roles "
            "WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False, False, True)
        assert own.execute("SELECT current_user, current_setting('is_superuser')").fetchone() == (APPLICATION, "off")
        mine = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        assert own.execute(mine).fetchone() == (0,)
        assert own.execute("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole").fetchone() == (
            0,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET ROLE baseline_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER SYSTEM SET synchronous_commit = off",
        "CREATE TABLE mine (x int)",
        "ALTER TABLE clinic_trailevent DROP CONSTRAINT trail_seq_once",
        "ALTER TABLE clinic_trailevent RENAME TO old_trail",
        "DROP TABLE clinic_trailevent CASCADE",
        "DROP INDEX trail_recorded",
        ("CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN "
        "LANGUAGE sql AS 'SELECT TRUE'"),
        "CREATE RULE nothing AS ON INSERT TO clinic_trailevent DO INSTEAD NOTHING",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('clinic', '0099', now())",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE clinic_trailevent DISABLE TRIGGER USER'; END $$",
        "COPY clinic_trailevent TO PROGRAM 'cat'",
        "CREATE TEMPORARY TABLE clinic_rollback (acknowledged_at timestamptz)",
    ],
)  # fmt: skip
def test_the_application_cannot_free_itself(statement: str) -> None:
    with real_connection() as own, pytest.raises(psycopg.Error, match=r"permission denied|must be owner"):
        own.execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_the_application_waits_for_its_turn_and_does_nothing_else_there(table: str) -> None:
    with real_connection() as own:
        with own.transaction():
            own.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        with pytest.raises(psycopg.Error, match="permission denied"):
            own.execute(f"INSERT INTO {table} DEFAULT VALUES")


@each(FROZEN)
def test_a_frozen_table_is_only_read_and_added_to(model: type[models.Model]) -> None:
    table, column = model._meta.db_table, a_column(model)
    refused(f'UPDATE {table} SET "{column}" = "{column}"', "permission denied")
    refused(f"DELETE FROM {table}", "permission denied")
    held = getattr(model, "held_for_update", False)
    lock = f"SELECT 1 FROM {table} FOR UPDATE"
    if held:
        with as_application(), connection.cursor() as cursor:
            cursor.execute(lock)
    else:
        refused(lock, "permission denied")


@each([model for model in FROZEN if getattr(model, "held_for_update", False)])
def test_a_fact_that_services_wait_at_keeps_its_key(stories: Stories, model: type[models.Model]) -> None:
    refused(f"UPDATE {model._meta.db_table} SET id = id", "baseline:")


@each(GUARDED)
def test_a_guarded_table_keeps_its_triggers(model: type[models.Model]) -> None:
    table = model._meta.db_table
    refused(f"TRUNCATE {table} CASCADE", "permission denied")
    refused(f"ALTER TABLE {table} DISABLE TRIGGER ALL", "must be owner")
    refused(f"ALTER TABLE {table} DISABLE TRIGGER USER", "must be owner")
    for trigger in getattr(model._meta, "triggers", []):
        refused(f'DROP TRIGGER "{trigger.get_pgid(model)}" ON {table}', "must be owner")


@each([model for model in GUARDED if model._meta.label in LOCKED_WHEN])
def test_a_locked_row_is_locked_for_the_application_even_when_it_asks_to_pass_by(
    stories: Stories, model: type[models.Model]
) -> None:
    table, where = model._meta.db_table, LOCKED_WHEN[model._meta.label]
    names = ",".join(trigger.get_pgid(model) for trigger in model._meta.triggers)  # type: ignore[attr-defined]
    for passing_by in ("", f"SET LOCAL pgtrigger.ignore = '{{{names}}}'; "):
        refused(f"{passing_by}DELETE FROM {table} WHERE {where}", "baseline:")


def test_a_clinic_that_works_as_the_owner_of_its_tables_is_warned_of_it(client: Client) -> None:
    site = make_site("WARN")
    client.force_login(make_actor(site, Role.MANAGER).user)
    warning = "The clinic could alter its own record"
    assert warning in client.get(reverse("alert_list")).content.decode()  # tests work as the superuser
    with as_application():
        assert warning not in client.get(reverse("alert_list")).content.decode()


def test_every_table_has_just_the_rights_that_its_model_asks_for() -> None:
    assert differing(APPLICATION) == []


def test_a_right_too_many_or_too_few_is_noticed() -> None:
    temporary = f'GRANT TEMPORARY ON DATABASE "{connection.settings_dict["NAME"]}" TO'
    for change in ("GRANT UPDATE ON clinic_trailevent TO", "GRANT TRUNCATE ON clinic_site TO", temporary, ""):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{change} {APPLICATION}" if change else f"REVOKE INSERT ON clinic_user FROM {APPLICATION}")
            assert len(differing(APPLICATION)) == 1
            transaction.set_rollback(True)


def test_the_owner_owns_everything_and_nobody_signs_in_as_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'S')"
        )
        assert cursor.fetchall() == [("baseline_owner",)]
        cursor.execute("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'baseline_owner'")
        assert cursor.fetchone() == (False, False)


def test_the_trigger_library_lets_nobody_pass_by() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = '_pgtrigger_should_ignore'")
        assert [row[0] for row in cursor.fetchall()] == ["SELECT FALSE"]
    assert "SELECT FALSE" in NEVER_IGNORE


def test_the_clinics_whole_story_can_be_told_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APPLICATION}")
        try:
            story = tell(make_site("APP", name="Application Site"))
            call_command("verify_trail")
        finally:
            cursor.execute("RESET ROLE")
    assert story is not None
