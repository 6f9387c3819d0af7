"""The signed checklist as it is signed, sealed and printed: everything in words, nothing looked up later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents import snapshots
from clinic.documents.registry import register
from clinic.signing.models import Meaning
from patients.paper.codes import spaced
from patients.registry.identity import identity
from patients.screening.contraindications import Reason, Verdict
from patients.screening.extras import extra_in_words
from patients.screening.following import what_followed, why_ended
from patients.screening.loading import Loaded
from patients.screening.models import Clearance
from patients.screening.outcomes import Answer, Outcome, worst
from patients.screening.waiting import before_the_session, in_the_session, waits_for_consent
from protocols.checklists.models import ChecklistItem, Rule
from protocols.checklists.rules import fine_answer

#: How each outcome is marked on paper (see `clinic.documents.snapshots.MARKS`).
MARK = {
    Outcome.PROCEED: "ok", Outcome.CLEARANCE: "ask", Outcome.DEFER: "ask", Outcome.REDIRECT: "stop",
    Outcome.STOP: "stop",
}  # fmt: skip


def on_screen(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the screen shows of a signed checklist: verdict, answers, formulations and clearances, as printed."""
    rows = [*content["items"], *content["unasked"]]
    return [
        snapshots.verdict(
            content["outcome"]["label"], mark=content["outcome"]["mark"],
            reasons=[*content["reasons"],
                     *(_("Before the session: %(words)s") % {"words": words} for words in content.get("before", [])),
                     *(_("In the session: %(words)s") % {"words": words} for words in content.get("instructions", []))],
        ),
        snapshots.table(
            _("Questions and answers"), [_("Question as asked"), _("Answer"), _("Asked by")],
            [_answered(row) if "question" in row else (row["words"], _("from the record"), "") for row in rows],
            marks=[row["mark"] for row in rows],
        ),
        snapshots.fields(_("Formulations"), [(row["label"], row["outcome"]) for row in content["formulations"]]),
        *([snapshots.table(
            _("Clearances relied on"), [_("About"), _("Prescriber"), _("Under which conditions"), _("Valid")],
            [("\n".join(filter(None, [f"{row['about']}: {row['granted']}", row.get("cleared", "")])), row["prescriber"],
              row["scope"], row["valid"]) for row in content["clearances"]],
        )] if content.get("clearances") else []),
    ]  # fmt: skip


def _answered(row: Mapping[str, Any]) -> tuple[str, str, str]:
    question = "\n".join(
        [
            f"{row['number']} · {row['question']}",
            *(_("Reported, not verified: %(fact)s") % {"fact": fact} for fact in row.get("reported", [])),
            *([row["detail"]] if row["detail"] else []),
            *row["words"],
        ]
    )
    answer = "\n".join(filter(None, [row["answer"], row["more"]]))
    return question, answer, f"{row['answered_by']} {row['answered_at']}"


register(
    "checklist",
    title=gettext_lazy("Contraindication checklist"),
    template="documents/checklist.html",
    permissions=(Permission.VIEW_DOCUMENTS, Permission.SCREEN_PATIENTS),
    on_screen=on_screen,
    ended=why_ended,
    followed=what_followed,
    amended_by=(Permission.SCREEN_PATIENTS,),
    cosigned=((Meaning.REVIEWED, Permission.SCREEN_PATIENTS), (Meaning.SUPERVISED, Permission.SCREEN_PATIENTS)),
    amending_means=gettext_lazy(
        "An amended checklist counts no longer: no session goes on by it until a new one is answered and signed."
    ),
)


