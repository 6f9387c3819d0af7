"""When the lines of a formulation are complete: a pure rule over roles and volumes."""

from collections.abc import Sequence

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
