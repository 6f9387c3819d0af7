"""Signing and rejecting a preparation: what was measured becomes a record, leaves the lots, and fills vials."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.amounts import millilitre_text
from clinic.documents.services import seal
from clinic.errors import Refused
from clinic.signing.models import Meaning
from clinic.signing.rows import RestsOn
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.preparation.deviations import Found, Measurement, deviations
from sessions.preparation.documents import label_content, printed_content, signed_content
from sessions.preparation.models import Deviation, Preparation, PreparationStatus, Vial, VisualCheck
from sessions.preparation.queries import BenchLine, bench_lines, limit_of, missing_for_signature
from sessions.preparation.services.drafts import locked_draft, only_preparer, require_seen
from sessions.preparation.vials import divide_ul, new_code
from sessions.stock.models import LotMovement, LotMovementKind, StockLot


@unit_of_work
def sign_preparation(
    *,
    by: Actor,
    preparation: Preparation,
    visual_check: VisualCheck | str,
    deviation_reason: str = "",
    confirmed: Confirmed,
    row_version: int | None = None,
    at: datetime,
) -> list[Vial]:
    """Sign a preparation as prepared and return its vials.

    Computes the beyond-use time and the deviations, takes the volumes from the lots, divides what was made among the
    vials, and seals the record and the labels. The preparer's own second signature is a no-op.

    Raises Refused with the list of what is missing or wrong (a lot expired, quarantined or short, a volume grossly off
    its target, a visual check that isn't right, a formulation retired meanwhile, a beyond-use time that has passed),
    for deviations without `deviation_reason`, and for anybody but the preparer; StaleWrite when it was saved elsewhere
    since `row_version`.
    """
    if signed := _signed_before(preparation, by):
        return signed
    row = locked_draft(preparation, by=by)
    only_preparer(row, by=by)
    require_seen(row, row_version)
    bench = _locked_bench(row, at=at)
    if lacking := missing_for_signature(row, bench, visual_check=visual_check, at=at):
        raise Refused(_("This preparation can't be signed yet."), reasons=lacking)
    limit = limit_of(row, bench)
    if limit is None:
        raise ValueError("a complete preparation has a beyond-use time")
    found = deviations(measurements(bench), finished_at=at)
    row.deviation_reason = _reason_for(found, deviation_reason)
    row.made_ul = sum(each.line.measured_ul or 0 for each in bench)
    vials = _vials(row, made_ul=row.made_ul, at=at)
    row.visual_check = VisualCheck.RIGHT
    row.finished_at, row.beyond_use_at, row.beyond_use_reason = at, limit.at, limit.reason
    row.status, row.deviation_count = PreparationStatus.SIGNED, len(found)
    bench = _opened(row, bench)
    content = signed_content(row, bench, found, vials)
    row.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.PREPARED, subject=row, content=content, at=at,
        rests_on=[_lots_of(bench)],
    )  # fmt: skip
    for vial in vials:
        vial.save()
    _take_from_lots(row, bench, by=by, at=at)
    _write_deviations(row, bench, found, at=at)
    _lock_in(row)
    seal(
        by=by, kind="preparation", subject=row, at=at,
        content=printed_content(content, [manifestation(row.signature)], site=row.site),
    )  # fmt: skip
    seal(by=by, kind="label", subject=row, content=label_content(row, vials, bench), at=at)
    return vials


@unit_of_work
def reject_preparation(
    *,
    by: Actor,
    preparation: Preparation,
    reason: str,
    visual_check: VisualCheck | str | None = None,
    confirmed: Confirmed,
    row_version: int | None = None,
    at: datetime,
) -> Preparation:
    """Sign a preparation as rejected and return it: no vials, but what was measured has left its lots.

    Whoever may prepare may reject, so that a draft that somebody left open can be closed. A lot that no longer holds
    what was measured gives what it has, and the movement says so. Raises Refused without a reason, StaleWrite when it
    was saved elsewhere since `row_version`. A second rejection by the same person is a no-op.
    """
    earlier: Preparation = Preparation.objects.select_related("signature").get(pk=preparation.pk)
    if earlier.status == PreparationStatus.REJECTED and earlier.signature and earlier.signature.user_id == by.user.pk:
        return earlier
    row = locked_draft(preparation, by=by)
    require_seen(row, row_version)
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(_("Say why it is rejected, in a few words."), field="reason")
    bench = _locked_bench(row, at=at)
    if visual_check is not None:
        row.visual_check = visual_check
    row.status, row.finished_at = PreparationStatus.REJECTED, at
    bench = _opened(row, bench)
    content = signed_content(row, bench, [], [])
    row.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.REJECTED, subject=row, content=content, at=at, reason=reason,
        rests_on=[_lots_of(bench)],
    )  # fmt: skip
    _take_from_lots(row, bench, by=by, at=at)
    _lock_in(row)
    seal(
        by=by, kind="preparation", subject=row, at=at,
        content=printed_content(content, [manifestation(row.signature)], site=row.site),
    )  # fmt: skip
    return row


def measurements(bench: Sequence[BenchLine]) -> list[Measurement]:
    """Return what was measured, for the rules; every line has its volume."""
    return [
        Measurement(
            ordinal=line.ordinal,
            name=line.ingredient_name,
            target_ul=line.target_ul,
            measured_ul=line.measured_ul,
            tolerance_percent=line.tolerance_percent,
            measured_at=line.measured_at,
            other_product=each.other_product,
        )
        for each, line in ((each, each.line) for each in bench)
        if line.measured_ul is not None and line.measured_at is not None
    ]


def _reason_for(found: Sequence[Found], reason: str) -> str:
    """Return why the preparation deviates, "" where it doesn't. Raises Refused for a deviation without a reason."""
    reason = " ".join(reason.split())
    if found and not any(letter.isalnum() for letter in reason):
        raise Refused(
            _("Say why it deviates, in a few words."),
            field="deviation_reason",
            reasons=[each.detail for each in found],
        )
    return reason if found else ""


def _signed_before(preparation: Preparation, by: Actor) -> list[Vial]:
    # A second click waits for the first one's lock, then finds its vials.
    current = Preparation.objects.select_for_update(of=("self",), no_key=True).get(pk=preparation.pk)
    if current.status != PreparationStatus.SIGNED or current.preparer_id != by.user.pk:
        return []
    return list(current.vials.order_by("ordinal"))


def _locked_bench(row: Preparation, *, at: datetime) -> list[BenchLine]:
    wanted = row.lines.exclude(lot=None).values_list("lot_id", flat=True)
    # In one order everywhere, so that two preparations that share lots can't wait for each other for ever.
    list(StockLot.objects.select_for_update(no_key=True).filter(pk__in=list(wanted)).order_by("pk"))
    return bench_lines(row, at=at)


def _lots_of(bench: Sequence[BenchLine]) -> RestsOn:
    """Return the lots that were used: their numbers and days of expiry are part of what is signed."""
    return RestsOn(StockLot, "id", tuple(each.lot.pk for each in bench if each.lot is not None))


def _opened(row: Preparation, bench: Sequence[BenchLine]) -> list[BenchLine]:
    """Return the bench with the lots that this preparation opened shown as opened when they were first measured."""
    return [
        replace(each, lot_standing=replace(each.lot_standing, opened_at=each.line.measured_at))
        if each.lot_standing is not None and each.lot_standing.opened_at is None and each.line.measured_ul
        else each
        for each in bench
    ]


def _lock_in(row: Preparation) -> None:
    row.row_version += 1
    row.save()


def _vials(row: Preparation, *, made_ul: int, at: datetime) -> list[Vial]:
    volumes = divide_ul(made_ul, row.vial_count)
    codes: set[str] = set()
    while len(codes) < len(volumes):
        codes.add(new_code())
        if len(codes) == len(volumes):
            codes -= set(Vial.objects.filter(code__in=codes).values_list("code", flat=True))
    return [
        Vial(preparation=row, site=row.site, ordinal=number, code=code, volume_ul=volume_ul, made_at=at)
        for number, (code, volume_ul) in enumerate(zip(codes, volumes, strict=True), start=1)
    ]


def _take_from_lots(row: Preparation, bench: Sequence[BenchLine], *, by: Actor, at: datetime) -> None:
    known_open = set(
        LotMovement.objects.filter(
            lot__in=[each.lot.pk for each in bench if each.lot is not None], kind=LotMovementKind.OPENED
        ).values_list("lot_id", flat=True)
    )
    for each in bench:
        if each.lot is None or each.lot_standing is None or not each.line.measured_ul:
            continue
        if each.lot.pk not in known_open:
            LotMovement.add(
                lot=each.lot, kind=LotMovementKind.OPENED, volume_ul=0, preparation=row, moved_by=by.user,
                moved_at=each.line.measured_at or at,
            )  # fmt: skip
        _take(row, each.lot, measured_ul=each.line.measured_ul, held_ul=each.lot_standing.balance_ul, by=by, at=at)


def _take(row: Preparation, lot: StockLot, *, measured_ul: int, held_ul: int, by: Actor, at: datetime) -> None:
    taken_ul = min(measured_ul, held_ul)
    if taken_ul == 0:
        return
    short = (
        _("%(short)s mL more were measured than the record held: count this lot again.")
        % {"short": millilitre_text(measured_ul - taken_ul)}
        if taken_ul < measured_ul
        else ""
    )
    LotMovement.add(
        lot=lot, kind=LotMovementKind.USED, volume_ul=-taken_ul, preparation=row, reason=short, moved_at=at,
        moved_by=by.user,
    )  # fmt: skip
    record(
        by=by, action=Action.CHANGE, subject=lot, at=at, reason=short or row.number, before={"balance_ul": held_ul},
        after={"movement": "used", "volume_ul": -taken_ul, "balance_ul": held_ul - taken_ul},
    )  # fmt: skip


def _write_deviations(row: Preparation, bench: Sequence[BenchLine], found: Sequence[Found], *, at: datetime) -> None:
    lines = {each.line.ordinal: each.line for each in bench}
    for each in found:
        Deviation.add(
            preparation=row,
            line=lines[each.ordinal] if each.ordinal is not None else None,
            kind=each.kind,
            permille=each.permille,
            detail=each.detail,
            raised_at=at,
        )
