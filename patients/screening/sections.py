"""Checklists and clearances on the patient's pages."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.codes import words_of
from clinic.dates import day_text
from clinic.pieces import Row, one
from patients.intake.models import Intake
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from patients.screening.chips import Chip, chip_of
from patients.screening.counting import LastSigned, ended_of, is_replaced, offers_another, standing_decisions
from patients.screening.ended import (
    decision_row,
    decisions_wanted,
    ended_clearances,
    ended_words,
    refused_words,
)
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.queries import checklists_of, clearances_of
from patients.screening.standing import standing_chip
from patients.screening.step import checklist_step
from protocols.checklists.models import Rule
from protocols.decisions.states import State

CHECKLISTS_SHOWN = 6
CLEARANCES_SHOWN = 8
_READERS = (Permission.SCREEN_PATIENTS, Permission.VIEW_DOCUMENTS)
_CHECKLISTS = PatientChecklist.objects.filter(patient=OuterRef("pk"))
_DECISIONS = decisions_wanted()


@patient_fact(
    300, *_READERS, step=True, intake=Exists(Intake.objects.filter(patient=OuterRef("pk"))),
    signed=one(
        _CHECKLISTS.filter(status=ChecklistStatus.SIGNED).order_by("-on", "-signed_at", "-id"),
        pk="pk", on="on", outcome="outcome", code="formulation_version__formulation__code",
        name="formulation_version__formulation__name", reasons="verdict__reasons", chosen="verdict__case__chosen",
        open="verdict__open_formulations",
        amended=is_amended(PatientChecklist), signed_at="signed_at", version="version__status",
        formulation="formulation_version__status",
    ),
    decisions=_DECISIONS,
    draft=one(_CHECKLISTS.filter(status=ChecklistStatus.DRAFT, version__status=State.APPROVED), pk="pk", on="on"),
)  # fmt: skip
def checklist_fact(
    about: About, *, intake: bool, signed: Row | None, decisions: list[Row], draft: Row | None
) -> Fact:  # fmt: skip
    """What the last signed checklist came to, whether it counts still, and today's that is being answered."""
    todays = draft if draft and draft["on"] == about.today.isoformat() else None
    begin = _today(about.patient, todays["pk"] if todays else None)
    may_screen = about.actor.may(Permission.SCREEN_PATIENTS) and not about.patient.deceased
    last = _last(signed, decisions, about.today) if signed else None
    within = begin if may_screen else begin._replace(url="")
    step = checklist_step(about, signed, last, decisions, begin=within, intake=intake)
    more = Link(_("Today's isn't signed yet"), begin.url) if todays else None
    action = begin if may_screen and (todays or offers_another(last, about.today)) else None
    if signed is None or last is None:
        note = "" if intake else _("the intake comes first")
        missing = _("None signed yet")
        return Fact(title=_("Checklist"), missing=missing, note=note, more=more, action=action, step=step)
    chip = chip_of(signed["outcome"])
    mark = Mark(chip.kind, chip.text)
    if last.amended:
        mark = Mark("ask", _("Amended"))
    elif last.ended:
        mark = Mark("stop", _("Its clearance ended"))
    return Fact(
        title=_("Checklist"),
        text=day_text(date.fromisoformat(signed["on"])),
        url=reverse("checklist", args=[signed["pk"]]),
        note=f"{signed['code']} {signed['name']}",
        more=more,
        mark=mark,
        action=action,
        step=step,
    )


def _last(signed: Row, decisions: list[Row], today: date) -> LastSigned:
    on = date.fromisoformat(signed["on"])
    return LastSigned(
        on=on, outcome=signed["outcome"], amended=bool(signed["amended"]),
        ended=ended_of(signed["reasons"], decisions, on=on, today=today),
        replaced=is_replaced(version=signed["version"], formulation=signed["formulation"]),
    )  # fmt: skip


def _today(patient: Patient, draft: int | None) -> Link:
    """Return what is done about today's checklist, and where: go on with the `draft`, or begin."""
    if draft:
        return Link(_("Go on with today's checklist"), reverse("checklist", args=[draft]))
    return Link(_("Begin today's checklist"), reverse("checklist_start", args=[patient.pk]))


