"""Facts that no entry of the trail tells of: whoever may insert rows past the services leaves them.

The application's own role may insert, since the services do; they record what they add, and a statement typed into the
database doesn't.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, ForeignKey, Model, QuerySet

from clinic.frozen import Frozen
from clinic.signing.comparing import Told
from clinic.trail.models import TrailEvent


class KnownFacts:
    """The facts that entries tell of, by table, and since when entries do."""

    def __init__(self) -> None:
        self._keys: dict[str, set[Any]] = {}
        self._since: datetime | None = None

    def note(self, event: TrailEvent, told: Iterable[Told]) -> None:
        """Keep what `event` tells of; entries come in their order."""
        for each in told:
            rows, keys = each.asked
            if rows.key == rows.order:  # its own key names each row
                self._keys.setdefault(rows.table, set()).update(keys)
            if each.part == "added" and self._since is None:
                self._since = event.recorded_at

    def untold(self) -> Iterator[Model]:
        """Yield each fact that should be told of and isn't; two queries for each kind.

        Those from before entries told of facts should not: the rows before the first of their kind that is told of,
        or, where none is, by their own time.
        """
        for model in apps.get_models():
            if issubclass(model, Frozen) and model.hashed_when_added:
                told = self._keys.get(model._meta.db_table, set())
                missing = set(self._expected(model, told).values_list("pk", flat=True)) - told
                yield from model._default_manager.filter(pk__in=missing).order_by("pk")

    def _expected(self, model: type[Frozen], told: set[Any]) -> QuerySet[Any]:
        rows = model._default_manager.order_by()
        if told:
            return rows.filter(pk__gt=min(told))
        moment = next((field for field in model._meta.concrete_fields if isinstance(field, DateTimeField)), None)
        if self._since is None or moment is None:
            return rows.none()
        return rows.filter(**{f"{moment.name}__gt": self._since})


def site_of(row: Model) -> int | None:
    """Return the number of the site of a row, or of what it belongs to; None where neither says."""
    if (own := getattr(row, "site_id", None)) is not None:
        return int(own)
    for field in row._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            beyond = field.related_model._default_manager.filter(pk=getattr(row, field.attname)).first()
            if (site := getattr(beyond, "site_id", None)) is not None:
                return int(site)
    return None
