"""What a unit of work notes for the trail, until it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clinic.accounts.actors import Actor
from clinic.trail.models import Action


@dataclass(slots=True)
class Note:
    """A trail entry that waits for its number."""

    by: Actor
    action: Action
    object_type: str
    object_id: str
    object_label: str
    patient_id: int | None
    occurred_at: datetime
    reason: str
    before: Any
    after: Any
    #: What is known only once all of the unit is written; it joins `after`.
    at_the_end: Callable[[], Mapping[str, Any]] | None = None
    #: Hashes of the facts that were added with it, by table (`clinic.trail.added`).
    added: Mapping[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> tuple[str, str]:
        """The record that it is about, by the label of its model and its number."""
        return self.object_type, self.object_id
