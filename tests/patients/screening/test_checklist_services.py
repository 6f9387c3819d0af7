"""A checklist's day: begun, answered, changed, signed, and what it refuses."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.canonical import sha256
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.outbox.models import OutboxEntry
from clinic.signing.models import Meaning
from clinic.signing.services import verifies
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient
from patients.registry.services import update_patient
from patients.screening.contraindications import replay
from patients.screening.models import ChecklistAnswer, ChecklistStatus, PatientChecklist
from patients.screening.services import (
    AlreadyOpen,
    answer_item,
    choose_formulation,
    sign_checklist,
    start_checklist,
)
from protocols.checklists.models import Rule
from tests.factories import confirmed, make_actor
from tests.patients.builders import answered_checklist, cleared, registered_patient, signed_checklist
from tests.patients.screening.answering import answer, item_of, start
from tests.protocols.builders import Approved, approved, draft_checklist

ANTICOAGULANT = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


class TestStarting:
    def test_begins_with_every_question_open(self, checklist: PatientChecklist) -> None:
        assert checklist.status == ChecklistStatus.DRAFT
        assert not checklist.answers.exists()

    def test_a_second_start_of_the_day_returns_the_open_one(
        self, checklist: PatientChecklist, patient: Patient, protocols: Approved, physician: Actor
    ) -> None:
        assert start(patient, physician, protocols.formulations[0]) == checklist

    def test_another_formulation_leads_to_the_open_one(
        self, checklist: PatientChecklist, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        with pytest.raises(AlreadyOpen) as refusal:
            start(patient, operator, protocols.formulations[1])
        assert refusal.value.checklist == checklist

    def test_yesterdays_draft_is_left_unsigned_and_nothing_is_copied(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        yesterday = answered_checklist(
            patient, protocols.formulations[0], by=operator, at=clock.now() - timedelta(days=1)
        )
        today = start(patient, operator, protocols.formulations[0])
        yesterday.refresh_from_db()
        assert yesterday.status == ChecklistStatus.ABANDONED
        assert today != yesterday
        assert not today.answers.exists()

    def test_a_replaced_checklist_version_is_begun_anew(
        self, site: Site, checklist: PatientChecklist, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        newer = approved(draft_checklist(site))
        begun = start(patient, operator, protocols.formulations[0])
        assert begun.version == newer
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.ABANDONED

    def test_the_same_submission_makes_one_checklist(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        key, at = uuid.uuid4(), clock.now()
        both = [
            start_checklist(
                by=operator, patient=patient, formulation_version=protocols.formulations[0], submission_key=key, at=at
            )
            for _click in range(2)
        ]
        assert both[0] == both[1]

    def test_a_deceased_patient_is_refused(
        self, site: Site, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        desk = make_actor(site, Role.FRONT_DESK)
        update_patient(
            by=desk, patient=patient, row_version=patient.row_version, family_name=patient.family_name,
            given_name=patient.given_name, birth_date=patient.birth_date, sex=patient.sex, phone="", email="",
            address="", notes="", deceased=True, at=clock.now(),
        )  # fmt: skip
        with pytest.raises(Refused, match="deceased"):
            start(patient, operator, protocols.formulations[0])

    def test_a_site_without_a_checklist_in_force_is_told_so(self, site: Site, operator: Actor) -> None:
        from tests.protocols.builders import approved_formulation

        patient, formulation = registered_patient(site), approved_formulation(site)
        with pytest.raises(Refused, match="approved checklist"):
            start(patient, operator, formulation)

    def test_a_draft_formulation_is_refused(
        self, site: Site, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        from tests.protocols.builders import draft_formulation

        with pytest.raises(Refused, match="in force"):
            start(patient, operator, draft_formulation(site, "Z"))

    def test_another_sites_patient_doesnt_exist(self, other_site: Site, patient: Patient, protocols: Approved) -> None:
        with pytest.raises(Patient.DoesNotExist):
            start(patient, make_actor(other_site, Role.OPERATOR), protocols.formulations[0])

    def test_the_front_desk_may_not(self, site: Site, patient: Patient, protocols: Approved) -> None:
        with pytest.raises(NotAllowed):
            start(patient, make_actor(site, Role.FRONT_DESK), protocols.formulations[0])


class TestAnswering:
    def test_an_answer_keeps_the_question_as_asked_and_who_asked(
        self, checklist: PatientChecklist, operator: Actor
    ) -> None:
        row = answer(checklist, operator)
        assert row.question == item_of(checklist, Rule.MALIGNANCY).question
        assert row.answered_by == operator.user

    def test_a_changed_answer_keeps_the_old_one_in_the_trail(
        self, checklist: PatientChecklist, operator: Actor
    ) -> None:
        answer(checklist, operator)
        row = answer(checklist, operator, answer="yes", detail="under treatment")
        event = TrailEvent.objects.filter(object_type=row._meta.label, object_id=str(row.pk)).first()
        assert event is not None
        assert '"before":{"answer":"no"' in event.body
        assert "under treatment" in event.body

    def test_the_same_answer_again_writes_nothing(self, checklist: PatientChecklist, operator: Actor) -> None:
        answer(checklist, operator)
        before = TrailEvent.objects.count()
        answer(checklist, operator, row_version=1)
        assert TrailEvent.objects.count() == before

    def test_a_no_drops_what_belonged_to_a_yes(self, checklist: PatientChecklist, operator: Actor) -> None:
        answer(checklist, operator, Rule.ANTICOAGULANT, answer="yes", extra={"drug": "apixaban"})
        row = answer(checklist, operator, Rule.ANTICOAGULANT, answer="no", extra={"drug": "apixaban"})
        assert row.extra == {}

    @pytest.mark.parametrize(
        ("rule", "extra", "kept"),
        [
            (Rule.ANTICOAGULANT, {"drug": " apixaban  5 mg ", "treated": "yes"}, {"drug": "apixaban 5 mg"}),
            (Rule.BLEEDING_DISORDER, {"treated": "unsure", "drug": "x"}, {"treated": "unsure"}),
            (Rule.PREGNANCY, {"status": "planning"}, {"status": "planning"}),
            (Rule.HYPERSENSITIVITY, {"classes": ["peptide"], "other": "latex"},
             {"classes": ["peptide"], "other": "latex"}),
            (Rule.MALIGNANCY, {"drug": "x"}, {}),
        ],
    )  # fmt: skip
    def test_only_what_the_rule_asks_is_kept(
        self, checklist: PatientChecklist, operator: Actor, rule: str, extra: dict[str, Any], kept: dict[str, Any]
    ) -> None:
        assert answer(checklist, operator, rule, answer="yes", extra=extra).extra == kept

    @pytest.mark.parametrize(
        ("rule", "extra"),
        [
            (Rule.BLEEDING_DISORDER, {"treated": "perhaps"}),
            (Rule.PREGNANCY, {"status": "no"}),
            (Rule.HYPERSENSITIVITY, {"ingredients": [999_999]}),
            (Rule.HYPERSENSITIVITY, {"classes": ["none"]}),
            (Rule.ANTICOAGULANT, {"drug": "x" * 121}),
        ],
    )
    def test_what_cant_be_meant_is_refused(
        self, checklist: PatientChecklist, operator: Actor, rule: str, extra: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused):
            answer(checklist, operator, rule, answer="yes", extra=extra)
        assert not checklist.answers.exists()

    def test_an_answer_that_isnt_one_is_refused(self, checklist: PatientChecklist, operator: Actor) -> None:
        with pytest.raises(Refused, match="yes, no or not sure"):
            answer(checklist, operator, answer="")

    def test_an_older_page_is_told_so(self, checklist: PatientChecklist, operator: Actor, physician: Actor) -> None:
        answer(checklist, physician, answer="yes")
        with pytest.raises(StaleWrite):
            answer(checklist, operator, Rule.PREGNANCY, row_version=1)

    def test_tomorrow_it_cant_be_answered(self, checklist: PatientChecklist, operator: Actor) -> None:
        with pytest.raises(Refused, match="earlier day"):
            answer(checklist, operator, at=clock.now() + timedelta(days=1))

    def test_another_checklists_question_is_refused(
        self, site: Site, checklist: PatientChecklist, operator: Actor
    ) -> None:
        foreign = draft_checklist(site).items.first()
        with pytest.raises(Refused, match="isn't part"):
            answer_item(by=operator, checklist=checklist, item=foreign, answer="no", at=clock.now())

    def test_the_formulation_can_be_changed_and_the_answers_stay(
        self, checklist: PatientChecklist, protocols: Approved, operator: Actor
    ) -> None:
        answer(checklist, operator)
        changed = choose_formulation(
            by=operator, checklist=checklist, formulation_version=protocols.formulations[1], at=clock.now()
        )
        assert changed.formulation_version == protocols.formulations[1]
        assert changed.answers.count() == 1


class TestSigning:
    def test_a_complete_checklist_is_signed_sealed_and_its_verdict_stored(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator)
        assert checklist.signature is not None
        assert checklist.signature.meaning == Meaning.ASSESSED
        assert verifies(checklist.signature)
        assert checklist.verdict is not None
        assert replay(checklist.verdict).to_json() == checklist.verdict
        document = SealedDocument.objects.get(subject_id=str(checklist.pk), kind="checklist")
        assert document.content_sha256 == sha256(document.content)
        assert OutboxEntry.objects.filter(effect="documents.render", key=document.code).exists()

    def test_a_signed_checklist_may_come_to_anything(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        assert checklist.outcome == "clearance"
        content = SealedDocument.objects.get(kind="checklist").content
        assert "apixaban 5 mg" in content
        assert "No clearance in force" in content

    def test_what_is_missing_is_said_in_words(self, checklist: PatientChecklist, operator: Actor) -> None:
        answer(checklist, operator, Rule.ANTICOAGULANT, answer="yes")
        with pytest.raises(Refused) as refusal:
            sign_checklist(by=operator, checklist=checklist, confirmed=confirmed(operator), at=clock.now())
        assert "Question 1 isn't answered." in refusal.value.reasons
        assert "Question 3: name the medicine." in refusal.value.reasons
        checklist.refresh_from_db()
        assert checklist.status == ChecklistStatus.DRAFT

    def test_an_answer_changed_meanwhile_stops_the_signature(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        checklist.refresh_from_db()
        seen = checklist.row_version
        answer(checklist, physician, answer="yes")
        with pytest.raises(StaleWrite):
            sign_checklist(
                by=operator, checklist=checklist, confirmed=confirmed(operator), row_version=seen, at=clock.now()
            )

    def test_the_signers_second_click_changes_nothing_and_another_persons_is_told(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator)
        again = sign_checklist(by=operator, checklist=checklist, confirmed=confirmed(operator), at=clock.now())
        assert again.signature_id == checklist.signature_id
        assert SealedDocument.objects.filter(kind="checklist").count() == 1
        with pytest.raises(Refused, match="Clara Demo signed"):
            sign_checklist(by=physician, checklist=checklist, confirmed=confirmed(physician), at=clock.now())

    def test_a_signed_checklist_takes_no_answer_by_service_nor_by_sql(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        checklist = signed_checklist(patient, protocols.formulations[0], by=operator)
        with pytest.raises(Refused, match="can't be changed"):
            answer(checklist, operator, answer="yes")
        for change in (
            lambda: PatientChecklist.objects.filter(pk=checklist.pk).update(outcome="stop"),
            lambda: ChecklistAnswer.objects.filter(checklist=checklist).update(answer="yes"),
            lambda: ChecklistAnswer.objects.filter(checklist=checklist).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_a_replaced_formulation_asks_for_a_new_checklist(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        from tests.protocols.builders import next_version

        checklist = answered_checklist(patient, protocols.formulations[0], by=operator)
        approved(next_version(protocols.formulations[0]))
        with pytest.raises(Refused, match="replaced"):
            sign_checklist(by=operator, checklist=checklist, confirmed=confirmed(operator), at=clock.now())

    def test_signing_is_in_the_trail(self, patient: Patient, protocols: Approved, operator: Actor) -> None:
        signed_checklist(patient, protocols.formulations[0], by=operator)
        actions = set(TrailEvent.objects.filter(patient=patient).values_list("action", flat=True))
        assert {Action.CREATE, Action.SIGN, Action.SEAL, Action.CHANGE} <= actions


def test_postgres_knows_no_signed_checklist_without_its_time(
    patient: Patient, protocols: Approved, operator: Actor
) -> None:
    checklist = signed_checklist(patient, protocols.formulations[0], by=operator)
    unsigned = "UPDATE patients_patientchecklist SET signed_at = NULL, signed_by_id = NULL WHERE id = %s"
    with transaction.atomic(), connection.cursor() as cursor:
        # Past the lock, as only a restore or a migration goes.
        cursor.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(IntegrityError, match="signed_is_complete"), transaction.atomic():
            cursor.execute(unsigned, [checklist.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestTheQueries:
    #: With everything, the entries of the trail included; the test's own transaction makes a savepoint of the unit.
    MOST = 12

    def sent(self, asked: CaptureQueriesContext) -> list[str]:
        return [query["sql"] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]

    def test_an_answer_costs_at_most_twelve(self, checklist: PatientChecklist, operator: Actor) -> None:
        item, at = item_of(checklist, Rule.HYPERSENSITIVITY), clock.now()
        with CaptureQueriesContext(connection) as asked:
            answer_item(by=operator, checklist=checklist, item=item, answer="yes", extra={"other": "latex"}, at=at)
        assert len(self.sent(asked)) <= self.MOST, "\n".join(self.sent(asked))

    def test_a_signature_costs_at_most_twelve_after_a_long_history(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        formulation, at = protocols.formulations[0], clock.now()
        for days in (30, 20, 10):
            signed_checklist(patient, formulation, by=operator, at=at - timedelta(days=days))
        cleared(patient)
        checklist, proof = answered_checklist(patient, formulation, by=operator), confirmed(operator, clock.now())
        with CaptureQueriesContext(connection) as asked:
            sign_checklist(by=operator, checklist=checklist, confirmed=proof, at=proof.at)
        assert len(asked.captured_queries) - len(self.sent(asked)) == 2  # one unit, and none inside it
        assert len(self.sent(asked)) <= self.MOST, "\n".join(self.sent(asked))
