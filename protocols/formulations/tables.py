"""The tables of a formulation version: its lines, what to mind with them, its steps, how long, and a worked example."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.amounts import millilitre_column, millilitre_text
from protocols.decisions.showing import Row, Table
from protocols.formulations.calculation import example_batch_ul, portions
from protocols.formulations.models import FormulationLine, FormulationVersion


def lines_table(lines: Sequence[FormulationLine]) -> Table:
    """The recipe for one millilitre."""
    return Table(
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
    )


def minding_table(lines: Sequence[FormulationLine]) -> Table:
    """Which products may be used for each line, and what to mind with it; its order is told by the recipe alone."""
    return Table(
        heading=_("Products, and what to mind"),
        columns=(_("Substance"), _("Allowed products"), _("Incompatible with"), _("Hazard for who prepares")),
        rows=tuple(
            Row(
                key=str(line.ingredient_id),
                label=line.ingredient_name,
                cells=(
                    line.ingredient_name,
                    "; ".join(line.products) or _("Any product"),
                    line.incompatibilities or _("None named"),
                    str(line.get_hazard_class_display()) or _("Not said yet"),
                ),
            )
            for line in sorted(lines, key=lambda line: line.ingredient_name.casefold())
        ),
        wide=1,
        ordered=False,
    )


def steps_table(version: FormulationVersion) -> Table:
    """The steps, numbered, the critical ones marked."""
    return Table(
        heading=_("Steps"),
        columns=(_("Step"), _("Critical")),
        rows=tuple(
            Row(
                key="",
                label=_("Step %(number)s") % {"number": number},
                was=_("was step %(number)s") % {"number": number},
                cells=(step.text, _("Critical") if step.critical else ""),
            )
            for number, step in enumerate(version.steps_said(), start=1)
        ),
        numbered=True,
    )


def storage_table(version: FormulationVersion) -> Table:
    """How long it may be used: as it is stored, and where it is kept otherwise."""
    usual = Row(
        key="usual",
        label=_("As it is stored"),
        cells=(
            str(version.get_storage_display()),
            hours_text(version.beyond_use_hours),
            version.beyond_use_reason,
            version.beyond_use_reference,
        ),
    )
    others = [
        Row(
            key=limit.storage,
            label=str(limit.get_storage_display()),
            cells=(str(limit.get_storage_display()), hours_text(limit.hours), limit.reason, limit.reference),
        )
        for limit in version.other_storage.all()
    ]
    return Table(
        heading=_("Beyond use, by storage"),
        columns=(_("Kept"), _("Beyond use after"), _("Basis of the beyond-use time"), _("Reference")),
        rows=(usual, *others),
        wide=2,
        ordered=False,
    )


def example_table(version: FormulationVersion, lines: Sequence[FormulationLine]) -> Table:
    """The worked example, computed from the lines."""
    known = [(line.ingredient_name, line.volume_ul_per_ml or 0) for line in lines]
    volumes = [volume for _name, volume in known]
    batch_ul = example_batch_ul(
        version.example_ul, [volume for volume in volumes if volume],
        bounds_ul=(version.batch_min_ul, version.batch_max_ul),
    )  # fmt: skip
    found = portions(known, batch_ul) if batch_ul is not None and all(volumes) else []
    columns = (_("Substance"), _("µL per mL × batch in mL"), _("Volume in mL"))
    if batch_ul is None or not found:
        return Table(heading=_("Worked example"), columns=columns, rows=(), numeric=(1, 2), derived=True)
    batch = millilitre_text(batch_ul)
    rows = [
        Row(
            key=str(number),
            label=each.name,
            cells=(each.name, f"{each.ul_per_ml} × {batch} = {each.volume_ul} µL", millilitre_column(each.volume_ul)),
        )
        for number, each in enumerate(found)
    ]
    made_ul = sum(each.volume_ul for each in found)
    total = Row(
        key="total",
        label=_("Together"),
        cells=(_("Together"), f"{sum(volumes)} × {batch} = {made_ul} µL", millilitre_column(made_ul)),
    )
    return Table(
        heading=_("Worked example for %(batch)s mL, computed from the lines") % {"batch": batch},
        columns=columns,
        rows=(*rows, total),
        numeric=(1, 2),
        derived=True,
    )


def hours_text(hours: int | None) -> str:
    """Say a number of hours; "" while a draft doesn't say it."""
    if hours is None:
        return ""
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
