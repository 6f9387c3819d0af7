"""Prepared = injected + wasted + remaining, to the microlitre; and what departs from the protocol's volume per site."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text

#: What a needle can leave at one site: less can't be measured, more is a slip of the decimal point.
LEAST_PER_SITE_UL, MOST_PER_SITE_UL = 10, 500
#: A reason says something: a single letter or a dash doesn't.
LEAST_REASON = 3


@dataclass(frozen=True, slots=True)
class ZoneVolume:
    """Points and microlitres at each of them, in one zone; why, where that departs from the protocol."""

    name: str
    points: int
    volume_per_site_ul: int
    reason: str = ""

    @property
    def total_ul(self) -> int:
        """Microlitres in the zone."""
        return self.points * self.volume_per_site_ul


def injected_ul(zones: Sequence[ZoneVolume]) -> int:
    """Return the microlitres injected in all zones."""
    return sum(zone.total_ul for zone in zones)


def unaccounted_ul(*, start_ul: int, zones: Sequence[ZoneVolume], wasted_ul: int, remaining_ul: int) -> int:
    """Return what the record doesn't account for, in microlitres; negative when it accounts for too much."""
    return start_ul - injected_ul(zones) - wasted_ul - remaining_ul


def is_outside(volume_per_site_ul: int, *, least_ul: int, most_ul: int) -> bool:
    """Whether a volume per site lies outside of the protocol; both bounds are allowed."""
    return not least_ul <= volume_per_site_ul <= most_ul


def deviation(zone: ZoneVolume, *, least_ul: int, most_ul: int) -> str:
    """Return, in a sentence, that the volume per site lies outside of the protocol; "" when it doesn't."""
    if not is_outside(zone.volume_per_site_ul, least_ul=least_ul, most_ul=most_ul):
        return ""
    return _("%(zone)s: %(volume)s mL per site is outside the protocol's %(least)s to %(most)s mL.") % {
        "zone": zone.name,
        "volume": millilitre_text(zone.volume_per_site_ul),
        "least": millilitre_text(least_ul),
        "most": millilitre_text(most_ul),
    }


def unexplained(zones: Sequence[ZoneVolume], *, least_ul: int, most_ul: int) -> list[str]:
    """Return a sentence for each deviation from the protocol's volume per site that has no reason yet."""
    return [
        _("%(deviation)s Say why.") % {"deviation": said}
        for zone in zones
        if len(zone.reason.strip()) < LEAST_REASON and (said := deviation(zone, least_ul=least_ul, most_ul=most_ul))
    ]


def balance_fault(*, start_ul: int, zones: Sequence[ZoneVolume], wasted_ul: int, remaining_ul: int) -> str:
    """Return "" when every microlitre is accounted for, else a sentence that says what is missing."""
    difference = unaccounted_ul(start_ul=start_ul, zones=zones, wasted_ul=wasted_ul, remaining_ul=remaining_ul)
    if difference == 0:
        return ""
    amounts = {
        "difference": millilitre_text(abs(difference)),
        "start": millilitre_text(start_ul),
        "injected": millilitre_text(injected_ul(zones)),
        "wasted": millilitre_text(wasted_ul),
        "remaining": millilitre_text(remaining_ul),
    }
    if difference > 0:
        return (
            _(
                "%(difference)s mL aren't accounted for: the vial held %(start)s mL; injected %(injected)s, "
                "wasted %(wasted)s, left %(remaining)s."
            )
            % amounts
        )
    return (
        _(
            "%(difference)s mL too much: the vial held %(start)s mL; injected %(injected)s, wasted %(wasted)s, "
            "left %(remaining)s."
        )
        % amounts
    )
