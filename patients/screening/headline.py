"""What a checklist comes to so far, in a banner, and which formulations are left."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.actors import Actor
from clinic.components.forms import ReadAloud
from clinic.components.status import Reason as Line
from patients.screening.chips import CHIPS, Chip, chip_of, clearance_url
from patients.screening.contraindications import Reason, Verdict
from patients.screening.loading import Loaded
from patients.screening.outcomes import SEVERITY, Outcome
from patients.screening.waiting import waits_for_consent
from protocols.formulations.models import AllergenClass, FormulationLine, FormulationVersion


@dataclass(frozen=True, slots=True)
class FormulationView:
    """A formulation that can be chosen, or the one that is; `closed` for this patient by what was answered."""

    version: FormulationVersion
    chosen: bool
    chip: Chip
    closed: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """What the checklist comes to so far, in a banner."""

    kind: str
    title: str
    lines: tuple[Line, ...]


def headline(loaded: Loaded, verdict: Verdict, actor: Actor) -> Headline:
    """Return what the answers come to so far; a gap is never called safe."""
    answered = [reason for reason in verdict.deciding() if not reason.open]
    lines = tuple(Line(reason.words, clearance_url(reason, loaded, actor)) for reason in answered)
    said = dict.fromkeys(reason.instruction for reason in verdict.instructions())
    instructions = tuple(Line(words, "") for words in said if words not in {line.text for line in lines})
    outcome = verdict.so_far
    if outcome is Outcome.PROCEED and verdict.missing:
        left = len(verdict.missing)
        text = ngettext("Nothing found so far; %(left)s thing is still open.",
                        "Nothing found so far; %(left)s things are still open.", left) % {"left": left}  # fmt: skip
        return Headline("plain", text, instructions)
    if outcome is Outcome.PROCEED and any(map(waits_for_consent, verdict.reasons)):
        return Headline("wait", _("By the answers nothing stands in the way. The consent comes first:"), instructions)
    titles = {
        Outcome.PROCEED: _("Nothing stands in the way. Go on as follows:")
        if instructions
        else _("Nothing stands in the way."),
        Outcome.CLEARANCE: _("A prescriber must clear this before the session."),
        Outcome.DEFER: _("Defer the session."),
        Outcome.REDIRECT: _("For surgical assessment, not for this treatment."),
        Outcome.STOP: _stopped(loaded, verdict),
    }
    return Headline(CHIPS[outcome][0], titles[outcome], (*lines, *instructions))


def _stopped(loaded: Loaded, verdict: Verdict) -> str:
    """Say that the formulation chosen can't be given, and whether another one can."""
    if all(_gravest(verdict, version.pk).outcome is Outcome.STOP for version in loaded.formulations):
        return _("Do not treat today.")
    told = {"formulation": loaded.checklist.formulation_version.formulation}
    return _("Do not treat with %(formulation)s. Choose another formulation.") % told


def _gravest(verdict: Verdict, formulation: int) -> Reason:
    """Return the gravest of what is known so far about `formulation`; an open question counts for nothing yet."""
    against = [r for r in verdict.reasons if r.concerns(formulation) and not r.open]
    return max(against, key=lambda reason: SEVERITY[reason.outcome])


def formulation_views(loaded: Loaded, verdict: Verdict) -> tuple[FormulationView, ...]:
    """Return the formulations that aren't ruled out by an answer, and the one chosen in any case, as closed."""
    hidden = verdict.ruled_out()
    views = []
    for version in loaded.formulations:
        chosen = version.pk == verdict.chosen
        if version.pk in hidden and not chosen:
            continue
        gravest = _gravest(verdict, version.pk)
        if gravest.outcome is Outcome.PROCEED and (verdict.missing or not verdict.judges(version.pk)):
            chip = Chip("plain", _("Nothing against it so far"), "")
        else:
            chip = chip_of(gravest.outcome, gravest.words)
        views.append(FormulationView(version, chosen, chip, closed=gravest.outcome is Outcome.STOP))
    return tuple(views)


def read_aloud(loaded: Loaded, chosen: int) -> tuple[ReadAloud, ...]:
    """Return what the formulations hold, with allergen classes: the one intended today first, the others folded."""
    lists = []
    for version in sorted(loaded.formulations, key=lambda version: version.pk != chosen):
        title = _("%(formulation)s holds")
        if version.pk == chosen:
            title = _("Read aloud: %(formulation)s, intended today, holds")
        parts = [_part(line) for line in version.lines.all()]
        lists.append(ReadAloud(title % {"formulation": version.formulation}, parts, version.pk == chosen))
    return tuple(lists)


def _part(line: FormulationLine) -> tuple[str, str]:
    kind = "" if line.allergen_class == AllergenClass.NONE else str(line.get_allergen_class_display())
    return f"{line.ingredient_name} {line.concentration}".strip(), kind
