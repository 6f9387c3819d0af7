"""Rows fetched as pieces are the rows that the ORM fetches, in one statement that stays the same."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import OuterRef, Value
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from clinic.accounts.models import Site
from clinic.pieces import Piece, columns_of, fetch, fetch_all, lock, one, row_of
from patients.intake.models import Intake
from patients.registry.models import Patient
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import active_versions
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import approved_formulation

pytestmark = pytest.mark.django_db

STAGES = Piece(
    permissions=(), build=dict,
    wants={
        "latest": one(Intake.objects.filter(patient=OuterRef("pk")).order_by("-taken_at"), **columns_of(Intake)),
        "marked": one(Intake.objects.filter(patient=OuterRef("pk")), what=Value("100 % of {it} %s")),
    },
)  # fmt: skip


def test_rows_come_back_as_the_orm_has_them_amounts_exactly(site: Site, django_assert_num_queries: Any) -> None:
    for code in ("B", "A"):
        approved_formulation(site, code=code)
    with django_assert_num_queries(1):
        found = active_versions(site)
        shown = [(str(version), version.site.code, [str(line) for line in version.lines.all()]) for version in found]
    versions = list(FormulationVersion.objects.for_site(site).order_by("formulation__code"))
    assert [name for name, _, _ in shown] == [str(version) for version in versions]
    for ours, orms in zip(found, versions, strict=True):
        assert model_to_dict(ours) == model_to_dict(orms)
        assert [model_to_dict(line) for line in ours.lines.all()] == [model_to_dict(line) for line in orms.lines.all()]
        tolerances = [line.tolerance_percent for line in ours.lines.all()]
        assert all(isinstance(value, Decimal) for value in tolerances)
        assert [str(value) for value in tolerances] == [str(line.tolerance_percent) for line in orms.lines.all()]
        assert ours.describe() == orms.describe()


def test_another_patient_is_the_same_statement_with_other_values(site: Site, other_site: Site) -> None:
    first, second = (with_intake(registered_patient(site), stage=stage).patient for stage in ("II", "IV"))
    with CaptureQueriesContext(connection) as sent:
        rows = [fetch(Patient, (STAGES,), site=site.pk, pk=patient.pk) for patient in (first, second)]
    assert len(sent) == 2
    texts = [
        query["sql"].replace(f'."id" = {row.pk}::bigint', "") for query, row in zip(sent, (first, second), strict=True)
    ]
    assert texts[0] == texts[1]
    for patient, stage, row in zip((first, second), ("II", "IV"), rows, strict=True):
        assert row is not None
        assert row[0] == patient
        latest = row[1][STAGES]["latest"]
        assert row_of(Intake, latest).stage == stage
        assert row[1][STAGES]["marked"] == {"what": "100 % of {it} %s"}
    assert fetch(Patient, (STAGES,), site=other_site.pk, pk=first.pk) is None
    assert fetch(Patient, (STAGES,), pk=first.pk, site=other_site.pk) is None


def test_what_several_pieces_want_by_one_object_is_asked_for_once(site: Site) -> None:
    latest = one(Intake.objects.filter(patient=OuterRef("pk")).order_by("-taken_at"), stage="stage")
    first = Piece(permissions=(), build=dict, wants={"latest": latest})
    second = Piece(permissions=(), build=dict, wants={"other": Value(7), "intake": latest})
    patient = with_intake(registered_patient(site), stage="IV").patient
    with CaptureQueriesContext(connection) as sent:
        row = fetch(Patient, (first, second), pk=patient.pk)
    assert row is not None
    assert row[1] == {first: {"latest": {"stage": "IV"}}, second: {"other": 7, "intake": {"stage": "IV"}}}
    assert sent[0]["sql"].count(f'FROM "{Intake._meta.db_table}"') == 1


def test_a_number_that_no_row_can_have_names_none(site: Site) -> None:
    assert fetch(Patient, (STAGES,), pk=2**63, site=site.pk) is None


def test_a_row_is_locked_until_the_transaction_ends(site: Site, other_site: Site) -> None:
    patient = registered_patient(site)
    with CaptureQueriesContext(connection) as sent:
        assert lock(Patient, pk=patient.pk, site=site.pk) == patient
    (query,) = sent
    assert query["sql"].endswith("FOR NO KEY UPDATE")
    with pytest.raises(Patient.DoesNotExist):
        lock(Patient, pk=patient.pk, site=other_site.pk)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="in a transaction"):
        lock(Patient, pk=1)


def test_several_rows_are_one_query(site: Site, django_assert_num_queries: Any) -> None:
    patients = {with_intake(registered_patient(site)).patient.pk for _ in range(3)}
    registered_patient(site)
    with django_assert_num_queries(1):
        assert {row.pk for row, _ in fetch_all(Patient, (STAGES,), patients)} == patients
    with django_assert_num_queries(0):
        assert list(fetch_all(Patient, (STAGES,), [])) == []
