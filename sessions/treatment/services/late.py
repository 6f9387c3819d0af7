"""Points that were injected before something stopped the session, and are entered after it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.errors import Refused, StaleWrite
from clinic.moments import moment_text
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.photos.queries import baseline_set, completed_baseline_by
from sessions.preparation.models import Vial
from sessions.treatment.as_it_was import as_it_was, stopped_since
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
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
from sessions.treatment.then import against, moments_meant

REASON_LENGTH = 300


@unit_of_work
def record_late_zone(
    *, by: Actor, treatment_session: TreatmentSession, zone: Zone, points: int, volume_per_site_ul: int,
    injected_at: datetime, late_reason: str, reason: str = "", submission_key: uuid.UUID | None = None, at: datetime,
) -> InjectionZone:  # fmt: skip
    """Add an entry of points that were injected at `injected_at`, to the minute, and say why they are entered only now.

    Nothing is injected by it, so the gate isn't asked what stops the session now. It is refused what can't have been
    let through then, and the papers of then are kept with it. Raises Refused for that, without a reason, for a volume
    that can't be, and when more would be injected than the vial held; StaleWrite when the same form made another entry.
    """
    row = open_session(treatment_session, by)
    entry, late_reason = Entry(zone, points, volume_per_site_ul, reason), " ".join(late_reason.split())
    if submission_key and (made := already_submitted(InjectionZone, submission_key, treatment_session=row)):
        return _the_same_late(made, entry, injected_at)
    _refuse_reason(late_reason)
    if row.vial is None:
        raise Refused(_("No vial was taken in this session, so nothing was injected in it."))
    papers = _papers_then(row, row.vial, by=by, injected_at=injected_at, at=at)
    refuse_amount(row, entry, others_ul=total_ul_of(row))
    saved = InjectionZone.objects.create(
        treatment_session=row, submission_key=submission_key or uuid.uuid4(), recorded_at=at, papers=papers,
        injected_at=injected_at, late_reason=late_reason, **fields_of(row, entry),
    )  # fmt: skip
    keep_last_injection(row)
    if row.baseline_photos_id is None:
        row.baseline_photos = baseline_set(row.patient) or completed_baseline_by(row.patient, at)
    save_fields(row, *INJECTED)
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=injected_at, before=None,
        after=saved.describe(), reason=late_reason,
    )  # fmt: skip
    return saved


def _refuse_reason(late_reason: str) -> None:
    if len(late_reason) < LEAST_REASON:
        raise Refused(_("Say why it is entered only now."), field="late_reason")
    if len(late_reason) > REASON_LENGTH:
        raise Refused(
            _("Give the reason in at most %(most)s characters.") % {"most": REASON_LENGTH}, field="late_reason"
        )


def _the_same_late(made: InjectionZone, entry: Entry, injected_at: datetime) -> InjectionZone:
    """Return what the form made before, when it says the same; the ordinary form made it when it was injected."""
    the_same(made, entry)
    if made.injected_at is not None and made.injected_at != injected_at:
        raise StaleWrite(
            _("This form was recorded already, with another time. Send it again to add a further row, or remove that.")
        )
    return made


def _papers_then(
    row: TreatmentSession, vial: Vial, *, by: Actor, injected_at: datetime, at: datetime
) -> Mapping[str, Any]:
    """Return the papers of the minute `injected_at`; Refused where nothing can have been injected in it.

    A time is typed to the minute: what can have been injected in any moment of it is taken.
    """
    meant = moments_meant(injected_at, now=at)
    if not meant:
        raise Refused(_("That time is still to come. Type when it was injected."), field="injected_at")
    on = clock.local(injected_at, row.site).date()
    stopped, reasons = stopped_since(row, vial, by=by), list[str]()
    for moment in meant:
        then, papers = as_it_was(row, vial, moment, stopped)
        found = against(then, row.site, on)
        if not found:
            return papers
        reasons = reasons or found
    raise Refused(
        _("By the record nothing can have been injected at %(at)s. Look at the time.")
        % {"at": moment_text(injected_at, row.site, row.on)},
        field="injected_at",
        reasons=[*reasons, _("If it was injected then all the same, say so in the notes: what, when and why.")],
    )
