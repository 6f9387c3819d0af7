"""Questions that are asked again and again: their statement is written once per process, and Postgres keeps its plan.

    _LATEST = Kept(lambda patient: Consent.objects.filter(patient=patient).order_by("-signed_at"))
    latest = _LATEST.first(patient=patient.pk)

Django takes several times as long to write a statement of many parts as Postgres to answer it, and writes it anew for
each question. What is fixed in it stands in its text, so that a plan that is kept may use an index of some rows only.
"""

import re
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

#: What a question may be about: keys and other whole numbers, days and moments, texts that are compared whole. Several
#: keys are a tuple, for `__in`.
type Value = int | date | str | UUID | tuple[int, ...]
_TYPES = {int: "bigint", date: "date", datetime: "timestamptz", str: "text", UUID: "uuid", tuple: "bigint[]"}


class _Written(NamedTuple):
    rows: QuerySet[Any, Any]
    compiler: SQLCompiler
    text: str
    #: The names of the values, in the order in which the text takes them.
    order: tuple[str, ...]
    #: What makes Python's values of the columns that need it, by their place.
    converters: dict[int, Any]


class Kept[Row]:
    """The query that `build` returns, given by name what it is about (`Value`).

    `build` is asked once for all, so it does nothing but put the values into comparisons: what follows from a value,
    or from the clock, is a value of its own, and words in somebody's language are no part of it. Rows come with what
    they are annotated with and with what `select_related` names, or as `values_list` gives them; they are no more than
    `build` says. `prefetch_related` isn't for it.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._written: dict[tuple[Any, ...], _Written] = {}
        self._writing = Lock()

    def all(self, **values: Value) -> list[Row]:
        """Return the rows; one query."""
        return self._asked(values, first=False)

    def first(self, **values: Value) -> Row | None:
        """Return the first of the rows, None where there is none; one query."""
        return next(iter(self._asked(values, first=True)), None)

    def get(self, **values: Value) -> Row:
        """Return the first of the rows; raises its model's DoesNotExist where there is none. One query."""
        found = self.first(**values)
        if found is None:
            model: Any = self._build(**values).model
            missing: type[ObjectDoesNotExist] = model.DoesNotExist
            raise missing(f"nothing for {values}")
        return found

    def _asked(self, values: dict[str, Value], *, first: bool) -> list[Row]:
        key = (first, *((name, type(value)) for name, value in values.items()))
        written = self._written.get(key)
        if written is None:
            with self._writing:
                written = self._written.get(key) or self._write(values, first=first)
                self._written[key] = written
        if written.rows.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked in a transaction, or not at all")
        compiler = copy(written.compiler)
        about = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        parameters: tuple[Any, ...] = tuple(about[name] for name in written.order)
        compiler.as_sql = lambda *_args, **_kwargs: (written.text, parameters)  # type: ignore[method-assign]
        compiler.get_converters = lambda _columns: written.converters  # type: ignore[assignment,method-assign]
        rows = written.rows.all()
        rows.query.get_compiler = lambda *_args, **_kwargs: compiler  # type: ignore[method-assign]
        return list(rows)

    def _write(self, values: dict[str, Value], *, first: bool) -> _Written:
        written = self._written_about(values, first=first, other=0)
        if set(written.order) != set(values):
            raise ValueError("what a kept query is about must stand in it")
        if self._written_about(values, first=first, other=len(values)).text != written.text:
            raise ValueError("a kept query is built once: what follows from a value, or from the clock, is given to it")
        return written

    def _written_about(self, values: dict[str, Value], *, first: bool, other: int) -> _Written:
        places = {name: stand_in(number, value) for number, (name, value) in enumerate(values.items(), start=other)}
        rows = self._build(**places)
        rows = rows[:1] if first else rows
        compiler = rows.query.get_compiler(connection=connection)
        text = written_out(*compiler.as_sql())
        order: list[str] = []

        def put(found: re.Match[str]) -> str:
            name = list(values)[(found.lastindex or 0) - 1]
            order.append(name)
            place = f"%s::{_TYPES[type(values[name])]}"
            return f"= ANY({place})" if isinstance(values[name], tuple) else place

        text = re.sub("|".join(f"({_pattern(each)})" for each in places.values()), put, text) if places else text
        columns = [column for column, _sql, _name in compiler.select[: compiler.col_count]]
        return _Written(rows, compiler, text, tuple(order), compiler.get_converters(columns))


def _pattern(value: Value) -> str:
    """Return the pattern of a stand-in as it stands in a statement."""
    if isinstance(value, tuple):
        return rf"IN \(\s*{_pattern(value[0])}\)"
    return re.escape(written_out("%s", (value,)).strip())  # before a number below zero the driver writes a space


def stand_in(number: int, value: Value) -> Value:
    """Return a value of the type of `value` that no row has; each `number` has its own."""
    if isinstance(value, tuple):
        return (-(2**61) - number,)
    if isinstance(value, str):
        return f"\ue000{number}\ue000"
    if isinstance(value, UUID):
        return UUID(int=2**128 - 1 - number)
    if isinstance(value, datetime):
        return datetime(9999, 12, 1 + number, tzinfo=UTC)
    return date(9999, 12, 1 + number) if isinstance(value, date) else -(2**61) - number


def written_out(sql: str, parameters: Sequence[Any]) -> str:
    """Return a statement with its values in it, ready to take others: its own "%" are doubled."""
    composed: str = connection.ops.compose_sql(sql, parameters)  # type: ignore[attr-defined]  # Postgres has it
    return composed.replace("%", "%%")
