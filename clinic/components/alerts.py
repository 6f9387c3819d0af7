"""What stands beside a patient's name wherever it is shown: each room adds what it knows.

    @patient_alerts(Permission.SCREEN_PATIENTS, reported=each(...))
    def allergies(beside: Beside, reported: list[Row]) -> Iterable[Alert]: ...

Registered in the `ready()` of the room, like the pieces of a patient's page, with what it wants of the patient's row
(`clinic.pieces`). A provider is asked only on behalf of somebody with one of its permissions: whoever may not read it
is told nothing, not that there is nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Model
from django.db.models.expressions import BaseExpression

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.pieces import Piece, Values, fetch


class Alert(NamedTuple):
    """A warning that stays in sight with the patient's name: a chip of the kind `kind`; `title` says where from."""

    kind: str
    text: str
    title: str = ""


class Beside(NamedTuple):
    """Who looks, and at which patient: what an alert may know without asking for more."""

    actor: Actor
    patient: Any


_providers: list[Piece] = []


def patient_alerts[F: Callable[..., Iterable[Alert]]](
    *permissions: Permission, **wants: BaseExpression
) -> Callable[[F], F]:
    """Register a provider for those who hold any of `permissions`; it is given what it `wants` by name."""
    if not permissions:
        raise ValueError("name who may see the alerts")

    def register(provide: F) -> F:
        _providers.append(Piece(permissions=permissions, wants=wants, build=provide))
        return provide

    return register


def alert_pieces(actor: Actor) -> tuple[Piece, ...]:
    """Return what has to be fetched with a patient for `alerts_of`."""
    return tuple(piece for piece in _providers if piece.is_for(actor))


def alerts_of(beside: Beside, found: Mapping[Piece, Values]) -> list[Alert]:
    """Return the alerts in what was fetched, in the order of the rooms."""
    return [alert for piece in _providers if piece in found for alert in piece.build(beside, **found[piece])]


def alerts_about(actor: Actor, patient: Model) -> list[Alert]:
    """Return what `actor` may know of `patient` at a glance; one query, none for who may know nothing."""
    pieces = alert_pieces(actor)
    fetched = fetch(type(patient), pieces, pk=patient.pk) if pieces else None
    return alerts_of(Beside(actor, patient), fetched[1]) if fetched else []
