"""What every page shows: who, where, and the way to the rooms."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.accounts.entries import entry_mark
from clinic.accounts.permissions import Permission


class NavEntry(NamedTuple):
    """One entry of the navigation: what it is called, where it leads, who sees it, which paths it covers."""

    label: Promise
    url_name: str
    permissions: tuple[Permission, ...]
    prefix: str


NAVIGATION = (
    NavEntry(_("Today"), "today", (), "/today"),
    NavEntry(_("Patients"), "patient_list", (Permission.VIEW_PATIENTS,), "/patients"),
    NavEntry(_("Preparation"), "preparation_list", (Permission.VIEW_PREPARATIONS,), "/preparation"),
    NavEntry(_("Sessions"), "session_list", (Permission.VIEW_SESSIONS,), "/sessions"),
    NavEntry(_("Protocols"), "protocol_list", (Permission.VIEW_PROTOCOLS,), "/protocols"),
    NavEntry(_("Documents"), "document_list", (Permission.VIEW_DOCUMENTS,), "/documents"),
    NavEntry(_("Audit"), "audit_home", (Permission.VIEW_AUDIT,), "/audit"),
    NavEntry(_("Staff"), "staff_list", (Permission.MANAGE_STAFF,), "/staff"),
    NavEntry(_("Record trail"), "trail_list", (Permission.VIEW_TRAIL,), "/trail"),
)


def clinic(request: HttpRequest) -> dict[str, Any]:
    """Give templates `actor`, `site`, `sites`, `nav`, what the request is known by, and what the reader may do.

    `handles_alerts` says whether the reader may open the page of alerts, `manages` whether they manage the staff: then
    they can end that a clinic is read only, and their menu leads to the gallery of components, which is anybody's by
    its address, but nothing to treat a patient by.
    """
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {
        "actor": actor,
        "site": actor.site if actor else None,
        "sites": actor.sites if actor else (),
        "request_number": getattr(request, "request_id", ""),
        "nav": [],
        "entry_mark": entry_mark(request.user) if hasattr(request, "user") else "",
        "opened_site": str(actor.site.pk) if actor else "",
        "handles_alerts": actor is not None and actor.may(Permission.HANDLE_ALERTS),
        "manages": actor is not None and actor.may(Permission.MANAGE_STAFF),
    }
    if actor is None:
        return context
    context["nav"] = [
        {"label": label, "url": url, "current": request.path.startswith(prefix), "count": None}
        for label, url, prefix in _entries(actor.permissions, get_language())
    ]
    return context


@lru_cache(maxsize=256)
def _entries(held: frozenset[Permission], language: str | None) -> tuple[tuple[str, str, str], ...]:
    """Return label, address and prefix of each entry for whoever holds these permissions, in `language`."""
    return tuple(
        (str(entry.label), reverse(entry.url_name), entry.prefix)
        for entry in NAVIGATION
        if not entry.permissions or held.intersection(entry.permissions)
    )
