"""Who locks a row lets others point at it.

An entry of the trail names its patient and its person, and Postgres looks for them at the commit, under the lock of the
site's chain. Whoever held the patient's row FOR UPDATE meanwhile, and waited for the chain, would wait for ever.
"""

import re
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.accounts.models import Site
from clinic.pieces import lock
from patients.registry.models import Patient
from tests.factories import make_site
from tests.meta.project import ROOMS
from tests.patients.builders import registered_patient

ROOT = Path(settings.BASE_DIR)
#: Nothing points at rows of these.
POINTED_AT_BY_NOTHING = ("ChainHead.", "Rollback.", "RecordNumberCounter.")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def test_every_lock_on_a_row_that_others_point_at_lets_them() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text().splitlines()
        if re.search(r"\bselect_for_update\(", line)
        and "no_key=True" not in line
        and not any(name in line for name in POINTED_AT_BY_NOTHING)
    ]
    assert found == []


@pytest.mark.django_db
def test_the_lock_that_services_ask_for_lets_others_name_the_row(site: Site) -> None:
    patient = registered_patient(site)
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert lock(Patient, pk=patient.pk) == patient
    assert any("FOR NO KEY UPDATE" in query["sql"] for query in asked.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_a_look_at_a_patient_is_written_down_while_somebody_holds_the_row() -> None:
    patient = registered_patient(make_site())
    with transaction.atomic():
        lock(Patient, pk=patient.pk)
        with psycopg.connect(**connection.get_connection_params()) as beside:
            beside.execute("SET lock_timeout = '2s'")
            asked = beside.execute("SELECT 1 FROM patients_patient WHERE id = %s FOR KEY SHARE", [patient.pk])
            assert asked.fetchall() == [(1,)]
