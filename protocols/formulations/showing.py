"""How a formulation version is shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.amounts import millilitre_text
from protocols.decisions.showing import Row, Shown, Table, shown
from protocols.formulations.models import AllergenClass, FormulationLine, FormulationVersion, PregnancyClass
from protocols.jurisdiction.models import LegalStatus


@shown.register
def show_formulation(version: FormulationVersion) -> Shown:
    lines = list(version.lines.all())
    return Shown(
        facts=(
            (_("Formulation"), str(version.formulation)),
            (_("Indication"), version.indication),
            (_("Route"), _("Intradermal, scalp")),
            (_("In pregnancy or breastfeeding"), pregnancy_text(lines)),
            (_("Allergen classes"), allergen_text(lines)),
            (_("Beyond use after"), hours_text(version.beyond_use_hours)),
            (_("Basis of the beyond-use time"), version.beyond_use_reason),
            (_("Storage"), str(version.get_storage_display())),
            (_("Batch"), batch_text(version)),
            (_("Container and closure"), version.container),
            (_("Right appearance, and when to reject"), version.appearance),
            (_("Label warnings"), version.warnings),
        ),
        texts=(
            (_("Restricted ingredients"), legal_text(version)),
            (_("Steps"), version.steps),
            (_("References"), version.references),
        ),
        pending=() if version.approved_at else (_("Restricted ingredients"),),
        table=Table(
            heading=_("Ingredients for 1 mL, in the order of adding"),
            columns=(
                _("Substance"),
                _("Concentration"),
                _("Role"),
                _("µL per mL"),
                _("Tolerance"),
                _("Allergen class"),
                _("In pregnancy"),
            ),
            rows=tuple(
                Row(
                    key=str(line.ingredient_id),
                    label=line.ingredient_name,
                    cells=(
                        line.ingredient_name,
                        line.concentration,
                        str(line.get_role_display()),
                        "" if line.volume_ul_per_ml is None else str(line.volume_ul_per_ml),
                        "" if line.tolerance_percent is None else f"± {line.tolerance_percent} %",
                        str(line.get_allergen_class_display()),
                        str(line.get_pregnancy_class_display()),
                    ),
                )
                for line in lines
            ),
            numeric=(3, 4),
        ),
    )


def pregnancy_text(lines: Iterable[FormulationLine]) -> str:
    """Say what pregnancy means for a formulation with `lines`: its strictest ingredients, by name."""
    lines = list(lines)
    if not lines:  # a draft without ingredients says nothing about them
        return ""
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
    return "; ".join(f"{name} ({', '.join(found)})" for name, found in classes.items()) or str(AllergenClass.NONE.label)


def legal_text(version: FormulationVersion) -> str:
    """Say what is restricted where the site works, and the physician's reason; "" when nothing was at the approval."""
    if not version.legal_notes:
        return ""
    lines = [_("Reason: %(reason)s") % {"reason": version.legal_reason}]
    return "\n".join([*(note_text(note) for note in version.legal_notes), *lines])


def note_text(note: Mapping[str, Any]) -> str:
    """Say one restriction, as the patient reads it too."""
    return f"{note['name']} ({LegalStatus(note['status']).label}): {note['line']}"


def batch_text(version: FormulationVersion) -> str:
    """Say from which batch to which one may be made; "" while a draft doesn't say both."""
    low, high = version.batch_min_ul, version.batch_max_ul
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s mL") % {"low": millilitre_text(low), "high": millilitre_text(high)}


def hours_text(hours: int | None) -> str:
    """Say a number of hours; "" while a draft doesn't say it."""
    if hours is None:
        return ""
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
