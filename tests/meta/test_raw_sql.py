"""Postgres itself refuses to change a fact: raw UPDATE, DELETE and TRUNCATE on every frozen and locked table."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from audit.month6.models import PhotoAudit
from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.frozen import Mutability
from protocols.decisions.models import Decision
from tests.factories import make_user
from tests.meta.conftest import Stories
from tests.meta.project import our_models

pytestmark = pytest.mark.django_db


def _of(*kinds: Mutability) -> list[type[models.Model]]:
    return [model for model in our_models() if model.mutability in kinds]  # type: ignore[attr-defined]


def each(found: list[type[models.Model]]) -> Any:
    """Run the test for each of these models."""
    return pytest.mark.parametrize("model", found, ids=[model._meta.label for model in found])


FROZEN, LOCKED = _of(Mutability.FROZEN), _of(Mutability.LOCKED)
#: Condition, in SQL on the table itself, under which a row of a locked table is locked.
LOCKED_WHEN = {
    "protocols.AftercareLeafletVersion": "status = 'approved'",
    "protocols.AuditRulesVersion": "status = 'approved'",
    "protocols.ChecklistVersion": "status = 'approved'",
    "protocols.JurisdictionTableVersion": "status = 'approved'",
    "protocols.AnaesthesiaChoice": (
        "version_id IN (SELECT id FROM protocols_treatmentprotocolversion WHERE status = 'approved')"
    ),
    "protocols.JurisdictionEntry": (
        "version_id IN (SELECT id FROM protocols_jurisdictiontableversion WHERE status = 'approved')"
    ),
    "protocols.CombinedProtocolVersion": "status = 'approved'",
    "protocols.ComplicationResponseVersion": "status = 'approved'",
    "protocols.PrpProtocolVersion": "status = 'approved'",
    "protocols.ConsentScriptVersion": "status = 'approved'",
    "protocols.FormulationVersion": "status = 'approved'",
    "protocols.PhotoProtocolVersion": "status = 'approved'",
    "protocols.TreatmentProtocolVersion": "status = 'approved'",
    "protocols.Formulation": "id IN (SELECT formulation_id FROM protocols_formulationversion WHERE status='approved')",
    "protocols.ChecklistItem": "version_id IN (SELECT id FROM protocols_checklistversion WHERE status = 'approved')",
    "protocols.ExpectationStatement": (
        "version_id IN (SELECT id FROM protocols_consentscriptversion WHERE status = 'approved')"
    ),
    "protocols.FormulationLine": (
        "version_id IN (SELECT id FROM protocols_formulationversion WHERE status = 'approved')"
    ),
    "protocols.FormulationStep": (
        "version_id IN (SELECT id FROM protocols_formulationversion WHERE status = 'approved')"
    ),
    "protocols.StorageLimit": "version_id IN (SELECT id FROM protocols_formulationversion WHERE status = 'approved')",
    "protocols.PhotoView": "version_id IN (SELECT id FROM protocols_photoprotocolversion WHERE status = 'approved')",
    "protocols.PreparationPoint": (
        "version_id IN (SELECT id FROM protocols_photoprotocolversion WHERE status = 'approved')"
    ),
    "protocols.AuditLimit": "version_id IN (SELECT id FROM protocols_auditrulesversion WHERE status = 'approved')",
    "protocols.CombinedZone": (
        "version_id IN (SELECT id FROM protocols_combinedprotocolversion WHERE status = 'approved')"
    ),
    "protocols.LeafletParagraph": (
        "version_id IN (SELECT id FROM protocols_aftercareleafletversion WHERE status = 'approved')"
    ),
    "protocols.PrpSpin": "version_id IN (SELECT id FROM protocols_prpprotocolversion WHERE status = 'approved')",
    "protocols.ResponseStep": (
        "version_id IN (SELECT id FROM protocols_complicationresponseversion WHERE status = 'approved')"
    ),
    "patients.PatientChecklist": "status = 'signed'",
    "patients.ChecklistAnswer": "checklist_id IN (SELECT id FROM patients_patientchecklist WHERE status = 'signed')",
    "patients.PhotoSet": "(completed_at IS NOT NULL OR given_up_at IS NOT NULL)",
    "patients.PreparationTick": (
        "photo_set_id IN (SELECT id FROM patients_photoset WHERE completed_at IS NOT NULL OR given_up_at IS NOT NULL)"
    ),
    "treatment_sessions.TreatmentPlan": "ended_at IS NOT NULL",
    "treatment_sessions.PlannedSession": "done_at IS NOT NULL OR cancelled_at IS NOT NULL",
    "treatment_sessions.Preparation": "status = 'signed'",
    "treatment_sessions.PreparationLine": (
        "preparation_id IN (SELECT id FROM treatment_sessions_preparation WHERE status = 'signed')"
    ),
    "treatment_sessions.CriticalStep": (
        "preparation_id IN (SELECT id FROM treatment_sessions_preparation WHERE status = 'signed')"
    ),
    "treatment_sessions.TreatmentSession": "status = 'signed'",
    "treatment_sessions.InjectionZone": (
        "treatment_session_id IN (SELECT id FROM treatment_sessions_treatmentsession WHERE status = 'signed')"
    ),
    "audit.PhotoAudit": "status = 'signed'",
    "audit.ViewGrade": "audit_id IN (SELECT id FROM audit_photoaudit WHERE status = 'signed')",
}
#: What still moves on a locked decision: it is retired one day, and nothing else of it changes by itself.
MOVES_ON = {"status"}
PARENT_LOCKED = [
    model
    for model in our_models()
    if any(trigger.name == "parent_locked" for trigger in getattr(model._meta, "triggers", []))
]


def refused(statement: str) -> None:
    """Run raw SQL and expect Postgres to refuse it with a message of ours."""
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def count(model: type[models.Model], where: str = "true") -> int:
    """How many rows of the model's table fulfil an SQL condition."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table} WHERE {where}")
        return int(cursor.fetchone()[0])


