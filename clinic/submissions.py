"""Rows that a form makes carry the form's key, so that a second click finds the first one's row."""

import uuid
from functools import cache

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from clinic.kept import Kept


class Submitted(models.Model):
    """A row made by one submission of a form."""

    submission_key = models.UUIDField(_("submission"), unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that people edit; `row_version` rises with every save, and an older form is told so."""

    row_version = models.PositiveIntegerField(_("row version"), default=1)

    class Meta:
        abstract = True


def already_submitted[M: models.Model](model: type[M], key: uuid.UUID, **scope: models.Model) -> M | None:
    """Return the row that the submission `key` made before, if it did.

    Inside a unit, the same submission arriving at the same moment waits here until this one has committed, and then
    finds its row.
    """
    one_at_a_time(str(key))
    return _rows_of(model).first(submission_key=uuid.UUID(str(key)), **{name: each.pk for name, each in scope.items()})


def one_at_a_time(what: str) -> None:
    """Wait, inside a transaction, until every other that named `what` has ended; then what it wrote is seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


@cache
def _rows_of[M: models.Model](model: type[M]) -> Kept[M]:
    return Kept(model._default_manager.filter)
