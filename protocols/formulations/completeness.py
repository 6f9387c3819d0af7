"""When the lines of a formulation are complete: a pure rule over roles and volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: A formulation is written down for one millilitre.
UL_PER_ML = 1_000


def volume_gap_ul(volumes_ul: Sequence[int]) -> int:
    """Return how many microlitres are missing to one millilitre; negative when there are too many."""
    return UL_PER_ML - sum(volumes_ul)


def volume_gap_text(volumes_ul: Sequence[int]) -> str:
    """Return a sentence about the sum of the lines, or "" when they make exactly one millilitre."""
    gap = volume_gap_ul(volumes_ul)
    if gap == 0:
        return ""
    told = {"sum": sum(volumes_ul), "gap": abs(gap)}
    if gap > 0:
        return _("The lines make %(sum)s µL of 1000 µL per mL: %(gap)s µL are missing.") % told
    return _("The lines make %(sum)s µL of 1000 µL per mL: %(gap)s µL are too many.") % told


@dataclass(frozen=True, slots=True)
class Written:
    """What a line of a draft says so far; the ingredient is always there."""

    ingredient: str
    role: str
    volume_ul_per_ml: int | None
    tolerance_percent: Decimal | None


def unsaid(said: Sequence[tuple[str, object]]) -> list[str]:
    """Return a sentence for each pair of name and value without a value."""
    return [_("Not given yet: %(name)s.") % {"name": name} for name, value in said if value in (None, "")]


def line_gaps(lines: Sequence[Written]) -> list[str]:
    """Return a sentence for each line that isn't whole."""
    told = []
    for number, line in enumerate(lines, start=1):
        parts = (
            (_("role"), line.role), (_("µL per mL"), line.volume_ul_per_ml), (_("tolerance"), line.tolerance_percent)
        )  # fmt: skip
        if missing := [name for name, value in parts if value in (None, "")]:
            told.append(
                _("Line %(number)s, %(name)s: %(missing)s not given yet.")
                % {"number": number, "name": line.ingredient, "missing": ", ".join(missing)}
            )
    return told


def recipe_gaps(lines: Sequence[tuple[str, int]]) -> list[str]:
    """Return what is missing in `lines`, pairs of role and microlitres per millilitre, in sentences.

    The volumes make exactly 1000 µL per mL, and an active ingredient is among them: a vehicle alone treats
    nothing.
    """
    if not lines:
        return [_("The formulation has no ingredient yet. Add its lines.")]
    gaps = [text] if (text := volume_gap_text([volume for _role, volume in lines])) else []
    if not any(role == "active" for role, _volume in lines):
        gaps.append(
            ngettext(
                "The one line isn't an active ingredient. Add one.",
                "None of the %(count)s lines is an active ingredient. Add one.",
                len(lines),
            )
            % {"count": len(lines)}
        )
    return gaps
