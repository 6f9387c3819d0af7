"""What a patient's history is made of: each slice, of this room and of the rooms to the right, adds its own lists.

    @patient_section(200, Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)
    def consents(actor: Actor, patient: Patient, at: datetime) -> Section: ...

A section's template is included with `part` (the section's context) and `patient`; its `id` is where the lines of the
patient's first page lead (`patients.registry.overview`, with the orders of the rooms).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.registry.models import Patient


@dataclass(frozen=True, slots=True)
class SectionAction:
    """The one thing to do from a section, shown at its head."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a patient's history."""

    id: str
    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    action: SectionAction | None = None


class _Registered(NamedTuple):
    order: int
    permissions: tuple[Permission, ...]
    build: Callable[[Actor, Patient, datetime], Section | None]


_sections: list[_Registered] = []


def patient_section[F: Callable[[Actor, Patient, datetime], Section | None]](
    order: int, *permissions: Permission
) -> Callable[[F], F]:
    """Register a section for those who hold any of `permissions`; None shows nothing."""
    if not permissions:
        raise ValueError("name who may see the section")

    def register(build: F) -> F:
        _sections.append(_Registered(order, permissions, build))
        _sections.sort(key=lambda registered: registered.order)
        return build

    return register


def sections_for(actor: Actor, patient: Patient, at: datetime) -> list[Section]:
    """Return the sections of the history of `patient` that `actor` may see, in order."""
    built = (
        registered.build(actor, patient, at)
        for registered in _sections
        if any(actor.may(permission) for permission in registered.permissions)
    )
    return [section for section in built if section is not None]
