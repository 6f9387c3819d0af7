"""What a patient's page is made of: each slice, of this room and of the rooms to the right, adds its own section.

    @patient_section(300, Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)
    def consents(actor: Actor, patient: Patient, at: datetime) -> Section: ...

A section's template is included with `part` (the section's context) and `patient`. A section may be a step of the way
to the first session too; the page joins the steps in the order of the sections and says which one is next. This room's
own orders: 100 intake, 200 checklists, 300 consent, 400 photographs, 900 what is reported, 950 documents; the plan of
treatment, to the right, takes 500 and on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.flow import Step
from patients.registry.models import Patient


@dataclass(frozen=True, slots=True)
class SectionAction:
    """The one thing to do from a section, shown at its head."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class WayStep:
    """A step on the way to the first session: whether it is done, and what to do, in one sentence, while it isn't.

    A step that is `stopped` halts the way: the steps after it aren't offered. One that `ends` it closes it: no section
    offers what it would refuse.
    """

    label: str
    done: bool
    sentence: str = ""
    url: str = ""
    action: str = ""
    stopped: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a patient's page; without a template it is a step of the way only."""

    title: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    action: SectionAction | None = None
    step: WayStep | None = None


class _Registered(NamedTuple):
    order: int
    permissions: tuple[Permission, ...]
    build: Callable[[Actor, Patient, datetime], Section | None]
    step: bool


_sections: list[_Registered] = []


def patient_section[F: Callable[[Actor, Patient, datetime], Section | None]](
    order: int, *permissions: Permission, step: bool = False
) -> Callable[[F], F]:
    """Register a section for those who hold any of `permissions`; None shows nothing.

    `step` says that the section is a step of the way to the first session.
    """
    if not permissions:
        raise ValueError("name who may see the section")

    def register(build: F) -> F:
        _sections.append(_Registered(order, permissions, build, step))
        _sections.sort(key=lambda registered: registered.order)
        return build

    return register


def sections_for(actor: Actor, patient: Patient, at: datetime) -> list[Section]:
    """Return the sections of the page of `patient` that `actor` may see, in order."""
    built = (
        registered.build(actor, patient, at)
        for registered in _sections
        if any(actor.may(permission) for permission in registered.permissions)
    )
    return [section for section in built if section is not None]


def without_refused(sections: list[Section]) -> list[Section]:
    """Return `sections`, those after a step that ends the way without the action that is their own step of it."""
    shown: list[Section] = []
    ended = False
    for section in sections:
        of_the_way = section.action and section.step and section.action.url == section.step.url
        shown.append(replace(section, action=None) if ended and of_the_way else section)
        ended = ended or bool(section.step and section.step.ends)
    return shown


def sees_the_way(actor: Actor) -> bool:
    """Whether `actor` sees every step of the way: whoever sees a part of it would be told a wrong next step."""
    return all(
        any(actor.may(permission) for permission in registered.permissions)
        for registered in _sections
        if registered.step
    )


def way(sections: list[Section]) -> tuple[list[Step], WayStep | None]:
    """Return the steps for the stepper, and the step that is next (None when all is done, or nothing is known)."""
    steps: list[Step] = []
    following: WayStep | None = None
    for step in (section.step for section in sections if section.step is not None):
        halted = following is not None
        if step.done:
            state = "done"
        elif halted:
            state = "todo"
        else:
            state = "stopped" if step.stopped else "current"
        steps.append(Step(step.label, state, "" if halted else step.url))
        if not step.done and following is None:
            following = step
    return steps, following
