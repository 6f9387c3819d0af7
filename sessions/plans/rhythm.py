"""Reads the numbers of a treatment protocol."""

from protocols.treatment.models import TreatmentProtocolVersion
from sessions.plans.schedule import Rhythm


def rhythm_of(protocol: TreatmentProtocolVersion) -> Rhythm:
    """Return the numbers that dates follow from."""
    return Rhythm(
        loading_count=protocol.loading_count,
        loading_interval_days=protocol.loading_interval_days,
        window_days=protocol.window_days,
        audit_after_months=protocol.audit_after_months,
        maintenance_first_year_months=protocol.maintenance_first_year_months,
        maintenance_later_months=protocol.maintenance_later_months,
    )
