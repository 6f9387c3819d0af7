"""A patient whose papers are in order and a vial at hand: what a treatment session begins with."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.unit import unit_of_work
from demo.pictures import signature_png
from patients.consents.models import Consent
from patients.consents.services import take_consent
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.registry.models import Patient
from protocols.photos.models import PhotoProtocolVersion
from sessions.plans.models import PlannedSession, TreatmentPlan
from sessions.plans.services import make_plan
from sessions.preparation.models import Vial, VialMovement, VialMovementKind
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
from tests.patients.builders import registered_patient, signed_checklist, with_intake
from tests.protocols.builders import Approved, approved_everything
from tests.remembered import remembered
from tests.sessions.builders import signed_preparation


@dataclass(slots=True)
class Room:
    """What is at hand; `at` is now."""

    site: Site
    approved: Approved
    operator: Actor
    patient: Patient
    plan: TreatmentPlan
    at: datetime

    @property
    def planned(self) -> PlannedSession:
        """The next session of the plan."""
        found = self.plan.planned.filter(done_at=None, cancelled_at=None).order_by("phase", "ordinal").first()
        assert found is not None
        return found

    @remembered
    def vial(self, formulation: int = 0, **draft: Any) -> Vial:
        """Return a new vial of 2.5 mL of the plan's formulation (0), or of the other (1)."""
        found = signed_preparation(
            self.site, self.approved.formulations[formulation], at=self.at, **draft
        ).vials.first()
        assert found is not None
        return found

    def drawn(self, vial: Vial, volume_ul: int) -> None:
        """Take some of `vial` past the services, which leave a vial in hand alone: what was counted no longer holds."""
        VialMovement.add(
            vial=vial, kind=VialMovementKind.WASTED, volume_ul=volume_ul, moved_at=self.at, moved_by=self.operator.user
        )

    def begin(self, *, at: datetime | None = None) -> TreatmentSession:
        """Open the next session."""
        return start_session(by=self.operator, planned=self.planned, submission_key=uuid.uuid4(), at=at or self.at)

    def injected(
        self, vial: Vial | None = None, *, points: int = 20, per_site_ul: int = 60, row: TreatmentSession | None = None
    ) -> TreatmentSession:
        """Return a session with a vial and the vertex injected: 1.2 of 2.5 mL unless said otherwise."""
        if row is None and vial is None:
            return self._injected_anew(points=points, per_site_ul=per_site_ul)
        return self._inject(row or self.begin(), vial or self.vial(), points=points, per_site_ul=per_site_ul)

    @remembered
    def _injected_anew(self, **amounts: int) -> TreatmentSession:
        return self._inject(self.begin(), self.vial(), **amounts)

    def _inject(self, row: TreatmentSession, vial: Vial, *, points: int, per_site_ul: int) -> TreatmentSession:
        use_vial(by=self.operator, treatment_session=row, code=vial.code, at=self.at)
        record_zone(
            by=self.operator, treatment_session=row, zone=Zone.VERTEX, points=points, volume_per_site_ul=per_site_ul,
            at=self.at,
        )  # fmt: skip
        row.refresh_from_db()
        return row

    def complete(self, row: TreatmentSession | None = None, *, notes: str = "", at: datetime | None = None) -> Any:
        """Return a session that lacks nothing but the signature: 0.1 mL wasted, the rest left."""
        row = row or self.injected()
        at = at or self.at
        assert row.vial_start_ul is not None
        record_rest(
            by=self.operator, treatment_session=row, wasted_ul=100, anaesthesia="Cold air", notes=notes,
            remaining_ul=row.vial_start_ul - sum(zone.total_ul for zone in row.zones.all()) - 100,
            row_version=row.row_version, at=at,
        )  # fmt: skip
        brief_aftercare(by=self.operator, treatment_session=row, at=at)
        row.refresh_from_db()
        return row

    def signed(self, row: TreatmentSession | None = None, *, at: datetime | None = None) -> TreatmentSession:
        """Return a signed session."""
        return self._sign(row, at or self.at) if row is not None else self._signed_anew(at or self.at)

    @remembered
    def _signed_anew(self, at: datetime) -> TreatmentSession:
        return self._sign(self.complete(), at)

    def _sign(self, row: TreatmentSession, at: datetime) -> TreatmentSession:
        return sign_session(
            by=self.operator, treatment_session=row, confirmed=confirmed(self.operator, at), at=at
        )  # fmt: skip


def consented(patient: Patient, approved: Approved, *, by: Actor, at: datetime) -> Consent:
    """Return the patient's consent to the script in force."""
    return take_consent(
        by=by, patient=patient, script_version=approved.consent,
        statements=[row.pk for row in approved.consent.statements.all()], drawing_png=signature_png(patient.pk),
        signed_name=patient.full_name, photos_for_record=True, photos_for_teaching=False,
        submission_key=uuid.uuid4(), at=at,
    )  # fmt: skip


def photographed(
    patient: Patient, protocol: PhotoProtocolVersion, *, by: Actor, at: datetime, purpose: Purpose = Purpose.BASELINE,
    without: tuple[str, ...] = (), complete: bool = True, size: tuple[int, int] = (960, 720),
) -> PhotoSet:  # fmt: skip
    """Return a set with a row for every required view but those in `without`; there are no picture files behind it."""
    row = PhotoSet.objects.create(
        patient=patient, site=patient.site, protocol_version=protocol, purpose=purpose,
        taken_on=clock.local(at, patient.site).date(), created_at=at, created_by=by.user,
    )  # fmt: skip
    for view in protocol.views.filter(required=True).exclude(code__in=without):
        Photo.add(
            photo_set=row, view=view, original=f"none/{uuid.uuid4()}.jpg", original_name="vertex.jpg",
            sha256=uuid.uuid4().hex * 2, bytes=1, format="JPEG", width=size[0], height=size[1],
            uploaded_at=at, uploaded_by=by.user,
        )  # fmt: skip
    if complete:
        row.completed_at, row.completed_by = at, by.user
        row.save()
    return row


@remembered
@unit_of_work
def ready_room(
    site: Site, *, at: datetime | None = None, approved: Approved | None = None, operator: Actor | None = None,
    checklist: bool = True, consent: bool = True, photos: bool = True,
) -> Room:  # fmt: skip
    """Return a patient of today with everything signed and taken, unless it is left out."""
    at = at or clock.now()
    operator = operator or make_actor(site, Role.OPERATOR, name="Olga Demo")
    approved = approved or approved_everything(site)
    patient = registered_patient(site, at=at)
    with_intake(patient, by=operator, at=at)
    plan = make_plan(
        by=operator, patient=patient, formulation=approved.formulations[0].formulation,
        first_on=clock.local(at, site).date(), submission_key=uuid.uuid4(), at=at,
    )  # fmt: skip
    if checklist:
        signed_checklist(patient, approved.formulations[0], by=operator, at=at)
    if consent:
        consented(patient, approved, by=operator, at=at)
    if photos:
        photographed(patient, approved.photos, by=operator, at=at)
    return Room(site=site, approved=approved, operator=operator, patient=patient, plan=plan, at=at)
