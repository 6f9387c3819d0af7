"""Reads of formulations, always of one site."""

from clinic.accounts.models import Site
from protocols.formulations.models import FormulationVersion, Ingredient


def active_versions(site: Site) -> list[FormulationVersion]:
    """Return the versions in force at `site`, by code, with their lines loaded: three at most, two queries."""
    versions = FormulationVersion.objects.for_site(site).active()
    return list(
        versions.select_related("formulation", "approved_by").prefetch_related("lines").order_by("formulation__code")
    )


def in_force_with(ingredient: Ingredient) -> list[FormulationVersion]:
    """Return the versions in force that hold `ingredient`."""
    versions = FormulationVersion.objects.for_site(ingredient.site).active().filter(lines__ingredient=ingredient)
    return list(versions.select_related("formulation"))
