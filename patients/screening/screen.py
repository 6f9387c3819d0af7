"""The checklist's screen: what a template shows of a loaded checklist, its verdict and its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.forms import ReadAloud
from clinic.components.status import Reason as Line
from patients.screening.chips import Chip, chip_of, clearance_url
from patients.screening.contraindications import Reason, Verdict
from patients.screening.extras import asked_besides, extra_in_words
from patients.screening.forms import ChecklistForm, answer_name, ingredient_choices
from patients.screening.headline import FormulationView, Headline, formulation_views, headline, read_aloud
from patients.screening.loading import Loaded
from patients.screening.models import ChecklistAnswer, ChecklistStatus, PatientChecklist
from patients.screening.on_record import contradicted
from patients.screening.outcomes import SEVERITY, Answer, Outcome
from patients.screening.reported import FactsByRule, facts_in_words
from patients.screening.waiting import is_consent_first, unconfirmed, waits_for_clearance, waits_for_consent
from protocols.checklists.models import ChecklistItem, Rule
from protocols.checklists.rules import fine_answer


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question as the screen shows it."""

    number: int
    item: ChecklistItem
    field: BoundField
    followups: tuple[BoundField, ...]
    detail: BoundField
    confirm: BoundField | None
    read_aloud: tuple[ReadAloud, ...]
    reported: tuple[str, ...]
    last: str
    changed: bool
    answer_label: str
    answered: str
    answered_by: str
    chips: tuple[Chip, ...]
    open: bool

    @property
    def confirms(self) -> bool:
        """Whether yes is the answer that nothing follows from."""
        return fine_answer(self.item.rule) == Answer.YES


@dataclass(frozen=True, slots=True)
class ChecklistScreen:
    """All that the template shows."""

    questions: tuple[QuestionView, ...]
    formulations: tuple[FormulationView, ...]
    headline: Headline
    notes: tuple[Chip, ...]
    answered: int
    missing: tuple[str, ...]
    #: The answers that the clinic's own records contradict, each with where that is mended.
    contradicted: tuple[Line, ...] = ()
    #: The numbers of the questions at which nobody said whether it is what a clearance on file is about.
    unconfirmed: tuple[int, ...] = ()
    #: Whether a prescriber's clearance is all that it waits for; the prescribers' list of work asks for it meanwhile.
    waits_for_clearance: bool = False

    @property
    def hint(self) -> str:
        """What comes next once every question is answered."""
        if self.waits_for_clearance:
            return _(
                "The prescriber is asked already. Leave it open today until the clearance is there, then confirm it "
                "and sign: a signature now only records that no session takes place."
            )
        if not self.unconfirmed:
            return _("Read it through, then sign.")
        return _(
            "Question %(number)s asks whether this is what was cleared, and nobody has said yet. Without that the "
            "clearance doesn't count."
        ) % {"number": self.unconfirmed[0]}

    @property
    def status(self) -> str:
        """How far it is."""
        return _("%(answered)s of %(all)s answered.") % {"answered": self.answered, "all": len(self.questions)}

    @property
    def next_open(self) -> QuestionView | None:
        """The first question that still wants something."""
        return next((question for question in self.questions if question.open), None)

    @property
    def sign_kind(self) -> str:
        """How much its signature presses."""
        return "plain" if self.waits_for_clearance else "primary"

    @property
    def complete(self) -> bool:
        """Whether it can be signed."""
        return not self.gaps

    @property
    def gaps(self) -> tuple[str | Line, ...]:
        """What has to be done before it can be signed, in sentences, some of which lead there."""
        return (*self.missing, *self.contradicted)


