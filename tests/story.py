"""One site's story, told through the services: every kind of record it keeps is written at least once.

For the tests that look at the whole project: what Postgres refuses, and who may open what.
"""

import json
import tempfile
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from audit.month6.models import Decision as AuditDecision
from audit.month6.models import PhotoAudit
from audit.month6.queries import pairs_of
from audit.month6.services import grade_view, open_due_audits, sign_audit
from audit.weekly.models import Verdict
from audit.weekly.queries import deviations_of
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Membership, Site
from clinic.accounts.permissions import Permission, Role
from clinic.amending.services import amend, co_sign
from clinic.certifying.services import certify
from clinic.documents.making import make_rendering
from clinic.documents.models import SealedDocument
from clinic.outbox.models import Alert, OutboxEntry
from clinic.outbox.services import raise_alert
from clinic.outbox.ticks import write_due_ticks
from clinic.signing.models import Meaning
from demo.pictures import signature_png
from patients.consents.from_paper import take_over_consent
from patients.consents.models import Consent
from patients.consents.services import take_consent, withdraw_consent
from patients.importing.services import import_patients
from patients.paper.filing import file_scan, set_aside, take_back
from patients.paper.models import PaperForm, PaperKind
from patients.paper.services import begin_entry, end_form, print_form
from patients.photos.drawn import draw_scalp
from patients.photos.models import PhotoSet, Purpose
from patients.photos.services import add_photo, complete_set, open_set, record_preparation
from patients.registry.models import Patient
from patients.screening.services import withdraw_clearance
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.opening.models import Arrangement
from protocols.opening.services import end_set_up, record_set_up
from protocols.risk.models import RiskChange
from protocols.risk.services import sign_receipt
from sessions.plans.models import TreatmentPlan
from sessions.plans.services import make_plan
from sessions.preparation.models import Preparation
from sessions.preparation.queries import remaining_ul
from sessions.preparation.services import destroy_leftover
from sessions.stock.models import StockLot
from sessions.treatment.models import TreatmentSession, Zone
from sessions.treatment.services import (
    brief_aftercare,
    record_rest,
    record_zone,
    sign_session,
    start_session,
    use_vial,
)
from tests.factories import confirmed, make_actor
from tests.patients.builders import answered_checklist, cleared, registered_patient, signed_checklist, with_intake
from tests.patients.paper.scans import kept, photographed, returned
from tests.protocols import builders
from tests.protocols.builders import Approved, approved_everything, draft_formulation
from tests.remembered import remembered
from tests.sessions.builders import a_draft, signed_preparation

#: How long ago the story begins: long enough for the audit at month 6.
BEGAN_DAYS_AGO = 210
IMPORTED = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Patient",
                "id": "p1",
                "identifier": [{"system": "https://numbers.example", "value": "4711"}],
                "name": [{"family": "Demo", "given": ["Ida"]}, {"use": "maiden", "family": "Beispiel"}],
                "gender": "female",
                "birthDate": "1985-06-07",
            }
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c1",
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "code": {"text": "Asthma"},
                "subject": {"reference": "Patient/p1"},
            }
        },
    ],
}


@dataclass(slots=True)
class Story:
    """What was written at `site`; `rows` holds a row of each kind by a short name."""

    site: Site
    now: datetime
    rows: dict[str, models.Model] = field(default_factory=dict)

    def actor(self, *roles: Role) -> Actor:
        """Return somebody new at work at the site."""
        return make_actor(self.site, *roles)


@remembered
def tell(site: Site) -> Story:
    """Tell the story at `site`, which has nothing yet; takes a few seconds, for the photographs."""
    return _Teller(site, clock.now()).tell()


