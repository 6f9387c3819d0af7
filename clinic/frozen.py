"""What may change and what never does: each model says it, Python refuses it, and Postgres refuses it again.

`Frozen` rows are facts: inserted once. A locked model is a draft until it is signed or approved, and a
fact from then on. The triggers hold against raw SQL, TRUNCATE included.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar, NoReturn, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext as _

from clinic.errors import Refused


class Mutability(Enum):
    """How a model's rows may change; every model declares one (a test walks them all)."""

    FROZEN = "inserted once, never changed"
    LOCKED = "a draft that locks"
    MUTABLE = "may change"


class FrozenRowError(Refused):
    """Somebody tried to change a fact."""


def _refuse(model: type[models.Model]) -> NoReturn:
    raise FrozenRowError(
        _("%(what)s is a record and can't be changed. Record a correction instead.")
        % {"what": model._meta.verbose_name}
    )


type WhenAdded = Callable[[Sequence["Frozen"]], None]
_when_added: list[WhenAdded] = []


def when_added(told: WhenAdded) -> WhenAdded:
    """Register what is told of every row that is added: the unit of work, whose trail keeps its hash."""
    _when_added.append(told)
    return told


def _tell(rows: Sequence["Frozen"]) -> None:
    for told in _when_added:
        told(rows)


class FrozenQuerySet(models.QuerySet[Any]):
    """Rows that can be read and added, nothing else."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Insert the rows."""
        rows = super().bulk_create(objs, *args, **kwargs)
        _tell(rows)
        return rows

    def update(self, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def delete(self) -> NoReturn:
        _refuse(self.model)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model)

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model)


class Frozen(models.Model):
    """A fact: written once."""

    mutability: ClassVar[Mutability] = Mutability.FROZEN
    #: Whether services and triggers wait for one another at a row (SELECT FOR UPDATE), which needs a right of its own.
    held_for_update: ClassVar[bool] = False
    #: Whether the trail keeps the hash of a row from when it was added; not of what it tells of in a way of its own.
    hashed_when_added: ClassVar[bool] = True

    objects = FrozenQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; a second save raises FrozenRowError."""
        if not self._state.adding:
            _refuse(type(self))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)
        _tell([self])

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise FrozenRowError."""
        _refuse(type(self))

    @classmethod
    def add(cls, **values: Any) -> Self:
        """Insert a row from `values` and return it."""
        row = cls(**values)
        row.save()
        return row


def no_truncate() -> pgtrigger.Trigger:
    """Trigger of a table that is never emptied."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation';",
    )


def frozen_triggers() -> list[pgtrigger.Trigger]:
    """Triggers of a table whose rows are facts: no UPDATE, no DELETE, no TRUNCATE."""
    return [
        pgtrigger.Trigger(
            name="frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation';",
        ),
        no_truncate(),
    ]


def locked_triggers(locked_when: str, *, moving: Sequence[str] = ()) -> list[pgtrigger.Trigger]:
    """Triggers of a table whose rows are drafts until `locked_when`, an SQL condition on OLD, is true.

    `moving` names the columns that change with the `status` of a locked row and never by themselves (how a version is
    retired).
    """
    columns = ", ".join(f"'{name}'" for name in moving) or "''"
    refuse = (
        "RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END IF; "
    )
    alone = "IF NEW.status = OLD.status AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW) THEN " + refuse
    return [
        pgtrigger.Trigger(
            name="locked",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=f"IF {locked_when} THEN "
            "IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY[" + columns + "]::text[]) IS DISTINCT FROM "
            "(to_jsonb(NEW) - ARRAY[" + columns + "]::text[]) THEN " + refuse + (alone if moving else "") + "END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        ),
        no_truncate(),
    ]


def lasting_trigger(stays: Sequence[str] = (), *, once: Sequence[str] = ()) -> pgtrigger.Trigger:
    """Trigger of a table whose rows are never deleted, and whose columns `stays` are as they were made for ever.

    The columns `once` may be empty at first; what is put into them stays as well.
    """
    kept = [f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in stays]
    kept += [f"OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column}" for column in once]
    changed = " OR ".join(kept) or "FALSE"
    return pgtrigger.Trigger(
        name="lasting",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="IF TG_OP = 'DELETE' THEN "
        "RAISE EXCEPTION 'baseline: rows of % are ended, and never deleted', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END IF; "
        f"IF {changed} THEN "
        "RAISE EXCEPTION 'baseline: what a row of % was made with cannot be changed', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NEW;",
    )


class ChildTrigger(pgtrigger.Trigger):
    """The trigger of a table whose rows belong to `parent_table`, which their column `parent_column` names."""

    def __init__(self, *, parent_table: str, parent_column: str, **trigger: Any) -> None:
        self.parent_table, self.parent_column = parent_table, parent_column
        super().__init__(**trigger)


def child_triggers(*, parent_table: str, parent_column: str, locked_when: str) -> list[pgtrigger.Trigger]:
    """Triggers of a table whose rows belong to a parent that locks.

    `parent_column` is this table's foreign key column; `locked_when` an SQL condition on `parent`.
    Nothing is added to, changed in or taken from a locked parent.
    """

    def check(row: str) -> str:
        # The parent is locked first, so that it can't lock between the look and the write. All names
        # come from our own models.
        of_parent = f"FROM {parent_table} parent WHERE parent.id = {row}.{parent_column}"
        return (
            f"PERFORM 1 {of_parent} FOR NO KEY UPDATE; "
            f"IF EXISTS (SELECT 1 {of_parent} AND ({locked_when})) THEN "
            "RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation'; END IF; "
        )

    return [
        ChildTrigger(
            parent_table=parent_table,
            parent_column=parent_column,
            name="parent_locked",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func="IF TG_OP <> 'INSERT' THEN " + check("OLD") + "END IF; "
            "IF TG_OP <> 'DELETE' THEN " + check("NEW") + "END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        ),
        no_truncate(),
    ]