def checklist_screen(
    loaded: Loaded, verdict: Verdict, form: ChecklistForm, *, facts: FactsByRule, actor: Actor
) -> ChecklistScreen:
    """Return the screen of `loaded`, judged as `verdict`, with the bound or unbound `form`."""
    last = last_answers(loaded)
    gaps = contradicted(loaded.case) if loaded.checklist.status == ChecklistStatus.DRAFT else []
    way = consent_url(loaded, actor)
    questions = tuple(
        _question(
            place,
            item,
            loaded,
            verdict,
            form=form,
            facts=facts,
            last=last,
            actor=actor,
            against=next((gap.words for gap in gaps if gap.code == item.code), ""),
        )
        for place, item in enumerate(loaded.items, start=1)
    )
    return ChecklistScreen(
        questions=questions,
        formulations=formulation_views(loaded, verdict),
        headline=headline(loaded, verdict, actor),
        notes=_notes(verdict),
        answered=sum(item.pk in loaded.answers for item in loaded.items),
        missing=missing_in_words(loaded, verdict),
        contradicted=tuple(Line(gap.words, way) for gap in gaps),
        unconfirmed=tuple(
            place
            for place, item in enumerate(loaded.items, start=1)
            if any(unconfirmed(reason) for reason in verdict.of(item.code))
        ),
        waits_for_clearance=loaded.checklist.status == ChecklistStatus.DRAFT and waits_for_clearance(verdict),
    )  # fmt: skip


def consent_url(loaded: Loaded, actor: Actor) -> str:
    """Return where `actor` takes the consent that isn't in force, "" for who may not, or where one is."""
    if loaded.case.consented_on is not None or not actor.may(Permission.TAKE_CONSENT):
        return ""
    return reverse("consent_new", args=[loaded.checklist.patient_id])


def _notes(verdict: Verdict) -> tuple[Chip, ...]:
    """Return what the rules say that no question asks; where no stage applied, the look at it is asked for."""
    unasked = [reason for reason in verdict.reasons if reason.rule in {"stage", "minimum_age"}]
    return tuple(
        Chip("ask", "", reason.words)
        if reason.rule == "stage" and reason.outcome is Outcome.PROCEED and not verdict.case.staged
        else chip_of(reason.outcome, reason.words)
        for reason in unasked
    )


def missing_in_words(loaded: Loaded, verdict: Verdict) -> tuple[str, ...]:
    """Return what is missing, in sentences; the questions without an answer in one."""
    unanswered = [place for place, item in enumerate(loaded.items, start=1) if item.pk not in loaded.answers]
    codes = {item.code for item in loaded.items if item.pk not in loaded.answers}
    others = [gap.words for gap in verdict.missing if gap.code not in codes]
    if not unanswered:
        return tuple(others)
    *first, last = [str(place) for place in unanswered]
    if not first:
        return (_("Question %(place)s is open.") % {"place": last}, *others)
    told = {"first": ", ".join(first), "last": last}
    return (_("Questions %(first)s and %(last)s are open.") % told, *others)


def last_answers(loaded: Loaded) -> dict[str, tuple[date, Answer]]:
    """Return the answers of the last signed checklist by rule; shown, never copied."""
    previous, own = loaded.previous, loaded.checklist
    if previous is None or previous.verdict is None or previous.signed_at is None:
        return {}
    if own.signed_at and previous.signed_at >= own.signed_at:
        return {}
    case = previous.verdict["case"]
    rules = {item["code"]: item["rule"] for item in case["items"]}
    return {rules[code]: (previous.on, Answer(given["answer"])) for code, given in case["answers"].items()}


def _question(
    place: int, item: ChecklistItem, loaded: Loaded, verdict: Verdict, *, form: ChecklistForm,
    facts: FactsByRule, last: Mapping[str, tuple[date, Answer]], actor: Actor, against: str = "",
) -> QuestionView:  # fmt: skip
    name = answer_name(item)
    answer = loaded.answers.get(item.pk)
    before = last.get(item.rule)
    names = dict(ingredient_choices(loaded.formulations))
    words = extra_in_words(item.rule, answer.extra, names) if answer else ""
    return QuestionView(
        number=place,
        item=item,
        field=form[name],
        followups=tuple(form[f"{name}-{asked}"] for asked in asked_besides(item.rule)),
        detail=form[f"{name}-detail"],
        confirm=_confirm(f"{name}-cleared", verdict, item.code, form) if answer else None,
        read_aloud=read_aloud(loaded, verdict.chosen) if item.rule == Rule.HYPERSENSITIVITY else (),
        reported=facts_in_words(facts.get(item.rule, ())),
        last=_last(before, loaded.checklist.on) if before else "",
        changed=before is not None and answer is not None and answer.answer != before[1],
        answer_label=str(answer.get_answer_display()) if answer else "",
        answered_by=_by(answer, loaded) if answer else "",
        answered=" · ".join(part for part in (words, _detail(item, answer)) if part) if answer else "",
        chips=_chips(verdict, item.code, loaded, actor) if answer else (),
        open=bool(against) or any(gap.code == item.code for gap in verdict.missing),
    )


