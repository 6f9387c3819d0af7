"""Writing treatment protocols: needle, grid, volume per site and schedule."""

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from clinic.accounts.actors import Actor
from clinic.trail.unit import unit_of_work
from protocols.drafts.services import begin_draft, rewrite_draft
from protocols.treatment.models import TreatmentProtocolVersion


class Technique(TypedDict):
    """What a version says: gauge in G, lengths in mm, volumes in µL, intervals in days or months."""

    needle_gauge: int
    needle_length_mm: int
    grid_spacing_mm: int
    site_volume_min_ul: int
    site_volume_max_ul: int
    loading_count: int
    loading_interval_days: int
    window_days: int
    audit_after_months: int
    maintenance_first_year_months: int
    maintenance_later_months: int
    baseline_photos_within_days: int
    anaesthesia: str


@unit_of_work
def write_treatment_protocol(
    *,
    by: Actor,
    change_reason: str,
    risk_relevant: bool,
    submission_key: UUID,
    at: datetime,
    **technique: Unpack[Technique],
) -> TreatmentProtocolVersion:
    """Write the site's next treatment protocol as a draft."""
    version = TreatmentProtocolVersion(
        site=by.site, change_reason=change_reason, risk_relevant=risk_relevant, submission_key=submission_key,
        **technique,
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=[], at=at)


@unit_of_work
def edit_treatment_protocol(
    *,
    by: Actor,
    version: TreatmentProtocolVersion,
    row_version: int,
    change_reason: str,
    risk_relevant: bool,
    at: datetime,
    **technique: Unpack[Technique],
) -> TreatmentProtocolVersion:
    """Rewrite a draft."""
    values = {"change_reason": change_reason, "risk_relevant": risk_relevant, **technique}
    return rewrite_draft(by=by, version=version, row_version=row_version, values=values, parts=[], at=at)
