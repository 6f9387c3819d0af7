"""How a formulation version is shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text
from clinic.codes import words_of
from protocols.decisions.showing import Shown, shown
from protocols.formulations.models import AllergenClass, FormulationLine, FormulationVersion, PregnancyClass
from protocols.formulations.strength import strength_per_ml
from protocols.formulations.tables import example_table, lines_table, minding_table, steps_table, storage_table
from protocols.jurisdiction.models import LegalStatus


@shown.register
def show_formulation(version: FormulationVersion) -> Shown:
    lines = list(version.lines.all())
    return Shown(
        facts=(
            (_("Formulation"), str(version.formulation)),
            (_("Indication"), version.indication),
            (_("Route"), _("Intradermal, scalp")),
            (_("Dosage form"), str(version.get_dosage_form_display())),
            (_("Strength per mL"), strength_text(version)),
            (_("In pregnancy or breastfeeding"), pregnancy_text(lines)),
            (_("Allergen classes"), allergen_text(lines)),
            (_("Batch"), batch_text(version)),
            (_("Container and closure"), version.container),
            (_("For how many patients"), str(version.get_patient_use_display())),
            (_("Environment"), version.environment),
            (_("Appearance when right"), version.appearance),
            (_("When to reject"), version.reject_when),
            (_("pH or filter check"), version.final_check),
            (_("Label warnings"), version.warnings),
        ),
        texts=(
            (_("Calculation, as written"), version.calculation),
            (_("Restricted ingredients"), legal_text(version)),
            (_("Equipment"), version.equipment),
            (_("Garbing and asepsis"), version.asepsis),
            (_("References"), version.references),
        ),
        pending=() if version.approved_at else (_("Restricted ingredients"),),
        table=lines_table(lines),
        more=(minding_table(lines), steps_table(version), storage_table(version), example_table(version, lines)),
    )


def pregnancy_text(lines: Iterable[FormulationLine]) -> str:
    """Say what pregnancy means for a formulation with `lines`: its strictest ingredients, by name."""
    lines = list(lines)
    if not lines:  # a draft without ingredients says nothing about them
        return ""
    # By name, so that another order of adding says nothing else.
    lines.sort(key=lambda line: line.ingredient_name.casefold())
    for strict in (PregnancyClass.CONTRAINDICATED, PregnancyClass.CLEARANCE):
        if names := [line.ingredient_name for line in lines if line.pregnancy_class == strict]:
            return f"{strict.label}: {', '.join(names)}"
    return str(PregnancyClass.NO_CONCERN.label)


def allergen_text(lines: Iterable[FormulationLine]) -> str:
    """Name the allergen classes of `lines`, each with its ingredients."""
    lines = list(lines)
    if not lines:
        return ""
    classes: dict[str, list[str]] = {}
    for line in lines:
        if line.allergen_class != AllergenClass.NONE:
            classes.setdefault(str(line.get_allergen_class_display()), []).append(line.ingredient_name)
    # By name, so that another order of adding says nothing else.
    told = [f"{name} ({', '.join(sorted(found, key=str.casefold))})" for name, found in sorted(classes.items())]
    return "; ".join(told) or str(AllergenClass.NONE.label)


def strength_text(version: FormulationVersion) -> str:
    """Say what a millilitre holds of each active and anaesthetic, worked out; and what the author states besides."""
    found = [
        f"{name} {measure}"
        for name, concentration, volume in sorted(version.strengths(), key=lambda line: line[0].casefold())
        if (measure := strength_per_ml(concentration, volume)) is not None
    ]
    return "; ".join([*found, *([version.strength_stated] if version.strength_stated else [])])


def legal_text(version: FormulationVersion) -> str:
    """Say what is restricted where the site works, and the physician's reason; "" when nothing was at the approval."""
    if not version.legal_notes:
        return ""
    lines = [_("Reason: %(reason)s") % {"reason": version.legal_reason}]
    return "\n".join([*(note_text(note) for note in version.legal_notes), *lines])


def note_text(note: Mapping[str, Any]) -> str:
    """Say one restriction, as the patient reads it too."""
    return f"{note['name']} ({words_of(LegalStatus, note['status'])}): {note['line']}"


def batch_text(version: FormulationVersion) -> str:
    """Say from which batch to which one may be made; "" while a draft doesn't say both."""
    low, high = version.batch_min_ul, version.batch_max_ul
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s mL") % {"low": millilitre_text(low), "high": millilitre_text(high)}