def a_column(model: type[models.Model]) -> str:
    """A column of the table besides its key."""
    return str(next(field.column for field in model._meta.concrete_fields if not field.primary_key))


def columns(model: type[models.Model], *, without: str) -> str:
    """The table's columns but one, for a copy of a row."""
    names = [field.column for field in model._meta.concrete_fields if field.column != without]
    return ", ".join(f'"{name}"' for name in names)


@each(FROZEN)
def test_the_story_has_a_row_of_every_frozen_table(stories: Stories, model: type[models.Model]) -> None:
    assert count(model) > 0


def test_every_locked_table_says_here_when_its_rows_are_locked() -> None:
    assert set(LOCKED_WHEN) == {model._meta.label for model in LOCKED}


@each(LOCKED)
def test_the_story_has_a_locked_row_of_every_locked_table(stories: Stories, model: type[models.Model]) -> None:
    assert count(model, LOCKED_WHEN[model._meta.label]) > 0


@each(FROZEN)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_frozen_table_refuses(stories: Stories, model: type[models.Model], verb: str) -> None:
    table, column, before = model._meta.db_table, a_column(model), count(model)
    refused(
        {
            "UPDATE": f'UPDATE {table} SET "{column}" = "{column}"',
            "DELETE": f"DELETE FROM {table}",
            "TRUNCATE": f"TRUNCATE {table} CASCADE",
        }[verb]
    )
    assert count(model) == before


def another(field: Any) -> str:
    """SQL for another value of a column."""
    if isinstance(field, models.ForeignKey):
        field = field.target_field if isinstance(field.target_field, models.UUIDField) else field
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    if isinstance(field, models.JSONField):
        return "'[0]'::jsonb"
    if isinstance(field, models.CharField | models.TextField):
        return "'x'"
    if isinstance(field, models.BooleanField):
        return f'NOT "{field.column}"'
    step = "interval '1 day'" if isinstance(field, models.DateTimeField) else "1"
    return f'"{field.column}" + {step}'


@each(LOCKED)
def test_a_locked_row_refuses_another_value_in_every_column(stories: Stories, model: type[models.Model]) -> None:
    table, where = model._meta.db_table, LOCKED_WHEN[model._meta.label]
    free = MOVES_ON if issubclass(model, Decision) else set()
    tried = 0
    for field in model._meta.concrete_fields:
        if field.column in free or not count(model, f'{where} AND "{field.column}" IS NOT NULL'):
            continue
        where_set = f'{where} AND "{field.column}" IS NOT NULL'
        refused(f'UPDATE {table} SET "{field.column}" = {another(field)} WHERE {where_set}')
        tried += 1
    assert tried > 2


