"""Reads of the jurisdiction table in force."""

from clinic.accounts.models import Site
from clinic.kept import Kept
from protocols.decisions.states import State
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.jurisdiction.rules import Entry


def table_in_force(site: Site) -> dict[int, Entry] | None:
    """Return the entries in force at `site` by the ingredient's id, None where no table is in force; two queries."""
    if _TABLE.first(site=site.pk) is None:
        return None
    return {row.ingredient_id: Entry(row.legal_status, row.consent_line) for row in _ENTRIES.all(site=site.pk)}


_TABLE: Kept[JurisdictionTableVersion] = Kept(
    lambda site: JurisdictionTableVersion.objects.filter(site=site).active().order_by()
)
_ENTRIES: Kept[JurisdictionEntry] = Kept(
    lambda site: JurisdictionEntry.objects.filter(version__site=site, version__status=State.APPROVED).order_by()
)
