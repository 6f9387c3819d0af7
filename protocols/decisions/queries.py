"""Reads of documented decisions, always of one site."""

from datetime import datetime
from typing import cast

from clinic import clock
from clinic.accounts.models import Site
from protocols.decisions.models import Decision
from protocols.decisions.states import State


def active[D: Decision](model: type[D], site: Site) -> D | None:
    """Return the version of `model` in force at `site`, its parts loaded; None when there is none.

    For a kind of which several are in force (formulations) see `protocols.formulations.queries`.
    """
    versions = model.objects.for_site(site).active().select_related("author", "approved_by")
    versions = versions.prefetch_related(*model.all_parts())
    return cast("D | None", versions.first())


def due_to_take_effect(site: Site, at: datetime) -> list[Decision]:
    """Return the versions of `site` that were approved for a day that is there at `at`; a query for each kind."""
    today = clock.local(at, site).date()
    found: list[Decision] = []
    for model in Decision.__subclasses__():
        found += model.objects.for_site(site).filter(
            status=State.IN_REVIEW, approval_signature__isnull=False, effective_from__lte=today
        )
    return found


def begun_from[D: Decision](model: type[D], site: Site) -> D | None:
    """Return what the next version of a single document begins from: the one in force, else the newest."""
    in_force = active(model, site)
    if in_force is not None:
        return in_force
    versions = model.objects.for_site(site).order_by("-number")
    versions = versions.prefetch_related(*model.all_parts())
    return cast("D | None", versions.first())


def in_force_before[D: Decision](version: D) -> D | None:
    """Return the version that `version` would replace or follows: the last one approved before it, parts loaded."""
    versions = version.of_same_document().named().filter(approved_at__isnull=False).exclude(pk=version.pk)
    if version.approved_at is not None:
        versions = versions.filter(approved_at__lt=version.approved_at)
    versions = versions.prefetch_related(*version.all_parts())
    return cast("D | None", versions.order_by("-approved_at").first())
