"""Checklists and clearances on the patient's pages."""

from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.codes import words_of
from clinic.dates import day_text
from clinic.pieces import Row, each, one
from clinic.trail.ended import not_withdrawn
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from patients.screening.chips import Chip, chip_of
from patients.screening.models import ChecklistStatus, Clearance, PatientChecklist
from patients.screening.outcomes import Outcome
from patients.screening.queries import checklists_of, clearances_of
from patients.screening.screen import reasons_against
from patients.screening.standing import standing_chip
from protocols.checklists.models import Rule
from protocols.decisions.states import State

CHECKLISTS_SHOWN = 6
CLEARANCES_SHOWN = 8
_READERS = (Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)
_CHECKLISTS = PatientChecklist.objects.filter(patient=OuterRef("pk"))


@patient_fact(
    200, *_READERS, step=True,
    signed=one(
        _CHECKLISTS.filter(status=ChecklistStatus.SIGNED).order_by("-on", "-id"),
        pk="pk", on="on", outcome="outcome", code="formulation_version__formulation__code",
        name="formulation_version__formulation__name", reasons="verdict__reasons", chosen="verdict__case__chosen",
        amended=is_amended(PatientChecklist), signed_at="signed_at",
    ),
    cleared=one(
        not_withdrawn(Clearance.objects.filter(patient=OuterRef("pk"), granted=True)).order_by("-given_at", "-id"),
        given_at="given_at",
    ),
    draft=one(_CHECKLISTS.filter(status=ChecklistStatus.DRAFT, version__status=State.APPROVED), pk="pk", on="on"),
)  # fmt: skip
def checklist_fact(about: About, signed: Row | None, cleared: Row | None, draft: Row | None) -> Fact:
    """What the last signed checklist came to, whether a clearance came since, and today's that is being answered."""
    todays = draft if draft and draft["on"] == about.today.isoformat() else None
    label, url = _today(about.patient, todays["pk"] if todays else None)
    may_screen = about.actor.may(Permission.SCREEN_PATIENTS) and not about.patient.deceased
    action = Link(label, url) if may_screen else None
    more = Link(_("Today's isn't signed yet"), url) if todays else None
    if signed is None:
        return Fact(
            title=_("Checklist"), missing=_("None signed yet"), more=more, action=action,
            step=_step(None, "", url=url if may_screen else "", label=label),
        )  # fmt: skip
    outcome = signed["outcome"]
    chip, amended = chip_of(outcome), bool(signed["amended"])
    against = reasons_against(signed["reasons"], signed["chosen"])
    since = cleared is not None and _time(cleared["given_at"]) > _time(signed["signed_at"])
    return Fact(
        title=_("Checklist"),
        text=day_text(date.fromisoformat(signed["on"])),
        url=reverse("checklist", args=[signed["pk"]]),
        note=f"{signed['code']} {signed['name']}",
        more=more,
        mark=Mark("ask", _("Amended")) if amended else Mark(chip.kind, chip.text),
        action=action,
        step=_step(
            outcome, " ".join(against), url=url if may_screen else "", label=label, amended=amended, since=since
        ),
    )


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _today(patient: Patient, draft: int | None) -> tuple[str, str]:
    """Return what is done about today's checklist, and where: go on with the `draft`, or begin."""
    if draft:
        return _("Go on with today's checklist"), reverse("checklist", args=[draft])
    return _("Begin today's checklist"), reverse("checklist_start", args=[patient.pk])


def _step(
    outcome: str | None, reasons: str, *, url: str, label: str, amended: bool = False, since: bool = False
) -> WayStep:  # fmt: skip
    if amended:
        sentence = _("The last checklist was amended after it was signed and counts no longer. Take a new one.")
        return WayStep(label=_("Checklist"), done=False, sentence=sentence, url=url, action=label)
    if outcome == Outcome.PROCEED:
        return WayStep(label=_("Checklist"), done=True)
    sentence = _("Take the contraindication checklist.")
    if outcome is not None:
        said = _("The last checklist came to “%(outcome)s”: %(reasons)s") % {
            "outcome": words_of(Outcome, outcome), "reasons": reasons,
        }  # fmt: skip
        then = _("A clearance was recorded since: take a new one.") if since else ""
        sentence = f"{said} {then or _('Take a new one once that is settled.')}"
    stopped = outcome == Outcome.STOP
    return WayStep(label=_("Checklist"), done=False, sentence=sentence, url=url, action=label, stopped=stopped)


@patient_fact(
    250, *_READERS,
    decided=each(
        not_withdrawn(Clearance.objects.filter(patient=OuterRef("pk"))).order_by("given_at", "id"),
        pk="pk", rule="rule", first="valid_from", last="valid_until", granted="granted",
    ),
)  # fmt: skip
def clearance_fact(about: About, decided: list[Row]) -> Fact | None:
    """The clearances in force, by the latest decision on each question; nothing where none is."""
    today = about.today.isoformat()
    counts = {row["rule"]: row for row in decided if row["first"] <= today <= row["last"]}
    held = sorted((row for row in counts.values() if row["granted"]), key=lambda row: row["last"], reverse=True)
    if not held:
        return None
    latest = held[0]
    others = _("and %(more)s more") % {"more": len(held) - 1} if len(held) > 1 else ""
    return Fact(
        title=_("Clearance"),
        text=words_of(Rule, latest["rule"]),
        url=reverse("clearance", args=[latest["pk"]]),
        more=Link(others, about.history("checklists")) if others else None,
        mark=Mark("done", _("In force until %(day)s") % {"day": day_text(date.fromisoformat(latest["last"]))}),
    )


@patient_section(200, *_READERS)
def screening_section(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest checklists and what they came to, and the clearances; two queries."""
    today = clock.local(at, actor.site).date()
    checklists = list(checklists_of(patient).annotate(amended=is_amended(PatientChecklist))[:CHECKLISTS_SHOWN])
    clearances = list(clearances_of(patient)[:CLEARANCES_SHOWN])
    open_now = (row for row in checklists if row.status == ChecklistStatus.DRAFT and row.on == today)
    draft = next((row for row in open_now if not row.is_replaced), None)
    may_screen = actor.may(Permission.SCREEN_PATIENTS) and not patient.deceased
    label, url = _today(patient, draft.pk if draft else None)
    return Section(
        id="checklists",
        title=_("Contraindication checklists"),
        template="patients/screening/section.html",
        context={
            "checklists": [{"row": row, "chip": _chip(row)} for row in checklists],
            "clearances": [
                {"row": row, "about": words_of(Rule, row.rule), "chip": standing_chip(row, today)} for row in clearances
            ],
        },
        action=SectionAction(label, url) if may_screen else None,
    )  # fmt: skip


def _chip(row: Any) -> Chip:
    if row.amended:
        return Chip("ask", _("Amended"), "")
    if row.status == ChecklistStatus.SIGNED:
        return chip_of(row.outcome)
    if row.status == ChecklistStatus.ABANDONED:
        return Chip("plain", _("Left unsigned"), "")
    return Chip("wait", _("Not signed yet"), "")