def _detail(item: ChecklistItem, answer: ChecklistAnswer) -> str:
    """Return the detail of what something follows from; a draft of before may still hold one under a no."""
    return "" if answer.answer == fine_answer(item.rule) else answer.detail


def _confirm(name: str, verdict: Verdict, code: str, form: ChecklistForm) -> BoundField | None:
    """Return the question whether this is what was cleared, where a clearance on file could count."""
    on_file = any(
        reason.offered or (reason.clearance and reason.outcome is Outcome.PROCEED) for reason in verdict.of(code)
    )
    return form[name] if on_file and name in form.fields else None


def _by(answer: ChecklistAnswer, loaded: Loaded) -> str:
    local = clock.local(answer.answered_at, loaded.checklist.site)
    return f"{answer.answered_by.full_name}, {local:%H:%M}"


def _last(before: tuple[date, Answer], on: date) -> str:
    told = {"day": date_format(before[0], "j M" if before[0].year == on.year else "j M Y"), "answer": before[1].label}
    return _("Last time, %(day)s: %(answer)s") % told


def _chips(verdict: Verdict, code: str, loaded: Loaded, actor: Actor) -> tuple[Chip, ...]:
    """Return the question's verdicts: those on the formulation chosen, then those that rule out another."""
    shown = [r for r in verdict.of(code) if r.concerns(verdict.chosen) or r.outcome is Outcome.STOP]
    worst_first = sorted(shown, key=lambda reason: (-SEVERITY[reason.outcome], reason.formulation or 0))
    return tuple(
        _chip(reason, verdict, loaded, actor)
        for reason in worst_first
        if reason.outcome is not Outcome.PROCEED or reason.clearance or reason.instruction or reason.lifted_by
    )


def _chip(reason: Reason, verdict: Verdict, loaded: Loaded, actor: Actor) -> Chip:
    if waits_for_consent(reason):
        return Chip("wait", _("Consent first"), reason.words)
    if reason.concerns(verdict.chosen) and reason.instruction and not reason.clearance:
        return Chip("done", _("With an instruction"), reason.words)
    if reason.concerns(verdict.chosen):
        return chip_of(reason.outcome, reason.words, clearance_url(reason, loaded, actor))
    code = next(v.formulation.code for v in loaded.formulations if v.pk == reason.formulation)
    return Chip("plain", _("Rules out %(code)s") % {"code": code}, reason.words)


def saved_at(loaded: Loaded) -> datetime | None:
    """Return when the last answer was saved; None before the first."""
    return max((answer.answered_at for answer in loaded.answers.values()), default=None)


def signed_reasons(checklist: PatientChecklist) -> list[str]:
    """Return why a signed checklist came to what it did, in the words signed."""
    if checklist.verdict is None:
        return []
    return reasons_against(checklist.verdict["reasons"], checklist.verdict["case"]["chosen"])


def signed_instructions(checklist: PatientChecklist) -> list[str]:
    """Return what a signed checklist says has to be done when the session goes on."""
    if checklist.verdict is None:
        return []
    chosen = checklist.verdict["case"]["chosen"]
    said = [r for r in checklist.verdict["reasons"] if r["formulation"] in {None, chosen} and r.get("instruction")]
    return list(
        dict.fromkeys(
            reason["instruction"] for reason in said
            # A consent may have been signed since; the page says what is next by what holds now.
            if not is_consent_first(reason["rule"], reason["outcome"], reason["instruction"])
        )
    )  # fmt: skip


def reasons_against(reasons: list[dict[str, Any]], chosen: int) -> list[str]:
    """Return what of a stored verdict's `reasons` stood in the way of the formulation `chosen`, in words."""
    return [
        reason["words"] for reason in reasons
        if reason["outcome"] != Outcome.PROCEED and reason["formulation"] in {None, chosen}
    ]  # fmt: skip
