"""What needs doing: rooms register what they know, *Today* shows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission


class Urgency(IntEnum):
    """How much something presses; the lower, the sooner."""

    STOPPED = 0
    OVERDUE = 1
    DUE_NOW = 2
    TODAY = 3
    SOON = 4
    DONE = 5


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that somebody has to do, and where it is done."""

    urgency: Urgency
    title: str
    detail: str
    action: str
    url: str
    chip: str
    due_at: datetime | None = None
    group: str = "work"


class _Provider(NamedTuple):
    permissions: tuple[Permission, ...]
    find: Callable[[Actor, datetime], Iterable[WorkItem]]


_providers: list[_Provider] = []


def worklist[F: Callable[[Actor, datetime], Iterable[WorkItem]]](*permissions: Permission) -> Callable[[F], F]:
    """Register a function `(actor, at) -> items` for those who hold any of `permissions`.

    A provider does a constant number of queries, each of them kept (`clinic.kept`), and returns at most 50 items.
    """

    def register(find: F) -> F:
        _providers.append(_Provider(permissions, find))
        return find

    return register


def work_for(actor: Actor, at: datetime) -> list[WorkItem]:
    """Return what `actor` has to do, most urgent first, then by time, then by title."""
    items: list[WorkItem] = []
    for provider in _providers:
        if any(actor.may(permission) for permission in provider.permissions):
            items.extend(provider.find(actor, at))
    return sorted(items, key=lambda item: (item.urgency, item.due_at.timestamp() if item.due_at else 0, item.title))
