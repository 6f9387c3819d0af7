"""The operator's signature under a session: everything is there, and every microlitre is accounted for."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.trail.queries import is_own_change
from clinic.trail.unit import unit_of_work
from sessions.gate.gate import after_injection, gate_for
from sessions.gate.stops import Stop
from sessions.plans.services import move_plan_on
from sessions.preparation.models import Vial, VialMovement, VialMovementKind
from sessions.preparation.queries import remaining_ul
from sessions.treatment.documents import sections, session_content
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import to_explain, vial_drift, zone_volumes
from sessions.treatment.reconciliation import ZoneVolume, balance_fault, injected_ul
from sessions.treatment.services.steps import locked_session, save_fields

#: What has to be said when something stops the session that was in order when the needle was last used.
LEAST_NOTE = 10


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing missing before the signature, and the address where it is put right ("" when on this page)."""

    text: str
    url: str = ""


def stops_at_signature(row: TreatmentSession, found: list[Stop], *, at: datetime) -> list[Stop]:
    """Return which of `found`, what the gate says at `at`, stop the signature.

    Once something was injected, what only the passing of time brought about is left out (the checklist's day, the
    vial's hours): it was in order when the needle was last used.
    """
    if row.injected_at is None:
        return found
    return after_injection(found, vial=row.vial, injected_at=row.injected_at, site=row.site, at=at)


def missing_for_signature(row: TreatmentSession, found: list[Stop], *, at: datetime) -> list[Missing]:
    """Return, in words, everything that is still missing before the session can be signed.

    `found` is what the gate says at `at` for the session with its vial.
    """
    found = stops_at_signature(row, found, at=at)
    zones = zone_volumes(row)
    missing = [] if zones and _explained(row) else [Missing(_words(stop, zones), stop.url) for stop in found]
    if missing and zones:
        missing.append(
            Missing(
                _("It was in order when the last zone was injected: say in the notes what happened since."), "#rest"
            )
        )
    missing += [Missing(text, "#map") for text in to_explain(row)]
    missing += [Missing(text) for text in _missing_amounts(row, zones)]
    if row.briefed_at is None:
        missing.append(Missing(_("The aftercare briefing isn't recorded."), "#briefing"))
    return missing


def _words(stop: Stop, zones: list[ZoneVolume]) -> str:
    """Return a stop in words: what was injected is signed whatever stops the next injection, so no advice on that."""
    return stop.told if zones else stop.message


def _explained(row: TreatmentSession) -> bool:
    return len(row.notes.strip()) >= LEAST_NOTE


def _missing_amounts(row: TreatmentSession, zones: list[ZoneVolume]) -> list[str]:
    missing = [] if zones else [_("No zone is recorded.")]
    if drift := vial_drift(row):
        missing.append(drift)
    if row.wasted_ul is None or row.remaining_ul is None:
        missing.append(_("Say how much was wasted and how much is left in the vial."))
    elif row.vial_start_ul is not None and (
        fault := balance_fault(
            start_ul=row.vial_start_ul, zones=zones, wasted_ul=row.wasted_ul, remaining_ul=row.remaining_ul
        )
    ):
        missing.append(fault)
    return missing


@unit_of_work
def sign_session(
    *,
    by: Actor,
    treatment_session: TreatmentSession,
    confirmed: Confirmed,
    row_version: int | None = None,
    at: datetime,
) -> TreatmentSession:
    """Sign a session: everything is there, nothing stops it, and every microlitre is accounted for.

    Moves the vial's content and the plan on, and seals the session's document. The signer's second click finds the
    signed session. `row_version` is what the signer saw. Raises Refused with the list of what is missing, and for
    anybody but the operator; StaleWrite when somebody saved since, or the vial was drawn from elsewhere meanwhile.
    """
    by.require(Permission.TREAT)
    row = locked_session(treatment_session, by)
    if row.signature is not None and row.signature.user_id == by.user.pk:
        return row
    if row.status != SessionStatus.OPEN:
        raise Refused(_("This session is closed. What was signed stays as it is."))
    if row.operator_id != by.user.pk:
        # Who signs says "I performed this session as recorded".
        raise Refused(
            _("%(name)s performs this session and signs it. If you went on with it, take it over first, and say why.")
            % {"name": row.operator}
        )
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(
            _("You changed this in another window. Read it again, then sign.") if is_own_change(by, row)
            else _("Somebody else saved this session since you saw it. Read it again, then sign.")
        )  # fmt: skip
    vial = Vial.objects.select_for_update(no_key=True).get(pk=row.vial_id) if row.vial_id else None
    if vial is not None and row.vial_start_ul is not None and remaining_ul(vial) != row.vial_start_ul:
        raise StaleWrite(_("The vial was drawn from elsewhere since it was scanned. Scan it again."))
    found = gate_for(by=by, planned=row.planned, vial=row.vial, at=at, injected=row.injected_at is not None)
    if missing := missing_for_signature(row, found, at=at):
        raise Refused(_("This session can't be signed yet."), reasons=[each.text for each in missing])
    if vial is None:
        raise ValueError("nothing is missing, so there is a vial")
    since = [stop.told for stop in stops_at_signature(row, found, at=at)]
    content = session_content(row, since=since)
    row.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.PERFORMED, subject=row, content=content, at=at, patient=row.patient
    )
    _draw_from_vial(by=by, row=row, vial=vial, at=at)
    row.status, row.ended_at = SessionStatus.SIGNED, at
    save_fields(row, "status", "ended_at", "signature")
    move_plan_on(by=by, planned=row.planned, done_on=row.on, at=at)
    seal(
        by=by, kind="treatment_session", subject=row, patient=row.patient,
        content={**content, "sections": sections(content), "signatures": [manifestation(row.signature)]}, at=at,
    )  # fmt: skip
    return row


def _draw_from_vial(*, by: Actor, row: TreatmentSession, vial: Vial, at: datetime) -> None:
    amounts: dict[str, int] = {
        VialMovementKind.INJECTED: injected_ul(zone_volumes(row)),
        VialMovementKind.WASTED: row.wasted_ul or 0,
    }
    for kind, volume_ul in amounts.items():
        if volume_ul:
            VialMovement.add(
                vial=vial, kind=kind, volume_ul=volume_ul, treatment_session=row, moved_at=at, moved_by=by.user
            )
