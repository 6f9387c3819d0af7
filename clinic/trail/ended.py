"""What the trail says was ended: whoever deletes the row of a withdrawal doesn't bring back what was taken back.

The row that says so may be gone, and can't say that it is missing; the entry is chained, and stays.
"""

from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from clinic.trail.models import Action, TrailEvent


def was_ended(model: type[Model]) -> Exists:
    """Return, for a query over `model`, whether the trail tells that its row was ended; an index answers."""
    return Exists(_ends(model))


def end_said(model: type[Model], what: str) -> Subquery:
    """Return, for a query over `model`, the column `what` of the entry that tells of its row's end, else NULL."""
    return Subquery(_ends(model).order_by("pk").values(what)[:1])


def _ends(model: type[Model]) -> QuerySet[TrailEvent]:
    number = Cast(OuterRef("pk"), CharField())
    return TrailEvent.objects.filter(object_type=model._meta.label, object_id=number, action=Action.END)


def not_withdrawn[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """Return those of `rows` that nothing has taken back: neither a `withdrawal`, nor an entry that tells of one."""
    return rows.filter(~was_ended(rows.model), withdrawal=None)