def signed_content(loaded: Loaded, verdict: Verdict, *, reported: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what the signature covers: questions as asked, answers, who and when, rules with versions, verdict.

    `reported` are the statements of other systems that stood beside a question, in words, by its rule.
    """
    checklist, besides = loaded.checklist, _besides(loaded, verdict)
    mark = "ask" if "before" in besides and verdict.outcome is Outcome.PROCEED else MARK[verdict.outcome]
    labels = {candidate.number: candidate.label for candidate in loaded.case.formulations}
    previous = previous_answers(loaded)
    names = {
        line.ingredient_id: line.ingredient_name for version in loaded.formulations for line in version.lines.all()
    }
    return {
        "patient": identity(checklist.patient),
        "checklist": {"title": checklist.version.title, "version": checklist.version.number},
        "formulation": str(checklist.formulation_version),
        "day": day_text(checklist.on),
        "outcome": {"code": str(verdict.outcome), "label": str(verdict.outcome.label), "mark": mark},
        "reasons": [reason.words for reason in verdict.deciding()],
        **besides,
        "formulations": [
            {"label": labels[number], **_for_formulation(verdict, number, outcome)}
            for number, outcome in verdict.by_formulation.items()
        ],
        "items": [
            _item(
                place, item, verdict, loaded, names=names, previous=previous.get(item.code, ""),
                reported=reported.get(item.rule, ()),
            )
            for place, item in enumerate(loaded.items, start=1)
        ],
        "unasked": [
            {"code": reason.source, "words": reason.words, "outcome": str(reason.outcome.label),
             "mark": MARK[reason.outcome]}
            for reason in verdict.reasons if reason.rule in {"stage", "minimum_age"}
        ],
        "clearances": _clearances(loaded, verdict),
        "verdict": verdict.to_json(),
    }  # fmt: skip


def _besides(loaded: Loaded, verdict: Verdict) -> dict[str, Any]:
    """Return what only some checklists say: what comes before the session and is done in it, and the paper entered."""
    before, instructions = before_the_session(verdict), in_the_session(verdict)
    return {
        **({"before": before} if before else {}),
        **({"instructions": instructions} if instructions else {}),
        **({"paper": spaced(loaded.paper_code)} if loaded.paper_code else {}),
    }


def _for_formulation(verdict: Verdict, number: int, outcome: Outcome) -> dict[str, str]:
    """Return what it comes to for a formulation; one that needs a question of its own isn't judged without it."""
    known = worst(reason.outcome for reason in verdict.reasons if reason.concerns(number) and not reason.open)
    if verdict.judges(number) or known is Outcome.STOP:
        return {"outcome": str(outcome.label), "mark": MARK[outcome]}
    return {"outcome": _("Not judged: it needs a question that wasn't asked today"), "mark": "ask"}


def previous_answers(loaded: Loaded) -> dict[str, str]:
    """Return the answers of the last signed checklist before this one, by code, in words ("26 Oct 2026: No")."""
    previous, own = loaded.previous, loaded.checklist
    if (
        previous is None
        or previous.verdict is None
        or (own.signed_at and previous.signed_at and previous.signed_at >= own.signed_at)
    ):
        return {}
    when = day_text(previous.on)
    return {
        code: f"{when}: {Answer(given['answer']).label}" for code, given in previous.verdict["case"]["answers"].items()
    }


def _item(
    place: int, item: ChecklistItem, verdict: Verdict, loaded: Loaded, *, names: Mapping[int, str], previous: str,
    reported: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    answer = loaded.answers[item.pk]
    reasons = [reason for reason in verdict.of(item.code) if reason.concerns(verdict.chosen)]
    outcome, language = worst(reason.outcome for reason in reasons), get_language()
    consent_first = any(map(waits_for_consent, reasons))
    return {
        "number": place,
        "code": item.code,
        "question": answer.question,
        "answer": _label(Answer(answer.answer), language),
        "more": extra_in_words(item.rule, answer.extra, names),
        # A draft of before may still hold what belonged to an abandoned yes.
        "detail": "" if answer.answer == fine_answer(item.rule) else answer.detail,
        "answered_by": answer.answered_by.full_name,
        "answered_at": _moment(answer.answered_at, loaded.checklist.site),
        "previous": previous,
        "outcome": _("Consent first") if consent_first else _label(outcome, language),
        "mark": "ask" if consent_first else MARK[outcome],
        **({"reported": list(reported)} if reported else {}),
        "words": [reason.words for reason in reasons],
        "rules": sorted({_rule(reason.source, reason.rule, reason.version, language) for reason in reasons}),
        "resolver": _resolver(reasons, loaded),
    }


def _resolver(reasons: Sequence[Reason], loaded: Loaded) -> str:
    """Return what lifted a finding, "" where nothing did: whose clearance, or else a letter or a consent."""
    used = {reason.clearance for reason in reasons if reason.clearance}
    given = [_("Clearance by %(prescriber)s") % {"prescriber": c.prescriber} for c in loaded.clearances if c.pk in used]
    return "; ".join([*given, *(reason.lifted_by for reason in reasons if reason.lifted_by)])


# What is the same for every question, or for a rule at every signature, is put into words once for each language.


@lru_cache(maxsize=64)
def _label(choice: Answer | Outcome, language: str | None) -> str:  # gettext knows it
    return str(choice.label)


@lru_cache(maxsize=256)
def _rule(source: str, rule: str, version: int, language: str | None) -> str:
    return _("%(source)s, rule %(rule)s version %(version)s") % {"source": source, "rule": rule, "version": version}


def _clearances(loaded: Loaded, verdict: Verdict) -> list[dict[str, str]]:
    used = {reason.clearance for reason in verdict.reasons if reason.clearance}
    return [
        {
            "about": str(Rule(clearance.rule).label),
            "granted": _("granted") if clearance.granted else _("refused"),
            "prescriber": clearance.prescriber,
            "cleared": clearance.about,
            "scope": clearance.scope,
            "valid": _valid(clearance),
            "signature": str(clearance.signature_id),
        }
        for clearance in loaded.clearances if clearance.pk in used
    ]  # fmt: skip


def _valid(clearance: Clearance) -> str:
    """Return the days of a clearance; a refusal has none that anybody chose."""
    told = {"first": day_text(clearance.valid_from), "last": day_text(clearance.valid_until)}
    if not clearance.granted:
        return _("from %(first)s until somebody decides anew") % told
    return _("%(first)s to %(last)s") % told


def _moment(at: datetime, site: Site) -> str:
    return _minute(clock.local(at, site).replace(second=0, microsecond=0), get_language())


@lru_cache(maxsize=64)
def _minute(local: datetime, language: str | None) -> str:
    """Return a minute in words. A dozen answers are given in one, and it takes longer than anything else about them."""
    return date_format(local, "j M Y, H:i")
