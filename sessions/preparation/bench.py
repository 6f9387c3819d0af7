"""The bench on the screen: each ingredient with its target, what was measured, and what that means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.amounts import millilitre_text
from clinic.errors import NotAllowed, Refused, StaleWrite
from protocols.decisions.states import State
from protocols.formulations.models import FormulationLine, HazardClass
from sessions.preparation.beyond_use import Limit
from sessions.preparation.deviations import deviations
from sessions.preparation.forms import BenchForm
from sessions.preparation.models import Preparation
from sessions.preparation.queries import BenchLine, bench_lines, limit_of, missing_for_signature
from sessions.preparation.services import measure, note_try, record_look, tick_steps
from sessions.preparation.services.signing import measurements
from sessions.preparation.volumes import allowed_range_ul, departure, percent_text
from sessions.stock.queries import UsableLot, usable_lots_of


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One ingredient on the screen; `kind` and `text` are its chip, `fault` what is wrong with its lot.

    `allowed` names the products that may be used, "" for any; `other_product` is the one chosen where it isn't one of
    them; `minding` is what to mind with the ingredient.
    """

    ordinal: int
    name: str
    role: str
    per_ml: int
    target_ul: int
    range_text: str
    tolerance: str
    measured_ul: int | None
    lot: Any
    kind: str
    text: str
    off: str
    fault: str
    allowed: str = ""
    minding: Sequence[str] = ()
    other_product: str = ""
    lot_field: BoundField | None = None
    measured_field: BoundField | None = None
    receive_url: str = ""

    @property
    def field_names(self) -> str:
        """The names of the fields that its state rests on."""
        return f"lot_{self.ordinal} measured_{self.ordinal}"


class Bench:
    """A preparation at the bench as it stands at `at`; three queries."""

    def __init__(self, preparation: Preparation, *, at: datetime) -> None:
        self.preparation = preparation
        self.at = at
        self.lines: Sequence[BenchLine] = bench_lines(preparation, at=at)

    @cached_property
    def usable(self) -> Mapping[int, Sequence[UsableLot]]:
        """The usable lots by ingredient."""
        site = self.preparation.site
        wanted = [each.line.formulation_line.ingredient_id for each in self.lines]
        return usable_lots_of(site, wanted, on=clock.local(self.at, site).date())

    def form(self, data: Mapping[str, Any] | None = None) -> BenchForm:
        """Return the bench's form with what is saved, or with `data`."""
        return BenchForm(data, preparation=self.preparation, bench=self.lines, lots=self.usable)

    def rows(self, form: BenchForm | None = None) -> list[BenchRow]:
        """Return the ingredients in the order of adding, with their fields when there is a form."""
        return [self._row(each, form) for each in self.lines]

    def _row(self, each: BenchLine, form: BenchForm | None) -> BenchRow:
        line = each.line
        low, high = allowed_range_ul(target_ul=line.target_ul, tolerance_percent=line.tolerance_percent)
        kind, text, off = _verdict(each)
        ingredient = line.formulation_line.ingredient_id
        number = line.ordinal
        lacks_lots = form is not None and not self.usable.get(ingredient)
        receive_url = f"{reverse('stock_new')}?ingredient={ingredient}" if lacks_lots else ""
        return BenchRow(
            ordinal=number,
            name=line.ingredient_name,
            role=str(line.formulation_line.get_role_display()),
            per_ml=line.formulation_line.volume_ul_per_ml or 0,
            target_ul=line.target_ul,
            range_text=_("%(low)s to %(high)s mL") % {"low": millilitre_text(low), "high": millilitre_text(high)},
            tolerance=f"± {line.tolerance_percent} %",
            measured_ul=line.measured_ul,
            lot=each.lot,
            kind=kind,
            text=text,
            off=off,
            fault=each.lot_fault[:1].upper() + each.lot_fault[1:],
            allowed="; ".join(line.formulation_line.products),
            minding=_minding(line.formulation_line),
            other_product=each.other_product,
            lot_field=form[f"lot_{number}"] if form else None,
            measured_field=form[f"measured_{number}"] if form else None,
            receive_url=receive_url,
        )

    @property
    def retired(self) -> bool:
        """Whether the version that it is made by isn't in force any more: measuring on is for nothing."""
        return self.preparation.formulation_version.status != State.APPROVED

    @cached_property
    def missing(self) -> list[str]:
        """What is missing before it can be signed, in words."""
        return missing_for_signature(
            self.preparation, self.lines, visual_check=self.preparation.visual_check, at=self.at
        )

    @property
    def reject_when(self) -> str:
        """When to reject what was made, as the formulation says it; "" where it says so with the right appearance."""
        when = self.preparation.formulation_version.reject_when
        return _("Reject when: %(when)s") % {"when": when} if when else ""

    @property
    def limit(self) -> Limit | None:
        """The beyond-use time that it would get."""
        return limit_of(self.preparation, self.lines)

    @property
    def made_ul(self) -> int:
        """What was measured so far."""
        return sum(each.line.measured_ul or 0 for each in self.lines)

    @property
    def found(self) -> list[str]:
        """The deviations that signing now would record, in words."""
        measured = measurements(self.lines)
        return [each.detail for each in deviations(measured, finished_at=self.at)] if measured else []


