"""The kinds of records that entries are about, as people know them: a room registers its own.

An entry names its record's table. There are some hundred of these, and nobody knows most: a photograph and the set that
it is in, an answer and its checklist are one kind to whoever looks for them. What belongs to none is found as
"everything else".
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

#: The kind of whatever belongs to no other.
ELSE = "else"


class _Kind(NamedTuple):
    name: Promise
    models: tuple[str, ...]


_kinds: dict[str, _Kind] = {}


def known_as(kinds: Mapping[str, tuple[Promise, tuple[str, ...]]]) -> None:
    """Register kinds by a word for the address: the name that people know, and the labels of its models."""
    _kinds.update({key: _Kind(name, models) for key, (name, models) in kinds.items()})


def kinds() -> list[tuple[str, str]]:
    """Return the kinds to choose from by their names, and everything else."""
    named = sorted(((key, str(kind.name)) for key, kind in _kinds.items()), key=lambda pair: pair[1].casefold())
    return [*named, (ELSE, _("Everything else"))]


def of_kind(key: str) -> Q:
    """Return what narrows entries to a kind."""
    if key == ELSE:
        return ~Q(object_type__in=[model for kind in _kinds.values() for model in kind.models])
    return Q(object_type__in=_kinds[key].models)


def models_by_kind() -> dict[str, tuple[str, ...]]:
    """Return the labels of the models of each kind."""
    return {key: kind.models for key, kind in _kinds.items()}
