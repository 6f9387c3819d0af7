"""Writes with their trail, each in one transaction, against the insert alone."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model

from bench.clinic import BenchClinic
from bench.report import Limit, Row
from bench.timing import STATEMENTS_WARM, Work, interleaved_ms, queries_of, row
from clinic import clock
from clinic.canonical import sha256
from clinic.documents.models import SealedDocument
from clinic.documents.services import new_code
from clinic.outbox.models import OutboxEntry
from clinic.signing.models import Signature
from patients.registry.models import Patient
from patients.screening.loading import load
from patients.screening.models import ChecklistAnswer, PatientChecklist
from patients.screening.on_record import plain_answer
from patients.screening.services import answer_item, sign_checklist, start_checklist
from protocols.checklists.models import ChecklistItem

TARGET, QUERIES = 4.0, 12


class Writing:
    """Checklists of patients who have none yet: each round takes the next patient."""

    def __init__(self, clinic: BenchClinic) -> None:
        self.clinic = clinic
        self._next: Iterator[int] = iter(clinic.patient_ids)

    def begun(self) -> PatientChecklist:
        """Return a new checklist without answers."""
        clinic = self.clinic
        patient = Patient.objects.get(pk=next(self._next))
        return start_checklist(
            by=clinic.operator, patient=patient, formulation_version=clinic.formulation_version,
            submission_key=uuid.uuid4(), at=clock.now(),
        )  # fmt: skip

    def answered(self) -> PatientChecklist:
        """Return a checklist whose questions are all answered, with nothing found."""
        checklist = self.begun()
        loaded = load(checklist, checklist.on)
        for item in loaded.items:
            answer = plain_answer(item.rule, loaded.case)
            answer_item(by=self.clinic.operator, checklist=checklist, item=item, answer=answer, at=clock.now())
        return checklist

    def signing(self) -> Work:
        """Return the work of signing a checklist: verdict, signature, sealed document, deferred PDF, trail."""
        checklist, proof = self.answered(), self.clinic.confirmed()
        return lambda: sign_checklist(by=self.clinic.operator, checklist=checklist, confirmed=proof, at=proof.at)

    def answering(self) -> Work:
        """Return the work of saving one answer with its trail entry."""
        checklist = self.begun()
        item = self._item(checklist)
        return lambda: answer_item(by=self.clinic.operator, checklist=checklist, item=item, answer="no", at=clock.now())

    def inserting_signed(self) -> Work:
        """Return the work of writing the rows of a signed checklist alone: its own, signature, document, deferred PDF.

        They are copies of one that was signed, so that they weigh the same. No rule, no lock, no hash, no trail.
        """
        clinic = self.clinic
        like = sign_checklist(
            by=clinic.operator, checklist=self.answered(), confirmed=(proof := clinic.confirmed()), at=proof.at
        )
        document = SealedDocument.objects.get(subject_type=like._meta.label, subject_id=str(like.pk))
        new = PatientChecklist(
            patient_id=next(self._next), site=clinic.site, version_id=like.version_id,
            formulation_version=clinic.formulation_version, on=like.on, started_at=proof.at,
            started_by=clinic.operator.user,
        )  # fmt: skip
        signed = Signature.objects.get(object_type=document.subject_type, object_id=document.subject_id)
        signature = _copy(signed, id=uuid.uuid4(), binding_sha256=sha256(uuid.uuid4().bytes))
        code = new_code()
        owed = OutboxEntry(effect="bench", key=code, payload={"document_id": document.pk}, run_after=proof.at)
        return _inserted(new, signature, _copy(document, id=None, code=code, subject_id=f"bench {code}"), owed)

    def inserting_answer(self) -> Work:
        """Return the work of inserting an answer's row alone."""
        checklist = self.begun()
        item = self._item(checklist)
        return _inserted(
            ChecklistAnswer(
                checklist=checklist, item=item, question=item.question, answer="no", answered_at=clock.now(),
                answered_by=self.clinic.operator.user,
            )
        )  # fmt: skip

    @staticmethod
    def _item(checklist: PatientChecklist) -> ChecklistItem:
        return ChecklistItem.objects.filter(version=checklist.version_id).order_by("ordinal")[0]


def _copy[M: Model](row: M, **changed: Any) -> M:
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**columns | changed)


def _inserted(*rows: Model) -> Work:
    def work() -> None:
        with transaction.atomic():
            for new in rows:
                new.save(force_insert=True)

    return work


def run(clinic: BenchClinic, rounds: int) -> list[Row]:
    """Return a row for one answer, and one for a whole signature."""
    writing = Writing(clinic)

    def measured(name: str, ours: Callable[[], Work], floor: Callable[[], Work], detail: str) -> Row:
        times = interleaved_ms(rounds, ours=ours, floor=floor, warm_up=STATEMENTS_WARM)
        limit = Limit(name="queries", value=queries_of(ours()), most=QUERIES)
        return row(name, times, target=TARGET, limits=(limit,), detail=detail)

    return [
        measured(
            "an answer, with its trail entry", writing.answering, writing.inserting_answer,
            "the floor inserts the answer's row alone",
        ),
        measured(
            "a checklist signed, with its trail", writing.signing, writing.inserting_signed,
            "with rules, locks, hashes; the floor inserts the rows alone: checklist, signature, document, deferred PDF",
        ),
    ]  # fmt: skip
