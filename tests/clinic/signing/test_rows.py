"""Whoever may change tables changes no signed record unseen: the trail knows what its rows held when it was signed."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from clinic.frozen import Mutability
from clinic.signing.against_trail import record_faults
from clinic.signing.comparing import stands
from clinic.signing.rows import rows_under
from clinic.trail.models import Action, TrailEvent
from patients.screening.models import ChecklistAnswer, PatientChecklist
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.services import approve, retire, send_back, submit_for_review
from tests.factories import confirmed, make_actor
from tests.patients.builders import registered_patient, signed_checklist
from tests.protocols.builders import approved_everything, draft_consent, make_approver, make_author
from tests.tampering import change, past_the_triggers

COPY = """
    INSERT INTO patients_checklistanswer (checklist_id, item_id, question, answer, extra, detail, answered_at,
        answered_by_id)
    SELECT checklist_id, (SELECT max(id) + 1 FROM protocols_checklistitem), 'Anything else?', 'no', extra, detail,
        answered_at, answered_by_id
    FROM patients_checklistanswer WHERE checklist_id = %s LIMIT 1"""


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def checklist(site: Site, operator: Actor) -> PatientChecklist:
    """A signed checklist."""
    formulation = approved_everything(site).formulations[0]
    return signed_checklist(registered_patient(site), formulation, by=operator)


def entry_of(record: Any) -> TrailEvent:
    return TrailEvent.objects.get(action=Action.SIGN, object_type=record._meta.label, object_id=str(record.pk))


def test_an_answer_that_was_changed_is_named_and_the_page_says_so(
    checklist: PatientChecklist, operator: Actor, client: Client, site: Site
) -> None:
    """The signature's own text and hashes are whole: only the row that people work by says something else."""
    client.force_login(operator.user)
    page = reverse("checklist", args=[checklist.pk])
    before = client.get(page).content.decode()
    assert "Valid" in before
    assert "verify: tell the manager" not in before
    assert list(record_faults()) == []
    with past_the_triggers() as cursor:
        cursor.execute(
            "UPDATE patients_checklistanswer SET detail = 'None at all' WHERE checklist_id = %s AND item_id = "
            "(SELECT min(item_id) FROM patients_checklistanswer WHERE checklist_id = %s)",
            [checklist.pk, checklist.pk],
        )
    (said,) = record_faults()
    number, day = checklist.patient.record_number, day_text(clock.local(entry_of(checklist).occurred_at, site).date())
    assert f"Contraindication checklist of {number}, {day}: an answer was changed in the database" in said
    assert "is gone" not in said
    assert checklist.patient.family_name not in said
    assert f"entry {entry_of(checklist).seq} " in said
    assert "verify: tell the manager" in client.get(page).content.decode()
    with pytest.raises(CommandError, match="was changed in the database"):
        call_command("verify_trail")


@pytest.mark.parametrize(
    ("statement", "told"),
    [("DELETE FROM patients_checklistanswer WHERE checklist_id = %s", "what belongs to it is gone: answer"),
     (COPY, "an answer was changed in the database, taken away or added"),
     ("UPDATE patients_patientchecklist SET outcome = 'treat_not' WHERE id = %s", "it was changed in the database"),
     ("UPDATE patients_patientchecklist SET patient_id = patient_id + 1 WHERE id = %s",
      "it was changed in the database")],
)  # fmt: skip
def test_what_is_gone_slipped_in_or_changed_is_named(checklist: PatientChecklist, statement: str, told: str) -> None:
    number = checklist.patient.record_number
    change(statement, checklist.pk)
    (said,) = record_faults()
    assert f": {told} (entry " in said
    assert f"Contraindication checklist of {number}, " in said
    assert f"entry {entry_of(checklist).seq} " in said
    assert checklist.signature is not None
    assert not stands(checklist.signature)


def test_an_entry_names_the_columns_that_it_is_of(checklist: PatientChecklist) -> None:
    told = json.loads(entry_of(checklist).body)["after"]["rows"]
    assert set(told) == {"patients_patientchecklist", "patients_checklistanswer"}
    columns = told["patients_checklistanswer"]["columns"].split(",")
    assert {"answer", "detail", "extra", "question", "checklist_id", "answered_by_id"} <= set(columns)


def test_a_version_that_comes_into_force_later_and_one_that_is_retired_stand(site: Site) -> None:
    script, approver, at = draft_consent(site), make_approver(site), clock.now()
    submit_for_review(by=Actor.at_site(user=script.author, site=site, roles=[Role.MANAGER]), version=script, at=at)
    approve(by=approver, version=script, confirmed=confirmed(approver, at), at=at)
    later = at + timedelta(days=1)
    retire(by=approver, version=script, confirmed=confirmed(approver, later), reason="No longer used", at=later)
    assert list(record_faults()) == []


def test_a_version_that_went_back_before_its_day_may_be_written_anew(site: Site) -> None:
    """Its approval was signed for a day to come, and then taken back; the trail tells of both."""
    author, approver, at = make_author(site), make_approver(site), clock.now()
    script = draft_consent(site, by=author)
    submit_for_review(by=author, version=script, at=at)
    day = clock.local(at, site).date() + timedelta(days=9)
    approve(by=approver, version=script, confirmed=confirmed(approver, at), at=at, effective_from=day)
    signed = entry_of(script)
    send_back(by=approver, version=script, reason="A statement is missing", at=at)
    ConsentScriptVersion.objects.filter(pk=script.pk).update(change_reason="Written anew")
    assert list(record_faults()) == []
    with past_the_triggers() as cursor:  # without the entry of its way back, it counts as changed
        cursor.execute("DELETE FROM clinic_trailevent WHERE id > %s AND object_id = %s", [signed.pk, signed.object_id])
    assert len(list(record_faults())) == 1


def test_an_entry_of_before_rows_were_noted_or_that_was_altered_breaks_nothing(checklist: PatientChecklist) -> None:
    event = entry_of(checklist)
    said = json.loads(event.body)
    for rows in (None, "x", {"patients_patientchecklist": "x"}, {"patients_patientchecklist": {"columns": 1}}):
        said["after"]["rows"] = rows
        with past_the_triggers() as cursor:
            cursor.execute("UPDATE clinic_trailevent SET body = %s WHERE id = %s", [json.dumps(said), event.pk])
        assert list(record_faults()) == []  # the chain names the entry


def test_every_record_that_locks_is_covered_with_its_parts() -> None:
    """A part is never locked with its record and yet left out of what the signature covers."""
    assert [rows.table for rows in rows_under(PatientChecklist)] == [
        PatientChecklist._meta.db_table, ChecklistAnswer._meta.db_table,
    ]  # fmt: skip
    for model in apps.get_models():
        under = rows_under(model)
        if getattr(model, "mutability", None) is Mutability.MUTABLE:
            assert under == ()
        for rows in under:
            assert rows.columns, model
            assert len(rows.columns) <= 100, "Postgres takes no more arguments"


def test_a_line_of_an_approved_formulation_is_covered(site: Site) -> None:
    version = approved_everything(site).formulations[0]
    assert list(record_faults()) == []
    change("UPDATE protocols_formulationline SET volume_ul_per_ml = 1 WHERE version_id = %s", version.pk)
    (said,) = record_faults()
    assert str(version) in said
