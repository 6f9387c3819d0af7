"""What happens to a patient of the demo clinic, deed by deed, each through the service that a screen would call."""

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

from audit.month6.models import Decision, PhotoAudit
from audit.month6.queries import pairs_of
from audit.month6.services import grade_view, sign_audit
from clinic import clock
from clinic.accounts.actors import Actor
from demo.people import DemoPatient
from demo.pictures import signature_png, take_photos
from demo.staff import Staff
from patients.consents.services import take_consent
from patients.intake.models import Indication
from patients.intake.services import take_intake
from patients.photos.models import PhotoSet, Purpose
from patients.photos.services import complete_set, open_set, record_preparation
from patients.registry.models import Patient
from patients.registry.services import register_patient
from patients.screening.loading import load
from patients.screening.models import Clearance, PatientChecklist
from patients.screening.on_record import plain_answer
from patients.screening.services import answer_item, sign_checklist, start_checklist
from protocols.checklists.models import Rule
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.queries import active
from protocols.formulations.models import FormulationVersion
from sessions.plans.models import TreatmentPlan
from sessions.plans.services import make_plan
from sessions.preparation.models import Vial
from sessions.preparation.queries import remaining_ul
from sessions.treatment.models import TreatmentSession, Zone
from sessions.treatment.services import (
    brief_aftercare,
    record_rest,
    record_zone,
    sign_session,
    start_session,
    use_vial,
)

WASTED_UL = 150
ZONES = (
    (Zone.FRONTAL_FORELOCK, 24, 60),
    (Zone.MID_SCALP_LEFT, 24, 60),
    (Zone.VERTEX, 24, 60),
)