@patient_fact(350, *_READERS, decisions=_DECISIONS)
def clearance_fact(about: About, decisions: list[Row]) -> Fact | None:
    """What prescribers decided that holds today, or was withdrawn, by the latest on each question; None without any."""
    told = standing_decisions(decisions, about.today)
    if not told:
        return None
    first = told[0]
    others = _("and %(more)s more") % {"more": len(told) - 1} if len(told) > 1 else ""
    note = ""
    if first.withdrawn:
        mark = Mark("stop", _("Withdrawn"))
        gone = ended_clearances([first.decision], about.today)[first.decision["pk"]]
        note = ended_words(gone, about.actor.site, about.today)
    elif first.against:
        mark = Mark("stop", _("Refused"))
        said = refused_words(first.decision, about.actor.site, about.today)
        note = _("%(said)s No session goes on by a yes to this question.") % {"said": said}
    else:
        until = {"day": day_text(date.fromisoformat(first.decision["last"]))}
        mark = Mark("done", _("In force until %(day)s") % until)
    return Fact(
        title=_("Clearance"),
        text=words_of(Rule, first.decision["rule"]),
        url=reverse("clearance", args=[first.decision["pk"]]),
        note=note,
        more=Link(others, about.history("checklists")) if others else None,
        mark=mark,
    )


@patient_section(300, *_READERS)
def screening_section(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest checklists and what they came to, and the clearances; two queries."""
    today = clock.local(at, actor.site).date()
    checklists = list(checklists_of(patient).annotate(amended=is_amended(PatientChecklist))[:CHECKLISTS_SHOWN])
    clearances = list(clearances_of(patient))
    open_now = (row for row in checklists if row.status == ChecklistStatus.DRAFT and row.on == today)
    draft = next((row for row in open_now if not row.is_replaced), None)
    counting = _counting(checklists)
    last = counting.get(today)
    decisions = [decision_row(row) for row in reversed(clearances)]
    standing = _last(_signed_row(last), decisions, today) if last is not None else None
    ended = last.pk if last is not None and standing is not None and standing.ended else None
    may_begin = actor.may(Permission.SCREEN_PATIENTS) and not patient.deceased
    label, url = _today(patient, draft.pk if draft else None)
    return Section(
        id="checklists",
        title=_("Contraindication checklists"),
        template="patients/screening/section.html",
        context={
            "checklists": [{"row": row, "chip": _chip(row, counting, ended=row.pk == ended)} for row in checklists],
            "clearances": [
                {"row": row, "about": words_of(Rule, row.rule), "chip": standing_chip(row, today)}
                for row in clearances[:CLEARANCES_SHOWN]
            ],
        },
        action=SectionAction(label, url) if may_begin and (draft or offers_another(standing, today)) else None,
    )


def _counting(checklists: Iterable[Any]) -> dict[date, Any]:
    """Return which of the signed `checklists` counts on each day: the one signed last."""
    signed = sorted((row for row in checklists if row.status == ChecklistStatus.SIGNED), key=lambda row: row.signed_at)
    return {row.on: row for row in signed}


def _signed_row(row: Any) -> Row:
    return {
        "on": row.on.isoformat(), "outcome": row.outcome, "amended": row.amended, "version": row.version.status,
        "reasons": row.verdict["reasons"], "formulation": row.formulation_version.status,
    }  # fmt: skip


def _chip(row: Any, counting: Mapping[date, Any], *, ended: bool) -> Chip:
    """Return how a checklist stands; `ended` says that it is today's, and rests on a clearance that holds no more."""
    if row.amended:
        return Chip("ask", _("Amended"), "")
    if row.status == ChecklistStatus.SIGNED and counting[row.on].pk != row.pk:
        return Chip("plain", _("Replaced that day"), "")
    if ended:
        return Chip("stop", _("Its clearance ended"), "")
    if row.status == ChecklistStatus.SIGNED:
        return chip_of(row.outcome)
    if row.status == ChecklistStatus.ABANDONED:
        return Chip("plain", _("Left unsigned"), "")
    return Chip("wait", _("Not signed yet"), "")
