"""Verifies the trail of the clinic's own database, while the clinic goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from clinic.canonical import plain
from clinic.trail.models import TrailEvent
from clinic.trail.verifier import (
    COLUMNS,
    Entry,
    Fault,
    Finding,
    Head,
    Noted,
    Report,
    content_fault,
    read_database,
    verify,
)

__all__ = ["Fault", "Finding", "Noted", "Report", "as_entry", "entry_fault", "snapshot", "verify_chain", "verify_trail"]


@contextmanager
def snapshot() -> Iterator[tuple[list[Head], Iterator[Entry]]]:
    """Yield the ends and the entries as they are now; what is added in the block isn't seen.

    Inside a transaction that is open already, they are what that transaction sees.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.ensure_connection()
        yield read_database(connection.connection)


def verify_trail(noted: Noted | None = None) -> Report:
    """Read every chain again and compare it with its end, and with what was `noted` elsewhere."""
    with snapshot() as (heads, entries):
        return verify(heads, entries, noted)


def verify_chain(noted: Noted | None = None) -> Finding | None:
    """Return the first finding of all chains, None when they are whole."""
    return next(iter(verify_trail(noted).findings), None)


def entry_fault(event: TrailEvent) -> Fault | None:
    """Return what is wrong with one entry by itself: its content or columns aren't what was hashed.

    Whether it stands in the chain where it should, and whether the chain is whole, `verify_trail` says.
    """
    found = content_fault(as_entry(event))
    return found[0] if found else None


def as_entry(event: TrailEvent) -> Entry:
    """Return an entry's row as the verifier reads it."""
    columns: dict[str, Any] = {
        name: plain(getattr(event, f"{name}_id" if name in _KEYS else name)) for name in ("epoch", "seq", *COLUMNS)
    }
    return columns | {"body": event.body, "prev_hash": event.prev_hash, "hash": event.hash}


_KEYS = {"actor", "site", "patient"}