class Visits:
    """One demo patient's record."""

    def __init__(self, staff: Staff, who: DemoPatient, number: int) -> None:
        self.staff, self.who, self.number = staff, who, number
        self.patient: Patient | None = None

    def _actor(self, key: str) -> Actor:
        return self.staff.actor(key, self.who.site)

    @property
    def operator(self) -> Actor:
        """The operator who sees this patient."""
        return self._actor("operator" if self.who.site == "N" and self.number % 3 else "operator2")

    @property
    def row(self) -> Patient:
        """The patient, once registered."""
        if self.patient is None:
            raise LookupError(f"{self.who.family_name} isn't registered yet")
        return self.patient

    def register(self, at: datetime) -> None:
        """Front desk: register."""
        who = self.who
        self.patient = register_patient(
            by=self._actor("desk"), family_name=who.family_name, given_name=who.given_name, birth_date=who.birth_date,
            sex=who.sex, phone=f"+49 30 5550 {self.number:04}",
            email=f"patient{self.number}@demo.example", submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip

    def intake(self, at: datetime) -> None:
        """Operator: indication and stage."""
        take_intake(
            by=self.operator, patient=self.row, indication=Indication.ANDROGENETIC_ALOPECIA, scale=self.who.scale,
            stage=self.who.stage, submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip

    def checklist(
        self, at: datetime, version: FormulationVersion, *, yes: Collection[Rule] = (), leave: Collection[Rule] = (),
        sign: bool = True,
    ) -> PatientChecklist:  # fmt: skip
        """Operator: today's checklist, "yes" to `yes`, nothing to `leave`, and to the others what nothing follows from.

        The anticoagulant is the one that a clearance on file is about, and is confirmed to be.
        """
        by = self.operator
        checklist = start_checklist(
            by=by, patient=self.row, formulation_version=version, submission_key=uuid.uuid4(), at=at
        )
        on_file = Clearance.objects.filter(patient=self.row, rule=Rule.ANTICOAGULANT, withdrawal=None).first()
        cleared = {"cleared": f"{on_file.pk}:yes"} if on_file else {}
        extras = {Rule.ANTICOAGULANT: {"drug": "apixaban 5 mg", **cleared}}
        loaded = load(checklist, checklist.on)
        for item in loaded.items:
            rule = Rule(item.rule)
            if rule not in leave:
                answer = "yes" if rule in yes else plain_answer(rule, loaded.case)
                answer_item(
                    by=by, checklist=checklist, item=item, answer=answer,
                    extra=extras.get(rule, {}) if rule in yes else {}, at=at,
                )  # fmt: skip
        if sign:
            sign_checklist(by=by, checklist=checklist, confirmed=self.staff.confirm(by), at=at)
        return checklist

    def consent(self, at: datetime) -> None:
        """Operator: the patient confirms each statement and signs."""
        by = self.operator
        script = active(ConsentScriptVersion, by.site)
        if script is None:
            raise LookupError("the demo site has no consent script")
        take_consent(
            by=by, patient=self.row, script_version=script,
            statements=[row.pk for row in script.statements.all()], drawing_png=signature_png(self.number),
            signed_name=self.row.full_name, photos_for_record=True, photos_for_teaching=bool(self.number % 2),
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip

    def photos(self, at: datetime, purpose: Purpose, *, density: float, views: int | None = None) -> PhotoSet:
        """Photo technician: a set of the required views; the first `views` of them leave it open.

        The last of those was taken at a smaller size than the protocol asks for.
        """
        by = self._actor("photo")
        photo_set = open_set(
            by=by, patient=self.row, purpose=purpose, taken_on=clock.local(at, by.site).date(),
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        points = list(photo_set.protocol_version.points.all())
        if views is None:  # what is left open isn't prepared to the end either
            notes = {point.pk: "Brown, 3 cm, 5 hours" if point.asks_note else "" for point in points}
            record_preparation(by=by, photo_set=photo_set, ticked=notes, at=at)
        take_photos(
            by=by, photo_set=photo_set, views=list(photo_set.protocol_version.views.filter(required=True))[:views],
            patient=self.who, number=self.number, density=density, at=at, last_smaller=views is not None,
        )  # fmt: skip
        return photo_set if views is not None else complete_set(by=by, photo_set=photo_set, at=at)

    def plan(self, at: datetime, version: FormulationVersion, first_on: date) -> TreatmentPlan:
        """Operator: the plan."""
        return make_plan(
            by=self.operator, patient=self.row, formulation=version.formulation, first_on=first_on,
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip

    def session(self, at: datetime) -> TreatmentSession:
        """Operator: open the next session of the plan."""
        plan = TreatmentPlan.objects.get(patient=self.row, ended_at=None)
        planned = plan.planned.filter(done_at=None, cancelled_at=None).order_by("due_on", "id")[0]
        return start_session(by=self.operator, planned=planned, submission_key=uuid.uuid4(), at=at)

    def inject(self, at: datetime, row: TreatmentSession, vial: Vial, *, zones: int | None = None) -> None:
        """Operator: scan the vial and inject the zones, or the first of them."""
        use_vial(by=self.operator, treatment_session=row, code=vial.code, at=at)
        for zone, points, volume_ul in ZONES[:zones]:
            record_zone(
                by=self.operator, treatment_session=row, zone=zone, points=points, volume_per_site_ul=volume_ul, at=at
            )

    def finish(self, at: datetime, row: TreatmentSession, vial: Vial) -> None:
        """Operator: account for the rest, brief and sign."""
        row.refresh_from_db()
        injected_ul = sum(points * volume_ul for _zone, points, volume_ul in ZONES)
        left_ul = remaining_ul(vial) - injected_ul - WASTED_UL
        record_rest(
            by=self.operator, treatment_session=row, wasted_ul=WASTED_UL, remaining_ul=left_ul,
            anaesthesia="Cold air", notes="", row_version=row.row_version, at=at,
        )  # fmt: skip
        brief_aftercare(by=self.operator, treatment_session=row, at=at)
        sign_session(
            by=self.operator, treatment_session=row, confirmed=self.staff.confirm(self.operator),
            at=at + timedelta(seconds=1),
        )  # fmt: skip

    def audit(self, at: datetime, decision: Decision) -> None:
        """Physician: grade each pair and sign the audit."""
        by = self._actor("physician")
        audit = PhotoAudit.objects.get(patient=self.row)
        for number, pair in enumerate(pairs_of(audit)):
            grade = (number + self.number) % 3 - (1 if decision == Decision.STOP else 0)
            if pair.assessable:
                grade_view(by=by, audit=audit, view_code=pair.view_code, grade=grade, not_assessable="", at=at)
            else:
                grade_view(
                    by=by, audit=audit, view_code=pair.view_code, grade=None, not_assessable="View missing", at=at
                )
        audit.refresh_from_db()
        sign_audit(
            by=by, audit=audit, decision=decision, note="Agreed with the patient.", row_version=audit.row_version,
            confirmed=self.staff.confirm(by), at=at,
        )  # fmt: skip
