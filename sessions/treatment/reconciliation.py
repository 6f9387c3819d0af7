"""Prepared = injected + wasted + remaining, to the microlitre; and each zone within the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.amounts import millilitre_text


@dataclass(frozen=True, slots=True)
class ZoneVolume:
    """Points and microlitres at each of them, in one zone."""

    name: str
    points: int
    volume_per_site_ul: int

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


def volume_faults(zones: Sequence[ZoneVolume], *, least_ul: int, most_ul: int) -> list[str]:
    """Return a sentence for each zone whose volume per site lies outside the protocol (both bounds allowed)."""
    return [
        _("%(zone)s: %(volume)s mL per site is outside the protocol's %(least)s to %(most)s mL.")
        % {
            "zone": zone.name,
            "volume": millilitre_text(zone.volume_per_site_ul),
            "least": millilitre_text(least_ul),
            "most": millilitre_text(most_ul),
        }
        for zone in zones
        if not least_ul <= zone.volume_per_site_ul <= most_ul
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
