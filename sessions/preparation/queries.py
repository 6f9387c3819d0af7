"""Reading preparations and vials: what is open, what is left, and how a preparation stands at the bench."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from clinic import clock
from clinic.accounts.models import Site
from clinic.amounts import millilitre_text
from clinic.dates import day_text
from clinic.kept import Kept
from patients.registry.models import Patient
from protocols.decisions.states import State
from protocols.formulations.products import is_allowed
from sessions.preparation.beyond_use import IngredientLimits, Limit, beyond_use
from sessions.preparation.completeness import LineState, missing
from sessions.preparation.models import Preparation, PreparationLine, PreparationStatus, Vial, VialMovement
from sessions.preparation.vials import read_code
from sessions.stock.models import StockLot
from sessions.stock.queries import Standing, standing, with_standing
from sessions.stock.states import LotState
from sessions.treatment.models import SessionStatus, TreatmentSession


def vial_by_code(site: Site, code: str) -> Vial | None:
    """Return the vial of `site` whose label says `code`, typed in any case, with or without the dash."""
    read = read_code(code)
    if read is None:
        return None
    return (
        Vial.objects.for_site(site)
        .select_related("preparation__formulation_version__formulation", "preparation__preparer", "site")
        .filter(code=read)
        .first()
    )


def remaining_ul(vial: Vial) -> int:
    """Return what is left in `vial`, in microlitres: its volume less everything that left it."""
    left = VialMovement.objects.filter(vial=vial).aggregate(total=Sum("volume_ul"))["total"] or 0
    return vial.volume_ul - left


def used_for_another(vial: Vial, patient: Patient) -> bool:
    """Whether a session of another patient has `vial` in hand or was given from it; a vial is for one patient.

    A session that did not proceed injected nothing, so its vial is free again.
    """
    sessions = vial.treatment_sessions.exclude(status=SessionStatus.NOT_PROCEEDED)
    return bool(sessions.exclude(patient=patient).exists())


def with_remaining(vials: QuerySet[Vial]) -> QuerySet[Any]:
    """Annotate `vials` with `left_ul`, what is left in each in microlitres."""
    gone = VialMovement.objects.filter(vial=OuterRef("pk")).order_by().values("vial")
    total = Subquery(gone.annotate(total=Sum("volume_ul")).values("total"))
    return vials.annotate(left_ul=F("volume_ul") - Coalesce(total, Value(0, output_field=IntegerField())))


@dataclass(frozen=True, slots=True)
class BenchLine:
    """One ingredient at the bench, with where its lot stands; `lot_fault` is "" when the lot may be used."""

    line: PreparationLine
    lot: StockLot | None
    lot_standing: Standing | None
    lot_fault: str

    @property
    def other_product(self) -> str:
        """The product of its lot where the formulation doesn't allow it; "" where it does, and without a lot."""
        if self.lot is None:
            return ""
        allowed = is_allowed(self.lot.product, self.lot.manufacturer, self.line.formulation_line.products)
        return "" if allowed else self.lot.product


_LINES: Kept[PreparationLine] = Kept(
    lambda preparation: (
        PreparationLine.objects.filter(preparation=preparation).select_related("formulation_line").order_by("ordinal")
    )
)
_LOTS: Kept[StockLot] = Kept(
    lambda preparation: with_standing(
        StockLot.objects.filter(pk__in=PreparationLine.objects.filter(preparation=preparation).values("lot"))
    ).select_related("ingredient")
)


def bench_lines(preparation: Preparation, *, at: datetime) -> list[BenchLine]:
    """Return the lines in the order of adding with their lots as they stand now; two queries."""
    lines = _LINES.all(preparation=preparation.pk)
    for line in lines:
        line.preparation = preparation
    lots = {lot.pk: lot for lot in _LOTS.all(preparation=preparation.pk)}
    return [_bench_line(preparation, line, lots.get(line.lot_id or 0), at=at) for line in lines]


def _bench_line(preparation: Preparation, line: PreparationLine, lot: Any, *, at: datetime) -> BenchLine:
    if lot is None:
        return BenchLine(line=line, lot=None, lot_standing=None, lot_fault="")
    where = standing(lot, on=clock.local(at, preparation.site).date(), site=preparation.site)
    fault = lot_fault(lot, where, needed_ul=line.measured_ul or 0, left_ul=where.balance_ul, at=at)
    return BenchLine(line=line, lot=lot, lot_standing=where, lot_fault=fault)


def lot_fault(lot: StockLot, where: Standing, *, needed_ul: int, left_ul: int, at: datetime) -> str:
    """Return why `needed_ul` of `lot`, of which `left_ul` may be taken, can't be used at `at`; "" when they can."""
    number = {"lot": lot.lot_number}
    if where.state is LotState.QUARANTINED:
        return _("lot %(lot)s is in quarantine. Take another lot.") % number
    if where.state is LotState.EXPIRED:
        return _("lot %(lot)s expired on %(day)s. Take another lot.") % {**number, "day": day_text(lot.expires_on)}
    if where.opened_until is not None and where.opened_until <= at:
        days = lot.opened_limit_days or 0
        return ngettext(
            "lot %(lot)s has been open for %(days)d day, as long as it may be. Take another lot.",
            "lot %(lot)s has been open for %(days)d days, as long as it may be. Take another lot.",
            days,
        ) % {**number, "days": days}
    if needed_ul > left_ul or left_ul <= 0:
        return _("only %(left)s mL of lot %(lot)s are free. Take another lot, or count this one again.") % {
            **number,
            "left": millilitre_text(max(0, left_ul)),
        }
    return ""