@each(LOCKED)
@pytest.mark.parametrize("verb", ["DELETE", "TRUNCATE"])
def test_a_locked_table_refuses(stories: Stories, model: type[models.Model], verb: str) -> None:
    table, where, before = model._meta.db_table, LOCKED_WHEN[model._meta.label], count(model)
    refused(f"DELETE FROM {table} WHERE {where}" if verb == "DELETE" else f"TRUNCATE {table} CASCADE")
    assert count(model) == before


LASTING = [model for model in our_models() if any(t.name == "lasting" for t in getattr(model._meta, "triggers", []))]
#: What moves while a plan, a planned session or a photo audit isn't over, an account or a role; all else stays as made.
MOVES = {
    "clinic.User": {
        "password", "last_login", "email", "full_name", "registration_number", "is_active", "signs_by_passkey",
        "signature_certified_at",
    },
    "clinic.Membership": {"ended_at", "ended_by_id"},
    "treatment_sessions.TreatmentPlan": {"ended_at", "ended_by_id", "ended_for_good", "end_reason"},
    "treatment_sessions.PlannedSession": {"due_on", "done_at", "cancelled_at"},
    "audit.PhotoAudit": {
        "month_6_id", "status", "decision", "note", "signed_at", "signed_by_id", "signature_id", "row_version",
    },
}  # fmt: skip


def test_these_last() -> None:
    assert {model._meta.label for model in LASTING} == set(MOVES)


def open_an_audit(baseline: Any) -> None:
    """Write the row of an open audit."""
    PhotoAudit.objects.create(
        patient=baseline.patient, site=baseline.site, baseline=baseline, due_on=baseline.taken_on,
        opened_at=clock.now(), opened_by=baseline.created_by,
    )  # fmt: skip


@each(LASTING)
def test_what_lasts_is_never_emptied(stories: Stories, model: type[models.Model]) -> None:
    refused(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {model._meta.db_table} CASCADE")


@each(LASTING)
def test_what_lasts_is_never_deleted_and_stays_as_it_was_made(stories: Stories, model: type[models.Model]) -> None:
    table, is_open = model._meta.db_table, f"NOT ({LOCKED_WHEN.get(model._meta.label, 'false')})"
    if model is PhotoAudit:
        open_an_audit(stories.own.rows["open_photo_set"])
    before = count(model, is_open)
    assert before > 0
    refused(f"DELETE FROM {table} WHERE {is_open}")
    assert count(model, is_open) == before
    made = [each for each in model._meta.concrete_fields if each.column not in MOVES[model._meta.label]]
    for field in made:
        if not field.primary_key:
            refused(f'UPDATE {table} SET "{field.column}" = {another(field)} WHERE {is_open}')


def test_a_certified_signature_and_the_end_of_a_role_are_said_once(stories: Stories, site: Site) -> None:
    user = make_user(site=site, roles=[Role.OPERATOR])
    refused(f"UPDATE clinic_user SET signature_certified_at = NULL WHERE id = {user.pk}")
    refused(f"UPDATE clinic_user SET signature_certified_at = now() WHERE id = {user.pk}")
    end = f"UPDATE clinic_membership SET ended_at = %s, ended_by_id = %s WHERE user_id = {user.pk}"
    with connection.cursor() as cursor:
        cursor.execute(end, [clock.now(), user.pk])
    for moment, who in (("now()", str(user.pk)), ("NULL", "NULL")):
        refused(end % (moment, who))


#: Facts of which some belong to a locked record and others to an open one, or to none.
UNDER_A_LOCK = {
    "patients.Photo": (
        "photo_set_id IN (SELECT id FROM patients_photoset WHERE completed_at IS NOT NULL OR given_up_at IS NOT NULL)"
    ),
    "treatment_sessions.LotMovement": "preparation_id IS NOT NULL",
    "treatment_sessions.VialMovement": "treatment_session_id IS NOT NULL",
}


@each(PARENT_LOCKED)
def test_nothing_is_added_to_a_locked_parent(stories: Stories, model: type[models.Model]) -> None:
    table, names = model._meta.db_table, columns(model, without="id")
    where = UNDER_A_LOCK.get(model._meta.label) or LOCKED_WHEN.get(model._meta.label, "true")
    assert count(model, where)
    refused(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE {where} LIMIT 1")


def test_the_end_of_the_trail_only_moves_on(stories: Stories) -> None:
    refused("UPDATE clinic_chainhead SET seq = seq - 1")
    refused("UPDATE clinic_chainhead SET hash = repeat('0', 64)")
    refused("DELETE FROM clinic_chainhead")
    refused("TRUNCATE clinic_chainhead")
