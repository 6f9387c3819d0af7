"""The worked example of a formulation: computed from its lines, so that it can't say anything else.

An ingredient's volume is its µL per mL times the batch in mL. A batch whose volumes would need parts of a microlitre
is no example, since none is prepared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text
from protocols.formulations.completeness import UL_PER_ML


@dataclass(frozen=True, slots=True)
class Portion:
    """An ingredient of the example; `volume_ul` is its volume in the batch."""

    name: str
    ul_per_ml: int
    volume_ul: int


def step_ul(volumes_ul_per_ml: Sequence[int]) -> int:
    """Return the step in microlitres between batches whose volumes are all whole."""
    return UL_PER_ML // gcd(UL_PER_ML, *volumes_ul_per_ml)


def example_batch_ul(
    named_ul: int | None, volumes_ul_per_ml: Sequence[int], *, bounds_ul: tuple[int | None, int | None]
) -> int | None:
    """Return the batch of the example: the one named, else the smallest allowed whose volumes are whole; None for none.

    `bounds_ul` are the smallest and the largest batch.
    """
    if named_ul is not None:
        return named_ul
    low, high = bounds_ul
    if low is None or high is None or not volumes_ul_per_ml:
        return None
    step = step_ul(volumes_ul_per_ml)
    found = -(-low // step) * step
    return found if found <= high else None


def portions(lines: Sequence[tuple[str, int]], batch_ul: int) -> list[Portion]:
    """Return the volumes of `lines`, pairs of name and µL per mL, in a batch; none where one of them isn't whole."""
    found = [(name, volume, batch_ul * volume) for name, volume in lines]
    if any(product % UL_PER_ML for _name, _volume, product in found):
        return []
    return [Portion(name, volume, product // UL_PER_ML) for name, volume, product in found]


def example_gaps(
    named_ul: int | None, volumes_ul_per_ml: Sequence[int], *, bounds_ul: tuple[int | None, int | None]
) -> list[str]:
    """Return, in sentences, why the batch named is no example; nothing where none is named."""
    if named_ul is None or not volumes_ul_per_ml:
        return []
    low, high = bounds_ul
    named = {"batch": millilitre_text(named_ul)}
    if low is not None and high is not None and not low <= named_ul <= high:
        return [_("The worked example of %(batch)s mL is no batch that may be made. Name another volume.") % named]
    step = step_ul(volumes_ul_per_ml)
    if named_ul % step:
        return [
            _("The worked example of %(batch)s mL would need parts of a microlitre. Name a multiple of %(step)s mL.")
            % {**named, "step": millilitre_text(step)}
        ]
    return []
