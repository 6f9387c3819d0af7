"""How a preparation departed from its formulation.

A deviation doesn't stop the signature: its reason is recorded with it, and the weekly audit decides about it. A gross
one does, since what was mixed isn't the approved formulation any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text
from sessions.preparation.models import DeviationKind
from sessions.preparation.volumes import departure, percent_text

#: A signature so long after the last volume was recorded is late. A proposal that the clinic must confirm.
LATE_AFTER = timedelta(hours=1)
#: An ingredient further than this from its target, and beyond its tolerance, makes another mixture. A proposal that the
#: clinic must confirm.
GROSS_PERCENT = 25


@dataclass(frozen=True, slots=True)
class Measurement:
    """One ingredient as measured, in the order of adding.

    `other_product` is the product that it was taken from where the formulation doesn't allow it, "" where it does.
    """

    ordinal: int
    name: str
    target_ul: int
    measured_ul: int
    tolerance_percent: Decimal
    measured_at: datetime
    other_product: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A deviation; `ordinal` is the line's, None for the preparation as a whole."""

    kind: DeviationKind
    ordinal: int | None
    permille: Decimal | None
    detail: str


def deviations(measurements: Sequence[Measurement], *, finished_at: datetime) -> list[Found]:
    """Return every deviation of a preparation whose lines were all measured, line by line, then the whole."""
    found = []
    for measurement in measurements:
        found += [*_volume(measurement), *_product(measurement), *_order(measurement, measurements)]
    last = max(measurement.measured_at for measurement in measurements)
    if finished_at - last > LATE_AFTER:
        minutes = int((finished_at - last).total_seconds()) // 60
        found.append(
            Found(
                DeviationKind.LATE, None, None,
                _("Signed %(hours)d h %(minutes)02d min after the last volume was recorded")
                % {"hours": minutes // 60, "minutes": minutes % 60},
            )
        )  # fmt: skip
    return found


def is_gross(*, target_ul: int, measured_ul: int, tolerance_percent: Decimal) -> bool:
    """Whether an ingredient lies so far from its target that the preparation can't be signed, only rejected."""
    off = departure(target_ul=target_ul, measured_ul=measured_ul, tolerance_percent=tolerance_percent)
    return not off.within and abs(off.fraction) * 100 > GROSS_PERCENT


def deviation_words(measurement: Measurement) -> str:
    """Return how far a measured volume lies from its target, in words: "0.060 mL (+4.80 %) too much"."""
    off = departure(
        target_ul=measurement.target_ul,
        measured_ul=measurement.measured_ul,
        tolerance_percent=measurement.tolerance_percent,
    )
    values = {"volume": millilitre_text(abs(off.difference_ul)), "percent": percent_text(off.percent)}
    if off.difference_ul > 0:
        return _("%(volume)s mL too much (%(percent)s)") % values
    return _("%(volume)s mL too little (%(percent)s)") % values


def _volume(measurement: Measurement) -> list[Found]:
    off = departure(
        target_ul=measurement.target_ul,
        measured_ul=measurement.measured_ul,
        tolerance_percent=measurement.tolerance_percent,
    )
    if off.within:
        return []
    detail = _("%(name)s: %(words)s, tolerance ± %(tolerance)s %%") % {
        "name": measurement.name,
        "words": deviation_words(measurement),
        "tolerance": measurement.tolerance_percent,
    }
    return [Found(DeviationKind.VOLUME, measurement.ordinal, off.permille, detail)]


def _product(measurement: Measurement) -> list[Found]:
    if not measurement.other_product:
        return []
    detail = _("%(name)s: %(product)s isn't among the allowed products") % {
        "name": measurement.name,
        "product": measurement.other_product,
    }
    return [Found(DeviationKind.PRODUCT, measurement.ordinal, None, detail)]


def _order(measurement: Measurement, measurements: Sequence[Measurement]) -> list[Found]:
    later = [
        other for other in measurements
        if other.ordinal < measurement.ordinal and other.measured_at > measurement.measured_at
    ]  # fmt: skip
    if not later:
        return []
    detail = _("%(name)s was measured before %(other)s, which goes in first") % {
        "name": measurement.name,
        "other": later[0].name,
    }
    return [Found(DeviationKind.ORDER, measurement.ordinal, None, detail)]
