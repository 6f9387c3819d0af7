"""Start-up checks: a clinic that could leak or lose something doesn't start."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
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


@register(Tags.database)
def database_is_there(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database that can't be opened, and warn of one that isn't up to date with this version.

    Only `check --database` asks this, as `bin/manage check` does, and `migrate`, for which out of date is no fault.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        try:
            executor = MigrationExecutor(connection)
        except DatabaseError as error:
            first = str(error).strip().partition("\n")[0]
            found.append(Error(f"The database can't be opened: {first}", id="clinic.E006"))
        else:
            waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            if waiting:
                told = f"The database isn't up to date: {waiting} migrations of this version aren't in it yet."
                hint = "bin/run brings it up to date, and so does bin/manage migrate."
                found.append(Caution(told, hint=hint, id="clinic.W001"))
    return found
