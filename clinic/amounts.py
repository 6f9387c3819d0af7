"""Amounts as people read them."""

from decimal import Decimal

MICROLITRES_PER_ML = 1_000


def millilitre_text(volume_ul: int) -> str:
    """Return whole microlitres as mL with the exact decimals, two at least: 1180 is "1.18"."""
    text = format(Decimal(volume_ul) / MICROLITRES_PER_ML, ".3f")
    return text.removesuffix("0")


def millilitre_column(volume_ul: int) -> str:
    """Return whole microlitres as mL with three decimals always: in a column of figures the points then align."""
    return format(Decimal(volume_ul) / MICROLITRES_PER_ML, ".3f")
