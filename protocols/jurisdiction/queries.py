"""Reads of the jurisdiction table in force."""

from clinic.accounts.models import Site
from protocols.decisions.states import State
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.jurisdiction.rules import Entry


def table_in_force(site: Site) -> dict[int, Entry] | None:
    """Return the entries in force at `site` by the ingredient's id, None where no table is in force; two queries."""
    if not JurisdictionTableVersion.objects.for_site(site).active().exists():
        return None
    rows = JurisdictionEntry.objects.filter(version__site=site, version__status=State.APPROVED)
    return {
        row["ingredient_id"]: Entry(row["legal_status"], row["consent_line"])
        for row in rows.order_by().values("ingredient_id", "legal_status", "consent_line")
    }
