"""From relative centrifugal force to the speed that a centrifuge is set to, and back."""

import math

#: RCF = 1.118e-5 x r x rpm^2, with r in cm (the standard conversion).
_FACTOR = 1.118e-5


def rpm_for(force_g: int, radius_mm: int) -> int:
    """Return the revolutions per minute that give `force_g` at `radius_mm`; ValueError unless both are positive."""
    if force_g <= 0 or radius_mm <= 0:
        raise ValueError("force and radius are positive")
    return round(math.sqrt(force_g / (_FACTOR * radius_mm / 10)))


def force_of(rpm: int, radius_mm: int) -> int:
    """Return the relative centrifugal force in g at `rpm` and `radius_mm`; ValueError unless both are positive."""
    if rpm <= 0 or radius_mm <= 0:
        raise ValueError("speed and radius are positive")
    return round(_FACTOR * radius_mm / 10 * rpm**2)
