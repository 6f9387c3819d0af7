"""What is still missing before a preparation can be signed, in words; signing and the bench ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text
from sessions.preparation.beyond_use import Limit
from sessions.preparation.deviations import GROSS_PERCENT, is_gross
from sessions.preparation.models import VisualCheck


@dataclass(frozen=True, slots=True)
class LineState:
    """One ingredient as it stands: `lot_fault` says why its lot can't be used, "" when it can."""

    name: str
    has_lot: bool
    lot_fault: str
    target_ul: int
    tolerance_percent: Decimal
    measured_ul: int | None


def missing(
    *,
    lines: Sequence[LineState],
    steps: Sequence[str] = (),
    visual_check: str,
    vial_count: int,
    formulation_active: bool,
    limit: Limit | None,
    at: datetime,
) -> list[str]:
    """Return everything that stands between the preparation and its signature; empty when nothing does.

    `steps` are the critical steps that aren't ticked. `limit` is the beyond-use time that it would get at `at`, None
    while a lot is missing.
    """
    # What nothing at the bench mends comes first.
    found = [] if formulation_active else [_("The formulation was retired meanwhile. Reject this preparation.")]
    found += [text for line in lines for text in _of_line(line)]
    found += [_("Critical step not ticked: %(step)s") % {"step": step} for step in steps]
    if all(line.measured_ul is not None for line in lines):
        made_ul = sum(line.measured_ul or 0 for line in lines)
        if made_ul < vial_count:
            found.append(_("Nothing was made that could fill the vials."))
    if limit is not None and limit.at <= at:
        found.append(
            _("Its beyond-use time has passed (%(reason)s). Reject this preparation.") % {"reason": limit.reason}
        )
    if visual_check == VisualCheck.WRONG:
        found.append(_("It doesn't look as described. Reject this preparation."))
    elif visual_check != VisualCheck.RIGHT:
        found.append(_("Visual check."))
    return found


def _of_line(line: LineState) -> list[str]:
    if not line.has_lot and line.measured_ul is None:
        return [_("%(name)s: lot and measured volume.") % {"name": line.name}]
    if not line.has_lot:
        return [_("%(name)s: lot.") % {"name": line.name}]
    found = [f"{line.name}: {line.lot_fault}"] if line.lot_fault else []
    if line.measured_ul is None:
        found.append(_("%(name)s: measured volume.") % {"name": line.name})
    elif is_gross(target_ul=line.target_ul, measured_ul=line.measured_ul, tolerance_percent=line.tolerance_percent):
        found.append(
            _(
                "%(name)s: %(measured)s mL of %(target)s mL, more than %(percent)d %% off. That is another mixture: "
                "correct the volume if it was typed wrongly, else reject this preparation."
            )
            % {
                "name": line.name,
                "measured": millilitre_text(line.measured_ul),
                "target": millilitre_text(line.target_ul),
                "percent": GROSS_PERCENT,
            }
        )
    return found