class _Teller:
    def __init__(self, site: Site, now: datetime) -> None:
        self.site, self.now = site, now
        self.story = Story(site, now)
        self.physician = make_actor(site, Role.PHYSICIAN)
        self.manager = make_actor(site, Role.MANAGER)
        self.preparer = make_actor(site, Role.PREPARER)

    def tell(self) -> Story:
        began = self._morning(self.now - timedelta(days=BEGAN_DAYS_AGO))
        with clock.moved_to(began):
            approved = approved_everything(self.site)
            patient = self._first_visit(approved, began)
        treated = began + timedelta(days=7)
        with clock.moved_to(treated):
            self._treatment(approved, patient, treated)
        with clock.moved_to(treated + timedelta(days=9)):
            self._week(treated, at=treated + timedelta(days=9))
        with clock.moved_to(began + timedelta(days=190)):
            self._month_6(patient, began + timedelta(days=190))
        self._left_open(approved)
        self._on_paper(approved)
        self._by_the_clock()
        self._said_again()
        return self.story

    def _morning(self, at: datetime) -> datetime:
        """Nine o'clock on a Tuesday: the week's days are certain."""
        day = at.date() - timedelta(days=at.weekday() - 1)
        return datetime.combine(day, time(9), tzinfo=ZoneInfo(self.site.time_zone))

    def _keep(self, **rows: models.Model) -> None:
        self.story.rows.update(rows)

    def _first_visit(self, approved: Approved, at: datetime) -> Patient:
        patient = registered_patient(self.site, at=at)
        with_intake(patient, by=self.physician, at=at)
        consent = self._consent(patient, approved, at)
        photos = self._photos(patient, Purpose.BASELINE, at)
        plan = make_plan(
            by=self.physician, patient=patient, formulation=approved.formulations[0].formulation,
            first_on=at.date() + timedelta(days=7), submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        view = approved.photos.views.get(code="vertex")
        clearance = cleared(patient, by=self.physician, at=at)
        self._keep(
            clearance=clearance,
            intake=patient.intakes.get(),
            membership=Membership.objects.filter(site=self.site).latest("pk"),
        )
        withdraw_clearance(by=self.physician, clearance=clearance, reason="Given for the wrong person.", at=at)
        self._keep(
            patient=patient, consent=consent, photo_set=photos, photo=photos.photos.get(view=view), plan=plan,
            version=approved.formulations[0], treatment=approved.treatment, checklist_version=approved.checklist,
            consent_script=approved.consent, photo_protocol=approved.photos, view=view,
        )  # fmt: skip
        return patient

    def _consent(self, patient: Patient, approved: Approved, at: datetime) -> Consent:
        return take_consent(
            by=self.physician, patient=patient, script_version=approved.consent,
            statements=[row.pk for row in approved.consent.statements.all()], drawing_png=signature_png(patient.pk),
            signed_name=patient.full_name, photos_for_record=True, photos_for_teaching=False,
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip

    def _photos(self, patient: Patient, purpose: Purpose, at: datetime, *, complete: bool = True) -> PhotoSet:
        row = open_set(
            by=self.physician, patient=patient, purpose=purpose, taken_on=clock.local(at, self.site).date(),
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        for view in row.protocol_version.views.filter(required=True)[: None if complete else 1]:
            data = draw_scalp(
                view=view.code, stage="norwood III", density=0.6, seed=patient.pk, width=800, height=600,
                captured_at=at, camera="Story Camera",
            )  # fmt: skip
            with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
                file.write(data)
                file.flush()
                add_photo(
                    by=self.physician, photo_set=row, view=view, path=Path(file.name), original_name="story.jpg",
                    submission_key=uuid.uuid4(), at=at,
                )  # fmt: skip
        washed = row.protocol_version.points.get(text="Hair washed")
        record_preparation(by=self.physician, photo_set=row, ticked={washed.pk: ""}, at=at)
        return complete_set(by=self.physician, photo_set=row, at=at) if complete else row

    def _treatment(self, approved: Approved, patient: Patient, at: datetime) -> None:
        version = approved.formulations[0]
        preparation = signed_preparation(self.site, version, {1: 3_400}, preparer=self.preparer, at=at)
        vial, spare = preparation.vials.order_by("pk")
        destroy_leftover(
            by=self.preparer, vial=spare, reason="End of the day", submission_key=uuid.uuid4(), at=at
        )  # fmt: skip
        checklist = signed_checklist(patient, version, by=self.physician, at=at)
        planned = TreatmentPlan.objects.get(patient=patient).planned.order_by("due_on", "id")[0]
        row = start_session(by=self.physician, planned=planned, submission_key=uuid.uuid4(), at=at)
        use_vial(by=self.physician, treatment_session=row, code=vial.code, at=at)
        record_zone(by=self.physician, treatment_session=row, zone=Zone.VERTEX, points=20, volume_per_site_ul=60, at=at)
        self._finish(row, left_ul=remaining_ul(vial) - 20 * 60 - 100, at=at)
        self._keep(
            preparation=preparation, vial=vial, checklist=checklist,
            lot=StockLot.objects.for_site(self.site).latest("pk"),
            planned=planned, session=row, deviation=preparation.deviations.get(),
        )  # fmt: skip

    def _finish(self, row: TreatmentSession, *, left_ul: int, at: datetime) -> None:
        row.refresh_from_db()
        record_rest(
            by=self.physician, treatment_session=row, wasted_ul=100, remaining_ul=left_ul, anaesthesia="Cold air",
            notes="", row_version=row.row_version, at=at,
        )  # fmt: skip
        brief_aftercare(by=self.physician, treatment_session=row, at=at)
        sign_session(by=self.physician, treatment_session=row, confirmed=confirmed(self.physician, at), at=at)

    def _week(self, of: datetime, *, at: datetime) -> None:
        week = Week.of(clock.local(of, self.site).date())
        for deviation in deviations_of(self.site, week):
            decide_deviation(
                by=self.manager, deviation=deviation, verdict=Verdict.TALKED, text="Talked through.",
                submission_key=uuid.uuid4(), at=at,
            )  # fmt: skip
        review = sign_week(
            by=self.manager, week=week, note="", confirmed=confirmed(self.manager, at), submission_key=uuid.uuid4(),
            at=at,
        )  # fmt: skip
        self._keep(week_review=review)

    def _month_6(self, patient: Patient, at: datetime) -> None:
        open_due_audits(by=service_actor(self.site), at=at)
        audit = PhotoAudit.objects.get(patient=patient)
        grader = self.story.actor(Role.PHYSICIAN)  # who didn't treat the patient
        self._photos(patient, Purpose.MONTH_6, at)
        for pair in pairs_of(audit):
            grade_view(
                by=grader, audit=audit, view_code=pair.view_code, grade=1, not_assessable="", at=at
            )  # fmt: skip
        audit.refresh_from_db()
        sign_audit(
            by=grader, audit=audit, decision=AuditDecision.CONTINUE, note="", row_version=audit.row_version,
            confirmed=confirmed(grader, at), at=at,
        )  # fmt: skip
        self._keep(audit=audit)

    def _left_open(self, approved: Approved) -> None:
        """What is in progress today: of a second patient, and of one who was imported and took the consent back."""
        self._keep(
            **{
                name: builders.approved(draft(self.site))
                for name, draft in (
                    ("leaflet", builders.draft_leaflet), ("response", builders.draft_response),
                    ("prp", builders.draft_prp), ("combined", builders.draft_combined),
                    ("audit_rules", builders.draft_audit_rules),
                )
            }
        )  # fmt: skip
        at, version = self.now, approved.formulations[0]
        second = registered_patient(self.site, at=at)
        with_intake(second, by=self.physician, at=at)
        self._consent(second, approved, at)
        draft = answered_checklist(second, version, by=self.physician, at=at)
        plan = make_plan(
            by=self.physician, patient=second, formulation=version.formulation,
            first_on=clock.local(at, self.site).date(), submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        open_photos = self._photos(second, Purpose.BASELINE, at, complete=False)
        planned = plan.planned.order_by("due_on", "id")[0]
        going = start_session(by=self.physician, planned=planned, submission_key=uuid.uuid4(), at=at)
        imported = self._imported(at)
        taken_back = self._consent(imported, approved, at)
        withdraw_consent(by=self.physician, consent=taken_back, reason="Changed her mind.", at=at)
        self._keep(
            second_patient=second, ingredient=version.lines.all()[0].ingredient,
            open_checklist=draft, open_plan=plan, open_photo_set=open_photos,
            open_planned=planned, open_session=going, open_preparation=self._bench(approved, at),
            draft_version=draft_formulation(self.site, "Z"),
        )  # fmt: skip

    def _on_paper(self, approved: Approved) -> None:
        """Forms for the pen: entered, returned and to be entered, not used; and scans filed, waiting, set aside."""
        at, script = self.now, approved.consent
        patients = [registered_patient(self.site, at=at) for _number in range(2)]
        for patient in patients:
            with_intake(patient, by=self.physician, at=at)
        entered, waiting = (self._printed(patient, script_version=script) for patient in patients)
        checklist, unused = (
            self._printed(patient, formulation_version=approved.formulations[0]) for patient in patients
        )
        with tempfile.TemporaryDirectory() as folder:
            filings = [returned(self.physician, form, Path(folder), at=at) for form in (entered, waiting, checklist)]
            open_scan, other = (
                kept(self.physician, photographed(seed=self.site.pk % 50 + extra), Path(folder), at=at)
                for extra in (0, 60)
            )
            wrong = kept(self.physician, photographed(seed=self.site.pk % 50 + 120), Path(folder), at=at)
        wrongly = file_scan(by=self.physician, scan=wrong, code=waiting.code, signed_at=at, at=at)
        take_back(by=self.physician, filing=wrongly, reason="Another patient's paper.", at=at)
        take_over_consent(
            by=self.physician, form=entered, statements=[row.pk for row in script.statements.all()],
            signed_name=entered.patient.full_name, photos_for_record=True, photos_for_teaching=False,
            submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        begin_entry(by=self.physician, form=checklist, submission_key=uuid.uuid4(), at=at)
        end_form(by=self.physician, form=unused, reason="Spoiled and torn up.", at=at)
        set_aside(by=self.physician, scan=other, reason="A letter.", at=at)
        self._keep(
            paper_form=checklist,
            paper_consent=waiting,
            open_scan=open_scan,
            filed_scan=filings[0].scan,
            filing=filings[1],
            scan_page=open_scan.pages.get(),
        )

    def _printed(self, patient: Patient, **version: Any) -> PaperForm:
        kind = PaperKind.CONSENT if "script_version" in version else PaperKind.CHECKLIST
        return print_form(
            by=self.physician, patient=patient, kind=kind, submission_key=uuid.uuid4(), at=self.now, **version
        )

    def _bench(self, approved: Approved, at: datetime) -> Preparation:
        return a_draft(self.site, approved.formulations[1], preparer=self.preparer, at=at)

    def _imported(self, at: datetime) -> Patient:
        by = service_actor(self.site, permissions=[Permission.REGISTER_PATIENTS], request_id="story")
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(IMPORTED, file)
            file.flush()
            import_patients(by=by, source=Path(file.name), at=at)
        found: Patient = Patient.objects.for_site(self.site).get(birth_date=date(1985, 6, 7))
        return found

    def _said_again(self) -> None:
        """What comes after a signature: an amendment, a second signature, a change to read, a table put right."""
        at, proof = self.now, confirmed(self.physician, self.now)
        amendment = amend(
            by=self.physician, document=SealedDocument.objects.filter(site=self.site, kind="checklist").latest("pk"),
            seen=0, entry="", correct="Asked on the telephone.", reason="Noted in the wrong place.", confirmed=proof,
            at=at,
        )  # fmt: skip
        checker = self.story.actor(Role.PREPARER)
        co_signature = co_sign(
            by=self.preparer, other=checker, confirmed=confirmed(checker, at), at=at, seen=0, meaning=Meaning.CHECKED,
            document=SealedDocument.objects.filter(site=self.site, kind="preparation").earliest("pk"),
        )  # fmt: skip
        newcomer = make_actor(self.site, Role.OPERATOR, certified=False)
        values = {"name": "Fridge 1", "details": "Logger 7, read twice a day", "person": None, "valid_until": None}
        fridge, gone = (
            record_set_up(
                by=self.manager, arrangement=Arrangement.FRIDGE, confirmed=confirmed(self.manager, at),
                submission_key=uuid.uuid4(), at=at, **values,  # type: ignore[arg-type]
            )
            for _number in range(2)
        )  # fmt: skip
        end_set_up(by=self.manager, set_up=gone, reason="Broken.", at=at)
        certification = certify(by=newcomer, confirmed=confirmed(newcomer, at), at=at)
        builders.approved(builders.draft_treatment(self.site, risk_relevant=True))
        change = RiskChange.objects.get(site=self.site)
        receipt = sign_receipt(by=newcomer, change=change, confirmed=confirmed(newcomer, at), at=at)
        self._keep(
            amendment=amendment, co_signature=co_signature, certification=certification, risk_change=change,
            receipt=receipt, set_up=fridge, preparation_document=co_signature.document,
            jurisdiction=JurisdictionTableVersion.objects.for_site(self.site).active().get(),
        )  # fmt: skip

    def _by_the_clock(self) -> None:
        write_due_ticks(at=self.now)
        key = f"story:{self.site.pk}"
        raise_alert(kind="story", key=key, text="Something to see to.", subject="", at=self.now)
        document = SealedDocument.objects.filter(site=self.site, kind="checklist").latest("pk")
        self._keep(
            document=document, rendering=make_rendering(document=document, at=self.now),
            alert=Alert.objects.get(key=key), owed=OutboxEntry.objects.latest("pk"),
        )  # fmt: skip