def _minding(line: FormulationLine) -> list[str]:
    """Return what to mind with an ingredient, in words; nothing where nothing is known."""
    told = [] if line.hazard_class in {"", HazardClass.NONE} else [str(line.get_hazard_class_display())]
    if line.incompatibilities:
        told.append(_("Incompatible with: %(what)s") % {"what": line.incompatibilities})
    return told


def _verdict(each: BenchLine) -> tuple[str, str, str]:
    """Return a line's chip (kind and word) and how far it is off target."""
    line = each.line
    if line.measured_ul is None:
        return "plain", _("Not measured yet"), ""
    off = departure(target_ul=line.target_ul, measured_ul=line.measured_ul, tolerance_percent=line.tolerance_percent)
    percent = percent_text(off.percent)
    if off.difference_ul == 0:
        return "done", _("On target"), ""
    volume = millilitre_text(abs(off.difference_ul))
    words = _("%(volume)s mL too much") if off.difference_ul > 0 else _("%(volume)s mL too little")
    text = words % {"volume": volume}
    if off.within:
        return "done", _("Within tolerance"), f"{text} ({percent})"
    return (
        "ask",
        _("Deviation"),
        _("%(text)s (%(percent)s), tolerance ± %(tolerance)s %%")
        % {
            "text": text,
            "percent": percent,
            "tolerance": line.tolerance_percent,
        },
    )


@dataclass(slots=True)
class Saved:
    """How saving fields went: the version now, and by field what wasn't saved and why."""

    row_version: int
    errors: dict[str, list[str]]


def save_fields(
    *, by: Actor, bench: Bench, form: BenchForm, names: Sequence[str], row_version: int, at: datetime
) -> Saved:
    """Save the fields `names` of a validated `form`, each of them by itself.

    A field that can't be saved doesn't keep back the others. Raises StaleWrite when somebody else saved since
    `row_version`, and NotAllowed.
    """
    result = Saved(row_version, {})
    for name in names:
        if name in form.errors:
            result.errors[name] = [str(text) for text in form.errors[name]]
            _tried(name, by=by, bench=bench, at=at)
        elif name in form.fields:
            try:
                result.row_version = _save(name, by=by, bench=bench, form=form, row_version=result.row_version, at=at)
            except (StaleWrite, NotAllowed):
                raise
            except Refused as refused:
                result.errors[name] = [refused.message, *refused.reasons]
                _tried(name, by=by, bench=bench, at=at)
    return result


def _tried(name: str, *, by: Actor, bench: Bench, at: datetime) -> None:
    """Remember that a volume was typed, though it couldn't be taken: the order of adding doesn't wait for a point."""
    if name.startswith("measured_"):
        line = bench.preparation.lines.get(ordinal=int(name.removeprefix("measured_")))
        note_try(by=by, preparation=bench.preparation, line=line, at=at)


def _save(name: str, *, by: Actor, bench: Bench, form: BenchForm, row_version: int, at: datetime) -> int:
    """Save one field beside what is saved of the others, and return the preparation's new version."""
    preparation, value = bench.preparation, form.cleaned_data[name]
    if name in {"visual_check", "notes"}:
        saved = Preparation.objects.get(pk=preparation.pk)
        look = {"visual_check": saved.visual_check, "notes": saved.notes} | {name: value}
        return record_look(by=by, preparation=preparation, row_version=row_version, at=at, **look).row_version
    if name == "steps_done":
        done = {int(number) for number in value}
        return tick_steps(by=by, preparation=preparation, done=done, row_version=row_version, at=at).row_version
    kind, number = name.rsplit("_", 1)
    line = preparation.lines.select_related("lot").get(ordinal=int(number))
    fields: dict[str, Any] = {"lot": line.lot, "measured_ul": line.measured_ul}
    fields |= {"lot": form.offered[name].get(value)} if kind == "lot" else {"measured_ul": value}
    saved_line = measure(by=by, preparation=preparation, line=line, row_version=row_version, at=at, **fields)
    return saved_line.preparation.row_version
