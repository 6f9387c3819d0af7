"""The papers that a session is given under, in their own words: protocol, checklist, consent, clearances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from clinic import clock
from clinic.amending.models import Amendment
from clinic.clock import HasTimeZone
from clinic.dates import day_text
from clinic.pieces import Piece, each, fetch, one
from patients.consents.models import Consent, ConsentWithdrawal
from patients.consents.queries import consent_in_force
from patients.registry.models import Patient
from patients.screening.contraindications import Verdict, judge
from patients.screening.ended import Ended, How, decisions_wanted, ended_clearances
from patients.screening.loading import load
from patients.screening.models import ChecklistStatus, Clearance, PatientChecklist
from patients.screening.queries import signed_checklist
from patients.screening.waiting import waits_for_consent
from protocols.checklists.models import Rule
from sessions.treatment.given_under import EndedPapers, Entry, PaperKey, Part, beside_paper, keys_of, parts_of
from sessions.treatment.models import TreatmentSession


def _amended(papers: QuerySet[Any]) -> BaseExpression:
    """Want the amendments of `papers`, the first first."""
    numbers = papers.values(number=Cast("pk", CharField()))
    return each(
        Amendment.objects.filter(subject_type=papers.model._meta.label, subject_id__in=numbers).order_by("number"),
        pk="subject_id", at="amended_at", who="amended_by__full_name", why="reason",
    )  # fmt: skip


#: What came after the papers that a session was given under, by the patient.
_SINCE = Piece(
    permissions=(), build=dict,
    wants={
        "decisions": decisions_wanted(),
        "consents": each(
            ConsentWithdrawal.objects.filter(consent__patient=OuterRef("pk")), pk="consent_id", at="withdrawn_at",
            who="withdrawn_by__full_name", why="reason",
        ),
        "amended_checklists": _amended(PatientChecklist.objects.filter(patient=OuterRef(OuterRef("pk")))),
        "amended_consents": _amended(Consent.objects.filter(patient=OuterRef(OuterRef("pk")))),
        "checklist": one(
            PatientChecklist.objects.filter(patient=OuterRef("pk"), status=ChecklistStatus.SIGNED).order_by(
                "-signed_at", "-id"
            ),
            pk="pk",
        ),
        "consent": one(Consent.objects.filter(patient=OuterRef("pk")).order_by("-signed_at", "-id"), pk="pk"),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One paper on a page or a document: what it is, its version and date, and where it opens."""

    term: str
    text: str
    conditions: str = ""
    route: str = ""
    pk: int | None = None
    #: How it ended, where it holds no more.
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """What came after the papers of a session: how some ended, and the newest checklist and consent signed."""

    ended: EndedPapers
    newest: frozenset[PaperKey]

    def replaces(self, kept: Mapping[str, Any]) -> bool:
        """Whether a checklist or consent was signed since the papers `kept`."""
        return not self.newest <= keys_of(kept)


def papers_now(row: TreatmentSession) -> dict[str, Any]:
    """Return the papers that hold on the session's day as they are kept with the session; {} while one is missing."""
    checklist, consent = signed_checklist(row.patient, row.on), consent_in_force(row.patient)
    return papers(row, checklist, consent) if checklist and consent else {}


def papers(row: TreatmentSession, checklist: PatientChecklist, consent: Consent) -> dict[str, Any]:
    """Return the exact versions of a session in words, each clearance that its verdict rests on with its conditions."""
    loaded = load(checklist, row.on)
    return in_words(row, checklist, consent, judge(loaded.case), loaded.clearances)


def in_words(
    row: TreatmentSession, checklist: PatientChecklist, consent: Consent, verdict: Verdict,
    clearances: Iterable[Clearance],
) -> dict[str, Any]:  # fmt: skip
    """Return a `checklist` with its `verdict` and a `consent` in words; the verdict rests on some of `clearances`."""
    used = {reason.clearance for reason in verdict.reasons if reason.clearance}
    return {
        "checklist": checklist.pk,
        "checklist_sha256": checklist.signature.content_sha256 if checklist.signature else "",
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
            for clearance in clearances
            if clearance.pk in used and clearance.granted
        ],
        **_instructions(verdict),
    }


