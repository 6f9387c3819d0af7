"""What the trail says was ended: whoever deletes the row of a withdrawal doesn't bring back what was taken back.

The row that says so may be gone, and can't say that it is missing; the entry is chained, and stays.
"""

from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from clinic.trail.models import Action, TrailEvent


def was_ended(model: type[Model]) -> Exists:
    """Return, for a query over `model`, whether the trail tells that its row was ended; an index answers."""
    return Exists(_ends(model))


def end_said(model: type[Model], what: str) -> Subquery:
    """Return, for a query over `model`, the column `what` of the entry that tells of its row's end, else NULL."""
    # In no order: for the first by its number, Postgres may read the trail from its beginning.
    return Subquery(_ends(model).order_by().values(what)[:1])


def _ends(model: type[Model]) -> QuerySet[TrailEvent]:
    number = Cast(OuterRef("pk"), CharField())
    return TrailEvent.objects.filter(object_type=model._meta.label, object_id=number, action=Action.END)


def lost_withdrawal(row: Model, *, ended: object) -> list[str]:
    """Say, in words, that `row` was withdrawn by the trail and isn't by the rows; `ended` is what the trail tells."""
    if not ended or getattr(row, "withdrawal", None) is not None:
        return []
    told = {"what": row._meta.verbose_name}
    return [_("The record trail holds that this %(what)s was withdrawn; the withdrawal isn't there any more.") % told]


def not_withdrawn[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """Return those of `rows` that nothing has taken back: neither a `withdrawal`, nor an entry that tells of one."""
    return rows.filter(~was_ended(rows.model), withdrawal=None)
