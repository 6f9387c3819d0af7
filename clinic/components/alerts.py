"""What stands beside a patient's name wherever it is shown: each room adds what it knows.

    @patient_alerts(Permission.SCREEN_PATIENTS)
    def allergies(actor: Actor, patient: Any) -> Iterable[Alert]: ...

Registered in the `ready()` of the room, like the sections of a patient's page. Each provider does a constant number of
queries, and is asked only on behalf of somebody with one of its permissions: whoever may not read it is told nothing,
not that there is nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission


class Alert(NamedTuple):
    """A warning that stays in sight with the patient's name: a chip of the kind `kind`; `title` says where from."""

    kind: str
    text: str
    title: str = ""


class _Registered(NamedTuple):
    permissions: tuple[Permission, ...]
    provide: Callable[[Actor, Any], Iterable[Alert]]


_providers: list[_Registered] = []


def patient_alerts[F: Callable[[Actor, Any], Iterable[Alert]]](*permissions: Permission) -> Callable[[F], F]:
    """Register a provider for those who hold any of `permissions`."""
    if not permissions:
        raise ValueError("name who may see the alerts")

    def register(provide: F) -> F:
        _providers.append(_Registered(permissions, provide))
        return provide

    return register


def alerts_about(actor: Actor, patient: Any) -> list[Alert]:
    """Return what `actor` may know of `patient` at a glance, in the order of the rooms."""
    return [
        alert
        for registered in _providers
        if any(actor.may(permission) for permission in registered.permissions)
        for alert in registered.provide(actor, patient)
    ]
