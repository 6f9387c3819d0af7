"""A clinic whose sites shared one chain gets a chain for each, and keeps what it had, byte for byte.

It walks through all migrations; a new clinic has the tables at once, and they have to be the same tables.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from clinic.trail.verifier import ZERO, Fault, read_database, verify
from tests.clinic.trail.append import address_of
from tests.clinic.trail.chains import entry

NAME = "clinic_upgraded"
#: The last migration before there was a chain for each site.
BEFORE = "0003"
ENTRY = """
INSERT INTO clinic_trailevent (seq, recorded_at, occurred_at, actor_id, actor_name, site_id, action, object_type,
    object_id, object_label, patient_id, request_id, reason, body, prev_hash, hash)
VALUES (%(seq)s, %(recorded_at)s, %(occurred_at)s, %(actor)s, %(actor_name)s, %(site)s, %(action)s, %(object_type)s,
    %(object_id)s, %(object_label)s, %(patient)s, %(request_id)s, %(reason)s, %(body)s, %(prev_hash)s, %(hash)s)
"""


#: All that Postgres keeps of the tables, a kind, a name and what it says; of columns not in which order they came.
#: Constraints that were added for new rows alone say so; pgtrigger's own function is ours once roles are set up.
TABLES = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length,
    numeric_precision, numeric_scale, is_nullable, column_default, is_identity, collation_name)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || conname,
    replace(pg_get_constraintdef(oid), ' NOT VALID', '')
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename || ' ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) || tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proname <> '_pgtrigger_should_ignore'
UNION ALL SELECT 'relation', relname::text, relkind::text || relpersistence::text || coalesce(reloptions::text, '')
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


def run(*program: str) -> None:
    """Run Python with `program` on the old clinic's database."""
    subprocess.run(
        [sys.executable, *program],
        check=True, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": address_of(NAME)}, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def old_clinic(db: None) -> Iterator[psycopg.Connection[Any]]:
    """A database of two sites as it was, with a connection to it."""
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    server = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters}
    with psycopg.connect(**server, autocommit=True) as administration:
        new = sql.Identifier(NAME)
        administration.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
        administration.execute(sql.SQL("CREATE DATABASE {}").format(new))
        try:
            with psycopg.connect(**{**server, "dbname": NAME}, autocommit=True) as there:
                run("-m", "tests.clinic.trail.walk", "to", "clinic", BEFORE)
                yield there
        finally:
            administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


def tables(there: Any) -> set[tuple[str, str, str]]:
    """All that the database at `there` has of tables."""
    with there.cursor() as cursor:
        cursor.execute(TABLES)
        return set(cursor.fetchall())


def people_and_sites(there: psycopg.Connection[Any]) -> tuple[int, list[int]]:
    """Add a person and two sites; their numbers."""
    there.execute(
        "INSERT INTO clinic_user (password, email, full_name, registration_number, is_active, is_service, created_at)"
        " VALUES ('!', 'olga@clinic.example', 'Olga Demo', '', true, false, now())"
    )
    there.execute(
        "INSERT INTO clinic_site (code, name, address, time_zone, minimum_age_years)"
        " VALUES ('N', 'North', '', 'UTC', 18), ('S', 'South', '', 'UTC', 18)"
    )
    person = there.execute("SELECT id FROM clinic_user").fetchone()
    sites = there.execute("SELECT id FROM clinic_site ORDER BY id").fetchall()
    assert person
    return person[0], [site for (site,) in sites]


def test_each_site_goes_on_from_the_end_of_the_one_chain(old_clinic: psycopg.Connection[Any]) -> None:
    person, sites = people_and_sites(old_clinic)
    last, before = ZERO, []
    for seq in range(1, 8):
        made = entry(0, sites[seq % 2], seq, last, actor=person, patient=None)
        old_clinic.execute(ENTRY, made)
        before.append((seq, made["body"], made["prev_hash"], made["hash"]))
        last = made["hash"]
    old_clinic.execute("SET session_replication_role = replica")
    old_clinic.execute("UPDATE clinic_chainhead SET seq = 7, hash = %s, recorded_at = %s", [last, made["recorded_at"]])
    old_clinic.execute("SET session_replication_role = origin")
    run("-m", "tests.clinic.trail.walk", "but", "6")
    run("manage.py", "migrate", "-v0")
    with old_clinic.transaction():
        report = verify(*read_database(old_clinic))
    assert report.findings == []
    assert {chain: walk.count for chain, walk in report.walks.items()} == {0: 7, sites[0]: 1, sites[1]: 1}
    assert {walk.follows for walk in report.walks.values() if walk.chain} == {(7, last)}
    kept = old_clinic.execute("SELECT id, body, prev_hash, hash FROM clinic_trailevent WHERE epoch = 0 ORDER BY seq")
    assert kept.fetchall() == before
    assert tables(old_clinic) == tables(connection)
    with pytest.raises(psycopg.DatabaseError, match="baseline:"):
        old_clinic.execute("UPDATE clinic_chainhead SET seq = 8, count = 8 WHERE site_id IS NULL")
    old_clinic.execute("SET session_replication_role = replica")
    old_clinic.execute("DELETE FROM clinic_trailevent WHERE seq = 7 AND epoch = 0")
    old_clinic.execute("UPDATE clinic_chainhead SET seq = 6, count = 6, hash = %s WHERE id = 1", [before[5][3]])
    with old_clinic.transaction():
        (finding,) = verify(*read_database(old_clinic)).findings
    assert (finding.chain, finding.seq, finding.fault) == (0, 6, Fault.TRUNCATED)


def test_a_clinic_without_entries_begins_with_none(old_clinic: psycopg.Connection[Any]) -> None:
    people_and_sites(old_clinic)
    run("-m", "tests.clinic.trail.walk", "to", "clinic", "0004")
    assert old_clinic.execute("SELECT count(*) FROM clinic_trailevent").fetchone() == (0,)
    assert old_clinic.execute("SELECT id, site_id, epoch, seq FROM clinic_chainhead").fetchall() == [(1, None, 0, 0)]
