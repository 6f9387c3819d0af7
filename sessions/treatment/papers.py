"""The papers that a session is given under, in their own words: protocol, checklist, consent, clearances."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.dates import day_text
from patients.consents.models import Consent
from patients.consents.queries import consent_in_force
from patients.screening.contraindications import Verdict, judge
from patients.screening.loading import load
from patients.screening.models import PatientChecklist
from patients.screening.queries import signed_checklist
from protocols.checklists.models import Rule
from sessions.treatment.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class Line:
    """One paper on a page or a document: what it is, its version and date, and where it opens."""

    term: str
    text: str
    conditions: str = ""
    route: str = ""
    pk: int | None = None


def papers_now(row: TreatmentSession) -> dict[str, Any]:
    """Return the papers that hold on the session's day as they are kept with the session; {} while one is missing."""
    checklist, consent = signed_checklist(row.patient, row.on), consent_in_force(row.patient)
    return papers(row, checklist, consent) if checklist and consent else {}


def papers(row: TreatmentSession, checklist: PatientChecklist, consent: Consent) -> dict[str, Any]:
    """Return the exact versions of a session in words, each clearance that its verdict rests on with its conditions."""
    loaded = load(checklist, row.on)
    verdict = judge(loaded.case)
    used = {reason.clearance for reason in verdict.reasons if reason.clearance}
    return {
        "checklist": checklist.pk,
        "checklist_text": _("%(version)s: %(verdict)s. Signed by %(name)s, %(moment)s")
        % {
            "version": checklist.version,
            "verdict": checklist.get_outcome_display(),
            "name": checklist.signed_by.full_name if checklist.signed_by else "",
            "moment": _moment_text(checklist.signed_at, row),
        },
        # What a clearance changed since the checklist was signed.
        "verdict": str(verdict.outcome.label),
        "consent": consent.pk,
        "consent_text": _("%(version)s, signed %(moment)s")
        % {"version": consent.script_version, "moment": _moment_text(consent.signed_at, row)},
        "clearances": [
            {
                "id": clearance.pk,
                "text": _("%(about)s: cleared by %(prescriber)s, %(first)s to %(last)s")
                % {
                    "about": clearance.names,
                    "prescriber": clearance.prescriber,
                    "first": day_text(clearance.valid_from),
                    "last": day_text(clearance.valid_until),
                },
                "conditions": clearance.scope,
            }
            for clearance in loaded.clearances
            if clearance.pk in used and clearance.granted
        ],
        **_instructions(verdict),
    }


def _instructions(verdict: Verdict) -> dict[str, Any]:
    """Return what the checklist says has to be done in the session, once each; nothing where it says nothing."""
    said: dict[str, str] = {}
    for reason in verdict.instructions():
        said.setdefault(reason.instruction, str(Rule(reason.rule).label))
    return {"instructions": [{"about": about, "text": text} for text, about in said.items()]} if said else {}


def _moment_text(at: Any, row: TreatmentSession) -> str:
    return clock.local(at, row.site).strftime("%-d %b %Y, %H:%M") if at else ""


def lines(kept: dict[str, Any], *, protocol: str, formulation: str = "") -> list[Line]:
    """Return the papers of a session, line by line; `kept` is what `papers` returned, or {}."""
    shown = [Line(_("Treatment protocol"), protocol)]
    if formulation:
        shown.append(Line(_("Formulation"), formulation))
    if not kept:
        return shown
    said = kept["checklist_text"]
    shown.append(Line(_("Checklist"), said, route="checklist", pk=kept["checklist"]))
    shown.append(Line(_("Consent"), kept["consent_text"], route="consent", pk=kept["consent"]))
    shown += [
        Line(_("Instruction of the checklist"), row["about"], conditions=row["text"])
        for row in kept.get("instructions", [])
    ]
    if "clearances" not in kept:
        return shown
    clearances = [
        Line(_("Clearance"), row["text"], conditions=row["conditions"], route="clearance", pk=row["id"])
        for row in kept["clearances"]
    ]
    return [*shown, *(clearances or [Line(_("Clearance"), _("it relies on none"))])]
