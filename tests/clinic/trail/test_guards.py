"""Whoever owns the database switches the guards off, or changes them: each attack is refused or found and named."""

from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from clinic.accounts.models import Site
from clinic.roles import watching
from clinic.roles.models import SchemaChange
from clinic.roles.naming import named
from clinic.roles.rights import grant
from clinic.roles.watching import watch, watches
from clinic.trail.guards import foreign_changes, guard_faults, wanted_triggers
from clinic.trail.models import TrailEvent
from clinic.trail.verify import Fault
from launch.postgres import APPLICATION
from tests.clinic.trail.test_tampering import as_owner, found, trail_of

pytestmark = pytest.mark.django_db
TABLE = "clinic_trailevent"


def trigger(name: str, table: str = TABLE) -> str:
    """The name in Postgres of a trigger of ours."""
    (pgid,) = [each.name for each in wanted_triggers() if each.table == table and f"_{name}_" in each.name]
    return pgid


def run(*statements: str) -> None:
    """Run SQL as the superuser that tests are."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement.format(**{name: trigger(name) for name in ("frozen", "no_truncate", "follows")}))


def test_what_nobody_touched_has_no_faults() -> None:
    assert guard_faults() == []
    assert foreign_changes() == []
    assert watches()


@pytest.mark.parametrize(
    ("attack", "fault", "change"),
    [
        ("ALTER TABLE clinic_trailevent DISABLE TRIGGER {frozen}", "{frozen} of clinic_trailevent is switched off",
         "ALTER TABLE public.clinic_trailevent (switched off: {frozen})"),
        ("ALTER TABLE clinic_trailevent DISABLE TRIGGER USER", "{frozen} of clinic_trailevent is switched off",
         "(switched off: {follows}, {frozen}, {no_truncate})"),
        ("ALTER TABLE clinic_trailevent DISABLE TRIGGER ALL", "{frozen} of clinic_trailevent is switched off",
         "ALTER TABLE public.clinic_trailevent"),
        ("ALTER TABLE clinic_trailevent ENABLE REPLICA TRIGGER {frozen}",
         "{frozen} of clinic_trailevent is switched off",
         "(switched off: {frozen})"),
        ("DROP TRIGGER {frozen} ON clinic_trailevent", "{frozen} of clinic_trailevent is missing",
         "DROP TRIGGER {frozen} on public.clinic_trailevent"),
        ("ALTER TRIGGER {frozen} ON clinic_trailevent RENAME TO harmless", "{frozen} of clinic_trailevent is missing",
         "ALTER TRIGGER harmless on public.clinic_trailevent"),
        ("CREATE OR REPLACE FUNCTION {frozen}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
         "{frozen} of clinic_trailevent isn't the one", "CREATE FUNCTION public.{frozen}()"),
        (("CREATE OR REPLACE TRIGGER {frozen} BEFORE INSERT ON clinic_trailevent FOR EACH ROW "
         "EXECUTE FUNCTION {frozen}()"), "{frozen} of clinic_trailevent isn't the one",
         "CREATE TRIGGER {frozen} on public.clinic_trailevent"),
        (("CREATE OR REPLACE TRIGGER {frozen} BEFORE UPDATE OR DELETE ON clinic_trailevent FOR EACH ROW WHEN (false) "
         "EXECUTE FUNCTION {frozen}()"), "{frozen} of clinic_trailevent isn't the one",
         "CREATE TRIGGER {frozen} on public.clinic_trailevent"),
        (("CREATE OR REPLACE TRIGGER {frozen} BEFORE UPDATE OF reason OR DELETE ON clinic_trailevent FOR EACH ROW "
         "EXECUTE FUNCTION {frozen}()"), "{frozen} of clinic_trailevent isn't the one",
         "CREATE TRIGGER {frozen} on public.clinic_trailevent"),
        ("DROP FUNCTION {frozen}() CASCADE", "{frozen} of clinic_trailevent is missing",
         "DROP FUNCTION public.{frozen}()"),
        ("CREATE RULE nothing AS ON INSERT TO clinic_trailevent DO INSTEAD NOTHING",
         "rule nothing changes what clinic_trailevent does", "CREATE RULE nothing on public.clinic_trailevent"),
        (("CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN LANGUAGE sql "
         "AS 'SELECT TRUE'"), "_pgtrigger_should_ignore lets triggers be passed by",
         "CREATE FUNCTION public._pgtrigger_should_ignore"),
        ("ALTER TABLE clinic_chainhead DISABLE TRIGGER USER", "of clinic_chainhead is switched off",
         "ALTER TABLE public.clinic_chainhead"),
    ],
)  # fmt: skip
def test_an_attack_on_the_guards_is_found_and_named(site: Site, attack: str, fault: str, change: str) -> None:
    trail_of(site, 2)
    names = {name: trigger(name) for name in ("follows", "frozen", "no_truncate")}
    run(attack)
    assert any(fault.format(**names) in each for each in guard_faults()), guard_faults()
    assert any(change.format(**names) in each for each in foreign_changes()), foreign_changes()
    with pytest.raises(CommandError, match="what guards the record in the database isn't as it was made"):
        call_command("verify_trail")


def test_triggers_that_were_off_for_a_moment_are_named_afterwards(site: Site, capsys: Any) -> None:
    trail_of(site, 2)
    run(
        "ALTER TABLE clinic_trailevent DISABLE TRIGGER {frozen}",
        "ALTER TABLE clinic_trailevent ENABLE TRIGGER {frozen}",
    )
    assert guard_faults() == []
    with pytest.raises(CommandError, match="the schema was changed 2 times by others"):
        call_command("verify_trail")
    said = capsys.readouterr().err
    assert f"by {connection.settings_dict['USER']}: ALTER TABLE public.clinic_trailevent" in said
    assert f"(switched off: {trigger('frozen')})" in said
    last = SchemaChange.objects.latest("pk").pk
    with pytest.raises(CommandError, match="changed 1 times"):
        call_command("verify_trail", changes_seen=last - 1)
    call_command("verify_trail", changes_seen=last)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE clinic_trailevent DROP CONSTRAINT trail_one_successor",
        "ALTER TABLE clinic_trailevent ALTER COLUMN reason TYPE text",
        "ALTER TABLE clinic_trailevent RENAME TO old_trail",
        "ALTER TABLE clinic_trailevent OWNER TO baseline_app",
        "ALTER TABLE patients_patient ADD COLUMN note text",
        "DROP TABLE clinic_duetick",
    ],
)
def test_a_changed_table_is_named(statement: str) -> None:
    run(statement)
    (change,) = foreign_changes()
    assert change.split(": ", 1)[1].startswith(" ".join(statement.split()[:2]))


def test_switching_triggers_off_for_a_session_hides_neither_the_change_nor_the_switch(site: Site) -> None:
    trail_of(site, 3)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        assert guard_faults() == ["triggers are switched off by session_replication_role for this connection"]
        cursor.execute("ALTER TABLE clinic_trailevent DROP CONSTRAINT trail_one_successor")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert len(foreign_changes()) == 1  # the event trigger fires in a replica too
    as_owner("UPDATE clinic_trailevent SET reason = 'x' WHERE seq = 2")
    assert found() == (2, Fault.COLUMN_ALTERED)


@pytest.mark.parametrize(
    ("statement", "who"),
    [
        ("ALTER ROLE baseline_app SET session_replication_role = replica", "role baseline_app"),
        (
            "ALTER ROLE baseline_app IN DATABASE {database} SET session_replication_role = local",
            "role baseline_app in ",
        ),
        ("ALTER DATABASE {database} SET session_replication_role = replica", "all roles in "),
    ],
)
def test_switching_triggers_off_for_a_role_or_the_database_is_found(statement: str, who: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(database=connection.settings_dict["NAME"]))
    (fault,) = guard_faults()
    # A role that is written to somewhere else says so for this database alone.
    assert f"by session_replication_role for {who}" in fault


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER EVENT TRIGGER baseline_ddl DISABLE",
        "ALTER EVENT TRIGGER baseline_ddl ENABLE",
        "DROP EVENT TRIGGER baseline_drop",
        "CREATE OR REPLACE FUNCTION baseline_watch.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ],
)
def test_whoever_blinds_the_watch_is_found(statement: str) -> None:
    with connection.cursor() as cursor:
        # Tests that empty the tables take away that it was there once.
        cursor.execute(
            "INSERT INTO clinic_schemachange (role, program, command, subject, switched_off) "
            "VALUES ('postgres', 'watch', 'CREATE EVENT TRIGGER', 'baseline_ddl', '')"
        )
        cursor.execute(statement)
    assert guard_faults() == ["the event trigger that notes changes of the schema is missing, off or changed"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_schemachange SET program = 'migrate'",
        "DELETE FROM clinic_schemachange",
        "TRUNCATE clinic_schemachange",
        "DROP TABLE clinic_schemachange",
    ],
)
def test_what_was_noted_stays(statement: str) -> None:
    run("ALTER TABLE patients_patient ADD COLUMN note text")
    with pytest.raises(DatabaseError, match=r"baseline:|clinic_schemachange"), transaction.atomic():
        run(statement)
    assert len(foreign_changes()) == 1


def test_the_application_reads_what_was_noted_and_adds_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APPLICATION}")
        assert foreign_changes() == []
        assert guard_faults() == []
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute("INSERT INTO clinic_schemachange (role, program, command, subject) VALUES ('', '', '', '')")
        cursor.execute("RESET ROLE")


def test_the_clinics_own_programs_say_what_they_are() -> None:
    with named("migrate"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patient ADD COLUMN note text")
    grant(APPLICATION)
    assert foreign_changes() == []
    assert set(SchemaChange.objects.values_list("program", flat=True)) >= {"migrate", "grant"}
    run("ALTER TABLE patients_patient DROP COLUMN note")
    assert len(foreign_changes()) == 1


def test_a_migration_says_what_it_is() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('baseline.program', true), '')")
        assert cursor.fetchone() == ("",)
    from django.apps import apps
    from django.db.models.signals import post_migrate, pre_migrate

    config = apps.get_app_config("clinic")
    pre_migrate.send(config, app_config=config, verbosity=0, interactive=False, using="default")
    run("ALTER TABLE patients_patient ADD COLUMN note text")
    post_migrate.send(config, app_config=config, verbosity=0, interactive=False, using="default")
    run("ALTER TABLE patients_patient DROP COLUMN note")
    assert len(foreign_changes()) == 1


def test_where_the_server_allows_no_event_trigger_it_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    parameters = {**connection.get_connection_params(), "user": APPLICATION}
    names = ("dbname", "user", "password", "host", "port")
    own = {name: parameters[name] for name in names if name in parameters}
    with psycopg.connect(**own, autocommit=True) as application:
        assert not watch(application)
    monkeypatch.setattr("clinic.management.commands.verify_trail.watches", lambda: False)
    call_command("verify_trail")
    assert "Changes of the schema aren't noted on this server" in capsys.readouterr().out
    assert "an event trigger needs a superuser" in watching.unwatched("somebody")


def test_every_trigger_of_ours_is_looked_at() -> None:
    wanted = list(wanted_triggers())
    assert len({(each.table, each.name) for each in wanted}) == len(wanted) > 100
    assert {"clinic_trailevent", "clinic_chainhead", "clinic_rollback"} <= {each.table for each in wanted}
    assert TrailEvent._meta.db_table == TABLE
