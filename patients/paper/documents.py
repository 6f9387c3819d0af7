"""What a blank form says: the questions or the script with boxes for the pen, and where each of us signs."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents.registry import register
from clinic.documents.snapshots import statements
from patients.paper.models import PaperForm, PaperKind
from patients.paper.queries import why_blank_ended
from patients.registry.identity import identity
from patients.screening.extras import DAYS, PregnancyStatus, asked_besides
from patients.screening.kinds import is_asked
from patients.screening.loading import candidate
from patients.screening.outcomes import Answer, Outcome
from protocols.checklists.floor import Lead, leads
from protocols.checklists.models import ChecklistItem, ChecklistVersion, Rule
from protocols.checklists.topics import TOPICS, Topic
from protocols.consents.models import ConsentScriptVersion
from protocols.formulations.models import FormulationVersion

_READERS = (Permission.VIEW_DOCUMENTS, Permission.HANDLE_PAPER)
_NOTE = gettext_lazy("This code is of a blank form: only what was printed is sealed. What somebody wrote on it is not.")

for _kind, _title in (
    (PaperKind.CHECKLIST, gettext_lazy("Contraindication checklist, for the pen")),
    (PaperKind.CONSENT, gettext_lazy("Consent, for the pen")),
):
    register(
        f"paper_{_kind}", title=_title, template="documents/paper.html", permissions=_READERS, ended=why_blank_ended,
        note=_NOTE, awaited=True, numbered=True,
    )  # fmt: skip


def kind_of_document(form: PaperForm) -> str:
    """Return the kind of the sealed document that the blank is."""
    return f"paper_{form.kind}"


def blank(form: PaperForm) -> dict[str, Any]:
    """Return what is printed of `form`, its versions loaded."""
    if form.checklist_version is not None and form.formulation_version is not None:
        content = _checklist(form.checklist_version, form.formulation_version)
    elif form.script_version is not None:
        content = _consent(form.script_version, form.legal_lines)
    else:
        raise ValueError("a paper form is of a checklist or of a consent script")
    return {
        "patient": identity(form.patient),
        "issued": {"by": form.issued_by.full_name, "for": day_text(form.printed_on)},
        **content,
    }


def _checklist(version: ChecklistVersion, formulation: FormulationVersion) -> dict[str, Any]:
    intended = candidate(formulation)
    asked = [item for item in version.items.order_by("ordinal") if is_asked(item.rule, intended)]
    questions = [_question(place, item, formulation) for place, item in enumerate(asked, start=1)]
    return {
        "about": f"{version} · {formulation}",
        "language": "en",
        "questions": questions,
        "sections": [statements(_("Questions"), [question["question"] for question in questions])],
        "signing": [_("Asked by (operator)")],
    }


def _question(place: int, item: ChecklistItem, formulation: FormulationVersion) -> dict[str, Any]:
    return {
        "number": place,
        "question": item.question,
        "hint": item.hint,
        "choices": [str(label) for label in Answer.labels],
        "besides": _besides(item.rule, formulation),
        "leads": [_lead(lead) for lead in leads(item.rule, item.stricter, item.own) if _says_something(lead)],
    }


def _says_something(lead: Lead) -> bool:
    """Whether the answer leads to anything but going on as ever."""
    return lead.outcome is not Outcome.PROCEED or bool(lead.remark)


def _lead(lead: Lead) -> str:
    """Return what an answer leads to, as a line below its question."""
    told = {"answer": lead.answer, "outcome": lead.outcome.label, "remark": lead.remark, "depends": lead.depends}
    said = _("%(answer)s: %(outcome)s. %(remark)s") % told
    return (_("%(said)s (%(depends)s)") % {**told, "said": said.strip()} if lead.depends else said).strip()


def _besides(rule: str, formulation: FormulationVersion) -> list[dict[str, Any]]:
    """Return what the rule asks besides, as on the screen: a label, boxes to tick, a line to write on."""
    if rule == Rule.BLEEDING_DISORDER:
        return [{"label": _("Is it treated?"), "choices": [str(label) for label in Answer.labels]}]
    if rule == Rule.ANTICOAGULANT:
        return [{"label": _("Which medicine, and how much?"), "choices": []}]
    if rule == Rule.PREGNANCY:
        return [{"label": _("Which of these?"), "choices": [str(label) for label in PregnancyStatus.labels]}]
    if rule == Rule.HYPERSENSITIVITY:
        names = dict.fromkeys(line.ingredient_name for line in formulation.lines.all())
        return [
            {"label": _("To which of its ingredients?"), "choices": list(names)},
            {"label": _("To what else?"), "choices": []},
        ]
    if rule in TOPICS:
        return [_besides_of(TOPICS[rule], name) for name in asked_besides(rule)]
    return [{"label": _("What was found?"), "choices": []}]


def _besides_of(topic: Topic, name: str) -> dict[str, Any]:
    if name == "which":
        return {"label": _("Which of these?"), "choices": [str(thing.label) for thing in topic.things]}
    if name == "number" and topic.number:
        return {"label": f"{topic.number.label} ({topic.number.unit})", "choices": []}
    if name in DAYS:
        return {"label": str(DAYS[name]), "choices": []}
    return {"label": str(topic.note or _("Whose letter, and of which day?")), "choices": []}


def _consent(script: ConsentScriptVersion, legal_lines: Sequence[str]) -> dict[str, Any]:
    confirmed = [row.text for row in script.statements.order_by("ordinal")]
    return {
        "about": str(script),
        "language": script.language,
        "body": script.body,
        "legal_lines": list(legal_lines),
        "confirmed": confirmed,
        "photographs": [
            _("Photographs may be taken and kept for the record and the month-6 audit"),
            _("Photographs may also be used for teaching, without the name (may be declined)"),
        ],
        "sections": [statements(_("To be confirmed one by one"), confirmed)],
        "signing": [_("Patient, or whoever signs for the patient (say who)"), _("Witness (operator)")],
    }
