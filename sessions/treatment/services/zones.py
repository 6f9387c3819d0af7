"""The injection map: entries recorded, corrected and taken out; each adds to what was injected."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.amounts import millilitre_text
from clinic.errors import Refused, StaleWrite
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.gate.gate import Papers, ask_gate
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
from sessions.treatment.papers import papers
from sessions.treatment.queries import vial_drift
from sessions.treatment.reconciliation import LEAST_REASON
from sessions.treatment.services.entries import (
    INJECTED,
    Entry,
    fields_of,
    keep_last_injection,
    refuse_amount,
    the_same,
    total_ul_of,
)
from sessions.treatment.services.steps import open_session, save_fields


@unit_of_work
def record_zone(
    *, by: Actor, treatment_session: TreatmentSession, zone: Zone, points: int, volume_per_site_ul: int,
    reason: str = "", submission_key: uuid.UUID | None = None, at: datetime,
) -> InjectionZone:  # fmt: skip
    """Add an entry to the map: so many points of a zone, each with this volume; entries of one zone add up.

    It is an injection: the gate is asked, and the papers that let it through are kept with the entry. A volume
    outside of the protocol is recorded as it was given; the signature waits for its reason. Raises Refused while the
    gate stops the session or the vial has to be scanned again, for a volume that can't be, and when more would be
    injected than the vial held; StaleWrite when the same form made another entry before.
    """
    row = open_session(treatment_session, by)
    entry = Entry(zone, points, volume_per_site_ul, reason)
    if submission_key and (made := already_submitted(InjectionZone, submission_key, treatment_session=row)):
        return the_same(made, entry)
    let_through = _refuse_injection(row, by=by, at=at)
    refuse_amount(row, entry, others_ul=total_ul_of(row))
    _injected(row, let_through, by=by, at=at)
    saved = InjectionZone.objects.create(
        treatment_session=row, submission_key=submission_key or uuid.uuid4(), recorded_at=at, papers=row.papers,
        **fields_of(row, entry),
    )  # fmt: skip
    save_fields(row, *INJECTED)
    record(by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=None, after=saved.describe())
    return saved


@unit_of_work
def change_zone(
    *, by: Actor, treatment_session: TreatmentSession, entry_id: int, zone: Zone, points: int, volume_per_site_ul: int,
    reason: str = "", row_version: int | None = None, at: datetime,
) -> InjectionZone:  # fmt: skip
    """Correct an entry of an open session, whatever stops it now; the trail keeps both.

    Raises Refused for one that was removed, and as `record_zone` does for the amount; StaleWrite when the session
    was saved since `row_version` was read.
    """
    row = open_session(treatment_session, by)
    saved = _entry(row, entry_id)
    entry = Entry(zone, points, volume_per_site_ul, reason)
    before, values = saved.describe(), fields_of(row, entry)
    if all(getattr(saved, name) == value for name, value in values.items()):
        return saved
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("This session was saved since you opened the row. Look at the map, then save again."))
    refuse_amount(row, entry, others_ul=total_ul_of(row) - saved.total_ul)
    for name, value in values.items():
        setattr(saved, name, value)
    saved.save(update_fields=[*values])
    save_fields(row)
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before, after=saved.describe()
    )
    return saved


@unit_of_work
def explain_zone(
    *, by: Actor, treatment_session: TreatmentSession, entry_id: int, reason: str, at: datetime
) -> InjectionZone:
    """Say why an entry's volume departs from the protocol; nothing else of it changes.

    Raises Refused without a reason, for an entry that was removed, and for one that is within the protocol.
    """
    row = open_session(treatment_session, by)
    saved = _entry(row, entry_id)
    if len(reason.strip()) < LEAST_REASON:
        raise Refused(_("Say why the volume was given outside of the protocol."), field="reason")
    before = saved.describe()
    values = fields_of(row, Entry(Zone(saved.zone), saved.points, saved.volume_per_site_ul, reason))
    if not values["deviation_reason"]:
        raise Refused(_("This row is within the protocol now. It needs no reason."))
    saved.deviation_reason = reason.strip()
    saved.save(update_fields=["deviation_reason"])
    save_fields(row)
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before, after=saved.describe()
    )
    return saved


@unit_of_work
def remove_zone(*, by: Actor, treatment_session: TreatmentSession, entry_id: int, at: datetime) -> str:
    """Take an entry recorded by mistake out of an open session, and say which it was; the trail keeps it.

    What the session knows of its last injection is then what the last entry left knows. One that is gone already is "".
    """
    row = open_session(treatment_session, by)
    found = row.zones.filter(pk=entry_id).first()
    if found is None:
        return ""
    before = found.describe()
    said = f"{found.get_zone_display()}, {found.points} × {millilitre_text(found.volume_per_site_ul)} mL"
    found.delete()
    keep_last_injection(row)
    save_fields(row, "injected_at", "on", "checklist", "consent", "papers")
    record(by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before, after={})
    return said


def _entry(row: TreatmentSession, entry_id: int) -> InjectionZone:
    found = row.zones.filter(pk=entry_id).first()
    if found is None:
        raise Refused(_("This row was removed in the meantime. Look at the map again."))
    return found


def _refuse_injection(row: TreatmentSession, *, by: Actor, at: datetime) -> Papers:
    """Return the papers that let an injection through; raise Refused when nothing may be injected now.

    What was injected before can still be written down.
    """
    injected = row.injected_at is not None
    found, let_through = ask_gate(by=by, planned=row.planned, vial=row.vial, at=at, injected=injected)
    reasons = [stop.message for stop in found]
    if drift := vial_drift(row):
        reasons.append(drift)
    if reasons:
        raise Refused(_("The session is stopped."), reasons=reasons)
    return let_through


def _injected(row: TreatmentSession, let_through: Papers, *, by: Actor, at: datetime) -> None:
    """Keep when the needle was last used, and the papers that let it through."""
    row.injected_at, row.on = at, clock.local(at, by.site).date()
    row.checklist, row.consent = let_through.checklist, let_through.consent
    row.baseline_photos = let_through.baseline
    row.papers = papers(row, row.checklist, row.consent) if row.checklist and row.consent else {}
