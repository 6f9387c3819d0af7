"""What the verbs of the injection map share: an entry as it is typed, its bounds, and the session's last injection."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic import clock
from clinic.amounts import millilitre_text
from clinic.errors import Refused, StaleWrite
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
from sessions.treatment.reconciliation import LEAST_PER_SITE_UL, MOST_PER_SITE_UL, is_outside

#: What a session knows since its last injection.
INJECTED = ("injected_at", "on", "checklist", "consent", "baseline_photos", "papers")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is typed of one entry; `reason` says why its volume departs from the protocol's."""

    zone: Zone
    points: int
    volume_per_site_ul: int
    reason: str = ""

    @property
    def total_ul(self) -> int:
        """Microlitres injected by it."""
        return self.points * self.volume_per_site_ul


def the_same(made: InjectionZone, entry: Entry) -> InjectionZone:
    """Return what the form made before, when it says the same."""
    if (made.zone, made.points, made.volume_per_site_ul) == (entry.zone, entry.points, entry.volume_per_site_ul):
        return made
    raise StaleWrite(
        _("This form was recorded already, as %(row)s. Send it again to add a further row, or change that one.")
        % {"row": f"{made.get_zone_display()}, {made.points} × {millilitre_text(made.volume_per_site_ul)} mL"}
    )


def fields_of(row: TreatmentSession, entry: Entry) -> dict[str, str | int]:
    """Return the columns of an entry; a volume within the protocol has no reason."""
    protocol = row.protocol_version
    outside = is_outside(
        entry.volume_per_site_ul, least_ul=protocol.site_volume_min_ul, most_ul=protocol.site_volume_max_ul
    )
    return {
        "zone": entry.zone,
        "points": entry.points,
        "volume_per_site_ul": entry.volume_per_site_ul,
        "deviation_reason": entry.reason.strip() if outside else "",
    }


def total_ul_of(row: TreatmentSession) -> int:
    """Return the microlitres of all entries of `row`."""
    return sum(saved.total_ul for saved in row.zones.all())


def refuse_amount(row: TreatmentSession, entry: Entry, *, others_ul: int) -> None:
    """Raise Refused for a volume that no needle leaves, and when the vial held less."""
    if not LEAST_PER_SITE_UL <= entry.volume_per_site_ul <= MOST_PER_SITE_UL:
        raise Refused(
            _("The volume per site must be from %(least)s to %(most)s mL.")
            % {"least": millilitre_text(LEAST_PER_SITE_UL), "most": millilitre_text(MOST_PER_SITE_UL)},
            field="volume_per_site",
        )
    if row.vial_start_ul is None or entry.total_ul + others_ul > row.vial_start_ul:
        raise _more_than_held(row, entry, others_ul=others_ul)


def _more_than_held(row: TreatmentSession, entry: Entry, *, others_ul: int) -> Refused:
    """Return the refusal of more than the vial held: at the volume, when that is outside of the protocol."""
    protocol = row.protocol_version
    least_ul, most_ul = protocol.site_volume_min_ul, protocol.site_volume_max_ul
    told = {
        "points": entry.points, "volume": millilitre_text(entry.volume_per_site_ul),
        "total": millilitre_text(entry.total_ul), "held": millilitre_text((row.vial_start_ul or 0) - others_ul),
    }  # fmt: skip
    said = _("%(points)s × %(volume)s mL are %(total)s mL, more than the vial held for them: %(held)s mL.") % told
    if is_outside(entry.volume_per_site_ul, least_ul=least_ul, most_ul=most_ul):
        asked = {"least": millilitre_text(least_ul), "most": millilitre_text(most_ul)}
        words = _("Look at the volume again: the protocol says %(least)s to %(most)s mL per site.") % asked
        return Refused(f"{said} {words}", field="volume_per_site")
    return Refused(f"{said} {_('Count the points again.')}", field="points")


def keep_last_injection(row: TreatmentSession) -> None:
    """Let the session know of its last injection what the entry knows that was given last; its fields are `INJECTED`.

    Where nothing is left, it knows of none. Entries from before that was kept leave it as it is.
    """
    entries = list(row.zones.all())
    if not entries:
        row.injected_at, row.papers, row.checklist, row.consent = None, {}, None, None
        return
    given = [(entry.given_at, entry.pk, entry.papers) for entry in entries if entry.given_at and entry.papers]
    if given:
        row.injected_at, _number, row.papers = max(given, key=lambda one: one[:2])
        row.on = clock.local(row.injected_at, row.site).date()
        row.checklist_id, row.consent_id = row.papers["checklist"], row.papers["consent"]
