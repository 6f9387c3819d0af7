"""A clinic whose sites shared one chain gets a chain for each, and keeps what it had, byte for byte."""

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


def migrate(*until: str) -> None:
    """Migrate the database to where it is told, to the newest when it isn't."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", *until],
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
                migrate("clinic", BEFORE)
                yield there
        finally:
            administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


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
    migrate()
    with old_clinic.transaction():
        report = verify(*read_database(old_clinic))
    assert report.findings == []
    assert {chain: walk.count for chain, walk in report.walks.items()} == {0: 7, sites[0]: 1, sites[1]: 1}
    assert {walk.follows for walk in report.walks.values() if walk.chain} == {(7, last)}
    kept = old_clinic.execute("SELECT id, body, prev_hash, hash FROM clinic_trailevent WHERE epoch = 0 ORDER BY seq")
    assert kept.fetchall() == before
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
    migrate()
    with old_clinic.transaction():
        report = verify(*read_database(old_clinic))
    assert (report.findings, report.count) == ([], 0)
