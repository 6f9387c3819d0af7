"""Ticking the critical steps of a preparation as they are done."""

from collections.abc import Collection
from datetime import datetime

from clinic.accounts.actors import Actor
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.preparation.models import Preparation
from sessions.preparation.services.drafts import locked_draft, only_preparer, raise_version, require_seen


@unit_of_work
def tick_steps(
    *, by: Actor, preparation: Preparation, done: Collection[int], row_version: int | None = None, at: datetime
) -> Preparation:
    """Save that of the critical steps those with the numbers `done` are done, and no others; return the preparation.

    A step keeps the time at which it was first ticked; what is taken back is done anew. Numbers of no critical step are
    left out. Raises StaleWrite when the preparation was saved elsewhere since `row_version`.
    """
    row = locked_draft(preparation, by=by)
    only_preparer(row, by=by)
    steps = list(row.critical_steps.order_by("ordinal"))
    changed = [step for step in steps if (step.ordinal in done) != (step.done_at is not None)]
    if not changed:
        return row
    require_seen(row, row_version)
    before = [step.ordinal for step in steps if step.done_at is not None]
    for step in changed:
        step.done_at = at if step.ordinal in done else None
        step.save(update_fields=["done_at"])
    raise_version(row)
    record(
        by=by, action=Action.CHANGE, subject=row, at=at, before={"critical_steps_done": before},
        after={"critical_steps_done": [step.ordinal for step in steps if step.done_at is not None]},
    )  # fmt: skip
    return row