def limit_of(preparation: Preparation, bench: Sequence[BenchLine]) -> Limit | None:
    """Return the beyond-use time that the lots chosen give, and why; None while a lot is missing."""
    if any(each.lot is None for each in bench):
        return None
    version = preparation.formulation_version
    return beyond_use(
        started_at=preparation.started_at,
        formulation_hours=version.usable_hours,
        storage=version.storage,
        time_zone=preparation.site.time_zone,
        ingredients=[_limits(each) for each in bench],
    )


def _limits(each: BenchLine) -> IngredientLimits:
    if each.lot is None or each.lot_standing is None:
        raise ValueError("a limit needs a lot")
    return IngredientLimits(
        name=each.line.ingredient_name,
        expires_on=each.lot.expires_on,
        # A lot not opened before is opened by this preparation.
        opened_at=each.lot_standing.opened_at or each.line.measured_at,
        opened_limit_days=each.lot.opened_limit_days,
    )


def missing_for_signature(
    preparation: Preparation, bench: Sequence[BenchLine], *, visual_check: str, at: datetime
) -> list[str]:
    """Return in words what is missing before `preparation` can be signed; one query, none with its steps loaded."""
    return missing(
        lines=[
            LineState(
                name=each.line.ingredient_name,
                has_lot=each.lot is not None,
                lot_fault=each.lot_fault,
                target_ul=each.line.target_ul,
                tolerance_percent=each.line.tolerance_percent,
                measured_ul=each.line.measured_ul,
            )
            for each in bench
        ],
        steps=[str(step) for step in preparation.critical_steps.all() if step.done_at is None],
        visual_check=visual_check,
        vial_count=preparation.vial_count,
        formulation_active=preparation.formulation_version.status == State.APPROVED,
        limit=limit_of(preparation, bench),
        at=at,
    )


def preparations_of(site: Site | int) -> QuerySet[Preparation]:
    """Return the site's preparations with what a list shows of them."""
    return Preparation.objects.for_site(site).select_related("formulation_version__formulation", "preparer")


def open_drafts(site: Site | int) -> QuerySet[Preparation]:
    """Return the preparations that were begun and neither signed nor rejected, the oldest first."""
    return preparations_of(site).filter(status=PreparationStatus.DRAFT).order_by("started_at", "id")


class VialStateKind(models.TextChoices):
    """What a vial is good for just now; it is the first of these that is true."""

    EMPTY = "empty", _lazy("Empty")
    BEYOND_USE = "beyond_use", _lazy("Beyond use: do not use")
    NOT_IN_FORCE = "not_in_force", _lazy("Not for a session any more")
    DRAWN = "drawn", _lazy("Drawn for a patient's session: for nobody else")
    IN_DATE = "in_date", _lazy("In date")


def vial_state(
    *, left_ul: int, beyond_use_at: datetime, at: datetime, in_force: bool = True, drawn: bool = False
) -> VialStateKind:
    """Return what a vial with `left_ul` microlitres is good for at `at`; at its beyond-use time it no longer is.

    `in_force` says whether its formulation's version is, `drawn` whether a session has it in hand or was given from it:
    a vial is for one patient.
    """
    if left_ul <= 0:
        return VialStateKind.EMPTY
    if at >= beyond_use_at:
        return VialStateKind.BEYOND_USE
    if not in_force:
        return VialStateKind.NOT_IN_FORCE
    return VialStateKind.DRAWN if drawn else VialStateKind.IN_DATE


@dataclass(frozen=True, slots=True)
class VialPage:
    """What the page of a vial shows."""

    vial: Vial
    left_ul: int
    state: VialStateKind
    movements: Sequence[VialMovement]
    held_by: TreatmentSession | None


def vial_page(vial: Vial, *, at: datetime) -> VialPage:
    """Return `vial` with its movements, what is left, what it is good for at `at`, and the open session that has it.

    Two queries.
    """
    movements = list(vial.movements.select_related("moved_by", "treatment_session").order_by("id"))
    left_ul = vial.volume_ul - sum(movement.volume_ul for movement in movements)
    beyond_use_at = vial.preparation.beyond_use_at
    if beyond_use_at is None:
        raise ValueError("a vial's preparation is signed and has a beyond-use time")
    sessions = list(vial.treatment_sessions.exclude(status=SessionStatus.NOT_PROCEEDED).order_by("id"))
    held_by = next((row for row in sessions if row.status == SessionStatus.OPEN), None)
    state = vial_state(
        left_ul=left_ul, beyond_use_at=beyond_use_at, at=at, drawn=bool(sessions),
        in_force=vial.preparation.formulation_version.status == State.APPROVED,
    )  # fmt: skip
    return VialPage(vial, left_ul, state, movements, held_by)
