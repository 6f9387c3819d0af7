"""Start-up checks: a clinic that could leak or lose something doesn't start."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from clinic import clock
from clinic.accounts.access import access_of

#: What says that the clinic brings its own key for the seal.
_KEY_SETTINGS = ("CLINIC_SEAL_PKCS12", "CLINIC_SEAL_PKCS12_PASSPHRASE_FILE", "CLINIC_SIGNING_KEY")


def walk_urls(patterns: Sequence[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield the route and pattern of every view of the project."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk_urls(entry.url_patterns, route)
        else:
            yield route, entry


@register()
def every_view_declares_access(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a view that doesn't say who may open it."""
    return [
        Error(
            f"The view at /{route} doesn't say who may open it.",
            hint="Decorate it with @access(Permission....), @signed_in or @public.",
            id="clinic.E001",
        )
        for route, pattern in walk_urls()
        if access_of(pattern.callback) is None
    ]


@register(deploy=True)
def clock_is_real(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a moved clock on a server."""
    if settings.CLOCK_FILE and settings.HTTPS:
        return [Error("CLINIC_CLOCK_FILE moves the clinic's clock; it is for tests only.", id="clinic.E002")]
    return []


@register()
def seal_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a key for the seal that can't be opened or has expired, and a time-stamp service without an address."""
    faults: list[CheckMessage | None] = []
    if any(os.environ.get(name) for name in _KEY_SETTINGS):
        # pyHanko takes a quarter of a second to load: only a clinic that brings its own key pays for it.
        from clinic.documents.keys import key_fault

        faults.append(Error(fault, id="clinic.E004") if (fault := key_fault(at=clock.now())) else None)
    if os.environ.get("CLINIC_TIMESTAMP_URL"):
        from clinic.documents.timestamps import timestamp_fault

        faults.append(Error(fault, id="clinic.E005") if (fault := timestamp_fault()) else None)
    return [fault for fault in faults if fault is not None]
