"""A preparation from its number to its last measured volume: everything is kept as it is typed."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models.functions import Length
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.kept import Kept
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import legal_obstacles
from protocols.risk.queries import unread_for_preparing
from sessions.preparation.models import CriticalStep, Preparation, PreparationLine, PreparationStatus, VisualCheck
from sessions.preparation.queries import lot_fault
from sessions.preparation.volumes import most_measured_ul, nearest_batches_ul, targets_ul
from sessions.stock.models import StockLot
from sessions.stock.services import locked_standing

MOST_VIALS = 20


@unit_of_work
def start_preparation(
    *,
    by: Actor,
    formulation_version: FormulationVersion,
    batch_ul: int,
    vial_count: int = 1,
    submission_key: uuid.UUID,
    at: datetime,
) -> Preparation:
    """Begin a preparation of `batch_ul` microlitres against an approved formulation, and return it with its lines.

    Its number is PREP-YYYYMMDD-nnn, by the site's date, without gaps. Raises Refused for a formulation that isn't in
    force, a batch outside the formulation's bounds, one whose targets aren't whole microlitres, or a bad
    number of vials.
    """
    by.require(Permission.PREPARE)
    if (before := already_submitted(Preparation, submission_key, site=by.site)) is not None:
        return before
    version = FormulationVersion.objects.select_related("formulation", "site").get(pk=formulation_version.pk)
    if version.site_id != by.site.pk:
        raise NotAllowed(_("This is a formulation of another site. Change to that site first."))
    if version.status != State.APPROVED:
        raise Refused(
            _("This version of the formulation isn't in force. Choose an approved one."), field="formulation_version"
        )
    if obstacles := legal_obstacles(version):
        raise Refused(_("This formulation may not be prepared here now."), reasons=obstacles)
    if unread := unread_for_preparing(by, version.formulation_id):
        raise Refused(
            _("This formulation was changed in a way that bears on risk. Read and sign it first; it stands on Today:"),
            reasons=[str(change) for change in unread],
        )
    lines = list(version.lines.order_by("ordinal"))
    targets = _targets(version, [line.volume_ul_per_ml for line in lines], batch_ul)
    if not 1 <= vial_count <= MOST_VIALS:
        raise Refused(_("Make from 1 to %(most)d vials.") % {"most": MOST_VIALS}, field="vial_count")
    preparation = Preparation.objects.create(
        site=by.site,
        number=_next_number(by.site, at),
        formulation_version=version,
        batch_ul=batch_ul,
        vial_count=vial_count,
        started_at=at,
        preparer=by.user,
        submission_key=submission_key,
    )
    PreparationLine.objects.bulk_create(
        PreparationLine(
            preparation=preparation,
            formulation_line=line,
            ordinal=number,
            ingredient_name=f"{line.ingredient_name} {line.concentration}".strip(),
            target_ul=target,
            tolerance_percent=line.tolerance_percent,
        )
        for number, (line, target) in enumerate(zip(lines, targets, strict=True), start=1)
    )
    CriticalStep.objects.bulk_create(
        CriticalStep(preparation=preparation, ordinal=number, text=step.text[:400])
        for number, step in enumerate(version.steps_said(), start=1)
        if step.critical
    )
    record(
        by=by, action=Action.CREATE, subject=preparation, at=at,
        after={"formulation": str(version), "batch_ul": batch_ul, "vials": vial_count, "targets_ul": targets},
    )  # fmt: skip
    return preparation


def _targets(version: FormulationVersion, volumes_ul_per_ml: Sequence[int], batch_ul: int) -> list[int]:
    least_ul, most_ul = version.batch_bounds_ul
    if not least_ul <= batch_ul <= most_ul:
        raise Refused(
            _("A batch of this formulation is from %(least)s to %(most)s mL.")
            % {"least": millilitre_text(least_ul), "most": millilitre_text(most_ul)},
            field="batch_ul",
        )
    targets = targets_ul(batch_ul, volumes_ul_per_ml)
    if targets is not None:
        return targets
    near = nearest_batches_ul(batch_ul, volumes_ul_per_ml, min_ul=least_ul, max_ul=most_ul)
    raise Refused(
        _("A batch of %(batch)s mL would need parts of a microlitre. Make %(near)s mL.")
        % {
            "batch": millilitre_text(batch_ul),
            "near": _(" or ").join(millilitre_text(each) for each in dict.fromkeys(near) if each is not None),
        },
        field="batch_ul",
    )


def _next_number(site: Site, at: datetime) -> str:
    # The site is locked until the commit, so numbers are given one after the other and none is lost.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    prefix = f"PREP-{clock.local(at, site):%Y%m%d}-"
    given = Preparation.objects.for_site(site).filter(number__startswith=prefix)
    last = given.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:03d}"


_LOCKED: Kept[Preparation] = Kept(
    lambda pk: (
        Preparation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("formulation_version__formulation", "site", "preparer")
        .filter(pk=pk)
    )
)


def locked_draft(preparation: Preparation, *, by: Actor) -> Preparation:
    """Lock `preparation` until the unit ends and return it.

    Raises Refused when it is signed or rejected already, NotAllowed without the right to prepare at its site.
    """
    by.require(Permission.PREPARE)
    row = _LOCKED.get(pk=preparation.pk)
    if row.site_id != by.site.pk:
        raise NotAllowed(_("This is a preparation of another site. Change to that site first."))
    if row.status != PreparationStatus.DRAFT:
        raise Refused(
            _("%(number)s is %(status)s already and stays as it is.")
            % {"number": row.number, "status": str(row.get_status_display()).lower()}
        )
    return row


def only_preparer(row: Preparation, *, by: Actor) -> None:
    """Raise Refused unless `by` is who began the preparation: nobody signs for what another measured."""
    if row.preparer_id != by.user.pk:
        raise Refused(
            _("%(name)s began this preparation, and only they can record and sign it. You can reject it.")
            % {"name": row.preparer.full_name}
        )


@unit_of_work
def measure(
    *,
    by: Actor,
    preparation: Preparation,
    line: PreparationLine,
    lot: StockLot | None,
    measured_ul: int | None,
    row_version: int | None = None,
    at: datetime,
) -> PreparationLine:
    """Save the lot and the measured volume of one line, either of which may still be missing; and return the line.

    `row_version`, when given, is the preparation's as the person saw it; the line returned holds the preparation with
    its new one. Raises StaleWrite when it was saved elsewhere since,
    Refused for a lot of another ingredient or one that can't be used (expired, quarantined, open too long, not
    enough left), and for a volume beyond twice the whole batch.
    """
    row = locked_draft(preparation, by=by)
    only_preparer(row, by=by)
    saved = (
        row.lines.select_for_update(of=("self",), no_key=True).select_related("formulation_line", "lot").get(pk=line.pk)
    )
    lot_id = lot.pk if lot is not None else None
    saved.preparation = row
    if (saved.lot_id, saved.measured_ul) == (lot_id, measured_ul):
        return saved
    require_seen(row, row_version)
    if measured_ul is not None and not 0 <= measured_ul <= most_measured_ul(row.batch_ul):
        raise Refused(
            _("This is more than twice the whole batch of %(batch)s mL. Type the measured volume again, in mL.")
            % {"batch": millilitre_text(row.batch_ul)}
            if measured_ul > 0
            else _("A measured volume isn't negative. Type it again, in mL."),
            field="measured_ul",
        )
    if lot is not None:
        _check_lot(saved, lot, measured_ul=measured_ul or 0, at=at)
    before = {"lot": saved.lot.lot_number if saved.lot else "", "measured_ul": saved.measured_ul}
    saved.lot, saved.measured_ul = lot, measured_ul
    if measured_ul is None:
        saved.measured_at = saved.tried_at = None
    else:
        saved.measured_at = saved.measured_at or saved.tried_at or at
    saved.save(update_fields=["lot", "measured_ul", "measured_at", "tried_at"])
    raise_version(row)
    record(
        by=by, action=Action.CHANGE, subject=row, at=at,
        before={"line": saved.ordinal, **before},
        after={"line": saved.ordinal, "lot": lot.lot_number if lot else "", "measured_ul": measured_ul},
    )  # fmt: skip
    return saved


@unit_of_work
def note_try(*, by: Actor, preparation: Preparation, line: PreparationLine, at: datetime) -> None:
    """Note that a volume was typed for `line` and refused: the ingredient was measured then, whenever it is typed well.

    Only the first time counts, only while no volume is saved, and only of whoever prepares; nothing is said of it.
    """
    by.require(Permission.PREPARE)
    drafts = Preparation.objects.for_site(by.site).select_for_update(of=("self",), no_key=True)
    row = drafts.filter(pk=preparation.pk, status=PreparationStatus.DRAFT, preparer=by.user).first()
    if row is None:
        return
    saved = row.lines.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if saved.measured_at is not None or saved.tried_at is not None:
        return
    saved.tried_at = at
    saved.save(update_fields=["tried_at"])
    record(by=by, action=Action.CHANGE, subject=row, at=at, after={"line": saved.ordinal, "tried_at": at})


@unit_of_work
def record_look(
    *,
    by: Actor,
    preparation: Preparation,
    visual_check: VisualCheck | str,
    notes: str,
    row_version: int | None = None,
    at: datetime,
) -> Preparation:
    """Save what the finished preparation looks like ("" for not looked at yet) and the notes, and return it.

    Raises StaleWrite when the preparation was saved elsewhere since `row_version`.
    """
    row = locked_draft(preparation, by=by)
    only_preparer(row, by=by)
    notes = notes.strip()
    if (row.visual_check, row.notes) == (visual_check, notes):
        return row
    require_seen(row, row_version)
    before: dict[str, Any] = {"visual_check": row.visual_check, "notes": row.notes}
    row.visual_check, row.notes = VisualCheck(visual_check) if visual_check else "", notes
    raise_version(row, "visual_check", "notes")
    record(
        by=by, action=Action.CHANGE, subject=row, at=at, before=before,
        after={"visual_check": row.visual_check, "notes": row.notes},
    )  # fmt: skip
    return row


def require_seen(row: Preparation, row_version: int | None) -> None:
    """Raise StaleWrite when `row` was saved since the page with `row_version` was opened."""
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("This preparation was saved elsewhere meanwhile. Check what it says now, then go on."))


def _check_lot(line: PreparationLine, lot: StockLot, *, measured_ul: int, at: datetime) -> None:
    if lot.ingredient_id != line.formulation_line.ingredient_id:
        raise Refused(
            _("Lot %(lot)s isn't %(name)s. Choose a lot of this ingredient.")
            % {"lot": lot.lot_number, "name": line.ingredient_name},
            field="lot",
        )
    fresh, where = locked_standing(lot, at=at)
    # What this line holds of the lot already is its own to use.
    own_ul = line.measured_ul or 0 if line.lot_id == lot.pk else 0
    if fault := lot_fault(fresh, where, needed_ul=measured_ul, left_ul=where.free_ul + own_ul, at=at):
        raise Refused(fault[0].upper() + fault[1:], field="lot")


def raise_version(row: Preparation, *fields: str) -> None:
    """Save that `row` has changed, and of it `fields`."""
    row.row_version += 1
    row.save(update_fields=[*fields, "row_version"])
