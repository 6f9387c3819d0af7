"""How much of an ingredient is in a millilitre: worked out of its concentration and its volume, exactly.

Only what is written plainly is read (5 mg/mL, 0.5 %, 1000 IU/5 mL). Of anything else the author states the strength.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

_UNITS = {"g": "g", "mg": "mg", "µg": "µg", "μg": "µg", "mcg": "µg", "iu": "IU", "u": "U", "mmol": "mmol"}
_AMOUNT = re.compile(
    r"(\d{1,7}(?:\.\d{1,4})?)\s*(g|mg|µg|μg|mcg|iu|u|mmol)\s*/\s*(\d{1,4}(?:\.\d{1,4})?)?\s*ml", re.IGNORECASE
)
_PERCENT = re.compile(r"(\d{1,2}(?:\.\d{1,4})?)\s*%(?:\s*w/v)?", re.IGNORECASE)
#: A per cent, weight in volume, is so many milligrams in a millilitre.
MG_PER_PERCENT = 10
#: Decimals of a strength that isn't finite; it says "about" then.
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount in a millilitre, with its unit."""

    amount: Fraction
    unit: str

    def __str__(self) -> str:
        scaled = self.amount * 10**DECIMALS
        number = f"{float(round(scaled)) / 10**DECIMALS:.{DECIMALS}f}".rstrip("0").rstrip(".")
        return f"{number} {self.unit}" if scaled.denominator == 1 else _("about %(amount)s %(unit)s") % {
            "amount": number, "unit": self.unit,
        }  # fmt: skip


def read_concentration(text: str) -> Measure | None:
    """Return what a millilitre of a product with the concentration `text` holds; None where it isn't plain."""
    text = text.strip()
    if found := _PERCENT.fullmatch(text):
        return Measure(Fraction(found[1]) * MG_PER_PERCENT, "mg")
    if found := _AMOUNT.fullmatch(text):
        volume_ml = Fraction(found[3]) if found[3] else Fraction(1)
        return Measure(Fraction(found[1]) / volume_ml, _UNITS[found[2].lower()]) if volume_ml else None
    return None


def strength_per_ml(concentration: str, volume_ul_per_ml: int | None) -> Measure | None:
    """Return what a millilitre of the formulation holds of an ingredient; None where it can't be worked out."""
    measure = read_concentration(concentration)
    if measure is None or volume_ul_per_ml is None:
        return None
    return Measure(measure.amount * volume_ul_per_ml / 1_000, measure.unit)


def strength_gaps(lines: Sequence[tuple[str, str, int | None]], stated: str) -> list[str]:
    """Return, in sentences, of which `lines` (name, concentration, µL per mL) the strength is neither plain nor stated.

    A line without a volume is told of elsewhere.
    """
    if stated:
        return []
    unread = [name for name, concentration, volume in lines if volume and read_concentration(concentration) is None]
    if not unread:
        return []
    return [
        _("State the strength per mL: it can't be worked out of the concentration of %(names)s.")
        % {"names": ", ".join(unread)}
    ]