def _instructions(verdict: Verdict) -> dict[str, Any]:
    """Return what the checklist says has to be done in the session, once each; nothing where it says nothing."""
    said: dict[str, str] = {}
    for reason in verdict.instructions():
        if waits_for_consent(reason):
            continue  # one is in force by now, or the gate had let nobody begin
        said.setdefault(reason.instruction, str(Rule(reason.rule).label))
    return {"instructions": [{"about": about, "text": text} for text, about in said.items()]} if said else {}


def _moment_text(at: Any, row: TreatmentSession) -> str:
    return clock.local(at, row.site).strftime("%-d %b %Y, %H:%M") if at else ""


def since_papers(row: TreatmentSession) -> Since:
    """Return what came after the papers of `row`, until it ended; one query."""
    fetched = fetch(Patient, (_SINCE,), pk=row.patient_id)
    if fetched is None:
        raise ValueError("a session has its patient")
    found = fetched[1][_SINCE]
    decided = ended_clearances(found["decisions"], row.on, until=row.ended_at)
    ended: dict[PaperKey, Ended] = {("clearance", number): gone for number, gone in decided.items()}
    told = [
        *(("consent", How.WITHDRAWN, said) for said in found["consents"]),
        *(("consent", How.AMENDED, said) for said in found["amended_consents"]),
        *(("checklist", How.AMENDED, said) for said in found["amended_checklists"]),
    ]
    for kind, how, said in told:
        at = datetime.fromisoformat(said["at"])
        if row.ended_at is None or at <= row.ended_at:
            ended.setdefault((kind, int(said["pk"])), Ended(how, at, said["who"], said["why"]))
    newest = {(kind, found[kind]["pk"]) for kind in ("checklist", "consent") if found[kind]}
    return Since(ended, frozenset(newest))


def parts_given(row: TreatmentSession) -> list[Part]:
    """Return the parts of a session that were given under the same papers; [] while nothing is injected.

    In a record from before the papers were kept with each entry, they are those of the last injection.
    """
    zones = list(row.zones.all())
    if not zones:
        return []
    entries = [
        Entry(str(zone.get_zone_display()), zone.given_at, zone.papers, late=zone.injected_at is not None)
        for zone in zones
    ]
    if any(entry.papers for entry in entries):
        return parts_of(entries)
    kept = row.papers
    if not kept and row.checklist and row.consent:  # before they were kept in words, too
        kept = papers(row, row.checklist, row.consent)
        # What holds now isn't what held then.
        kept = {name: value for name, value in kept.items() if name not in {"clearances", "instructions"}}
    return [Part(tuple(dict.fromkeys(entry.zone for entry in entries)), None, None, kept)] if kept else []


def version_lines(*, protocol: str, formulation: str = "") -> list[Line]:
    """Return which protocol, and which formulation, a session is given by."""
    shown = [Line(_("Treatment protocol"), protocol)]
    return [*shown, Line(_("Formulation"), formulation)] if formulation else shown


def lines(kept: Mapping[str, Any] | None, *, ended: EndedPapers, site: HasTimeZone, on: date) -> list[Line]:
    """Return papers line by line, each with how it ended; `kept` is what `papers` returned, or None where it wasn't."""
    if kept is None:
        return [Line(_("Papers"), _("recorded before they were kept with each entry"))]
    if not kept:
        return []

    def of(kind: str, number: int, term: str, text: str, conditions: str = "") -> Line:
        said = beside_paper((kind, number), ended, site, on)
        return Line(term, text, conditions=conditions, route=kind, pk=number, ended=said)

    shown = [
        of("checklist", kept["checklist"], _("Checklist"), kept["checklist_text"]),
        of("consent", kept["consent"], _("Consent"), kept["consent_text"]),
        *(
            Line(_("Instruction of the checklist"), row["about"], conditions=row["text"])
            for row in kept.get("instructions", [])
        ),
    ]
    if "clearances" not in kept:
        return shown
    clearances = [of("clearance", row["id"], _("Clearance"), row["text"], row["conditions"])
                  for row in kept["clearances"]]  # fmt: skip
    return [*shown, *(clearances or [Line(_("Clearance"), _("it relies on none"))])]
