"""Reads of documented decisions, always of one site."""

from datetime import datetime
from typing import Any, cast

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
    """Return what the next version of a single document begins from: the latest approved one, else the newest.

    One that is approved for a day to come is later than the one in force.
    """
    versions = model.objects.for_site(site)
    in_force = active(model, site)
    to_come = _approved_to_come(versions, after=in_force.number if in_force is not None else 0)
    if to_come is not None or in_force is not None:
        return to_come or in_force
    return cast("D | None", versions.prefetch_related(*model.all_parts()).order_by("-number").first())


def latest_approved[D: Decision](version: D) -> D:
    """Return what the next version begins from where `version` was opened: itself, unless a later one is approved.

    That is so while `version` is in force and a later one is approved for a day to come: a copy of it would undo that.
    """
    if not version.is_active:
        return version
    to_come = _approved_to_come(version.of_same_document().named(), after=version.number)
    return version if to_come is None else to_come


def _approved_to_come(versions: Any, *, after: int) -> Any:
    """Return the newest of `versions` that is approved for a day to come, later than number `after`, parts loaded."""
    found = versions.filter(status=State.IN_REVIEW, approval_signature__isnull=False, number__gt=after)
    return found.prefetch_related(*versions.model.all_parts()).order_by("-number").first()


def in_force_before[D: Decision](version: D) -> D | None:
    """Return the version that `version` would replace or follows: the last one approved before it, parts loaded."""
    versions = version.of_same_document().named().filter(approved_at__isnull=False).exclude(pk=version.pk)
    if version.approved_at is not None:
        versions = versions.filter(approved_at__lt=version.approved_at)
    versions = versions.prefetch_related(*version.all_parts())
    return cast("D | None", versions.order_by("-approved_at").first())
