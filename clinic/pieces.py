"""Pieces of a page that come from many tables and are fetched with one row, in one query.

    Piece(permissions=(Permission.RECORD_INTAKE,), build=intake, wants={
        "latest": one(Intake.objects.filter(patient=OuterRef("pk")).order_by("-taken_at"), stage="stage")})

`fetch` asks for the row and for all that its pieces want. Django takes longer to write such a statement than Postgres
takes to answer it, so each set of pieces has its statement written once per process. What a piece wants is therefore
fixed when it is registered: it depends on the row alone, not on the day or on who looks. What several pieces want by
one object is asked for once.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.db.models import Count, Model, QuerySet, Subquery, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce, JSONObject

from clinic.accounts.permissions import Permission
from clinic.kept import stand_in, written_out

if TYPE_CHECKING:
    from clinic.accounts.actors import Actor  # which asks by a piece itself who somebody is

#: One row as its JSON names it: days and times as ISO text.
type Row = dict[str, Any]
#: What one piece wanted, by name: a row or None, a list of rows, a number, a truth.
type Values = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Piece:
    """Part of a page for those who hold any of `permissions`; what it `wants` is given to `build` by name."""

    permissions: tuple[Permission, ...]
    wants: Mapping[str, BaseExpression]
    build: Callable[..., Any]

    def is_for(self, actor: "Actor") -> bool:
        """Whether `actor` may see it; for anybody else it isn't even fetched."""
        return any(actor.may(permission) for permission in self.permissions)


def one(rows: QuerySet[Any], **columns: Any) -> BaseExpression:
    """Want the first of `rows` (which name the row outside by OuterRef), None when there is none."""
    return Subquery(rows.values(as_json=JSONObject(**columns))[:1])


def each(rows: QuerySet[Any], **columns: Any) -> BaseExpression:
    """Want all of `rows`."""
    return ArraySubquery(rows.values(as_json=JSONObject(**columns)))


def how_many(rows: QuerySet[Any], of: str) -> BaseExpression:
    """Want how many of `rows` there are; `of` is the column by which they name the row outside."""
    return Coalesce(Subquery(rows.order_by().values(of).annotate(number=Count("pk")).values("number")), Value(0))


def fetch[M: Model](model: type[M], pieces: tuple[Piece, ...], **where: int) -> tuple[M, dict[Piece, Values]] | None:
    """Return the row of `model` that `where` names, with what each of `pieces` wants; None without such a row.

    One query. `where` compares whole numbers, such as keys.
    """
    numbers = {name: int(value) for name, value in where.items()}
    if not all(-(2**63) <= number < 2**63 for number in numbers.values()):
        return None  # no column of ours holds such a number, and Postgres wouldn't even compare it
    return next(_fetched(model, pieces, numbers), None)


def lock[M: Model](model: type[M], **where: int) -> M:
    """Return the row of `model` that `where` names, locked until the transaction ends; raises its DoesNotExist.

    Without pieces: a row that somebody else just changed would come as it is now, its pieces as they were before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a row is locked in a transaction, or not at all")
    numbers = {name: int(value) for name, value in where.items()}
    for row, _nothing in _fetched(model, (), numbers, for_update=True):
        return row
    missing: type[ObjectDoesNotExist] = model.DoesNotExist  # type: ignore[attr-defined]  # every model has one
    raise missing(f"no {model._meta.label} with {numbers}")


def fetch_all[M: Model](
    model: type[M], pieces: tuple[Piece, ...], keys: Collection[int]
) -> Iterator[tuple[M, dict[Piece, Values]]]:
    """Yield the rows of `model` with these keys, in no order, each with what `pieces` want; one query."""
    if len(keys) == 1:
        # Of a list Postgres doesn't know the length beforehand, and so makes its plan anew each time.
        yield from _fetched(model, pieces, {"pk": int(next(iter(keys)))})
    elif keys:
        yield from _fetched(model, pieces, {"pk__in": [int(key) for key in keys]})


def _fetched[M: Model](
    model: type[M], pieces: tuple[Piece, ...], where: Mapping[str, int | list[int]], *, for_update: bool = False
) -> Iterator[tuple[M, dict[Piece, Values]]]:
    statement = _statement(model, pieces, tuple(where), for_update=for_update)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, list(where.values()))
        rows = cursor.fetchall()
    own = len(statement.columns)
    for row in rows:
        values = list(row[:own])
        for place, read in statement.readers:
            values[place] = read(values[place])
        found: dict[Piece, Values] = {piece: {} for piece in pieces}
        wanted = [_read(value) for value in row[own:]]
        for piece, name, place in statement.wants:
            found[piece][name] = wanted[place]
        yield model.from_db(connection.alias, statement.columns, values), found


def columns_of(model: type[Model]) -> dict[str, str]:
    """Return all columns of `model`, as `one` and `each` want them and `row_of` takes them."""
    return {field.name: field.attname for field in model._meta.concrete_fields}


def give(row: Model, relation: str, rows: Sequence[Model]) -> None:
    """Let `row.<relation>.all()` be `rows`, as `prefetch_related` would, without a query."""
    known = getattr(row, relation).all()
    # Django has no public way for rows that are at hand already.
    known._result_cache, known._prefetch_done = list(rows), True  # noqa: SLF001
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = known


def row_of[M: Model](model: type[M], row: Row) -> M:
    """Return `row`, its columns named as the model's fields, as an instance; other fields are loaded when asked for."""
    columns = _columns(model, tuple(row))
    values = [row[name] if read is None else read(row[name]) for name, _attname, read in columns]
    return model.from_db(None, [attname for _name, attname, _read in columns], values)


#: What JSON has as Python has it.
_ALIKE = (models.IntegerField, models.BooleanField, models.CharField, models.TextField, models.JSONField)


@lru_cache(maxsize=256)
def _columns(model: type[Model], names: tuple[str, ...]) -> list[tuple[str, str, Callable[[Any], Any] | None]]:
    """Return name, attribute and reader of the fields of `model` among `names`; no reader where JSON says it itself."""
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    return [
        (
            field.name,
            field.attname,
            None if isinstance(getattr(field, "target_field", field), _ALIKE) else field.to_python,
        )
        for field in fields
    ]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement, and what the columns of its answer are: the model's own, then one for each thing wanted.

    `wants` names who wants what, and at which place of these columns it stands.
    """

    text: str
    columns: tuple[str, ...]
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]
    wants: tuple[tuple[Piece, str, int], ...]


@lru_cache(maxsize=128)
def _statement(
    model: type[Model], pieces: tuple[Piece, ...], where: tuple[str, ...], *, for_update: bool
) -> _Statement:
    """Return the statement, what is fixed in it written out; only what `where` names is given each time, in its order.

    So the text is the same each time, and the database can keep its plan, which takes it longer than the answer.
    """
    once = list({id(want): want for piece in pieces for want in piece.wants.values()}.values())
    places = {id(want): place for place, want in enumerate(once)}
    wants = tuple((piece, name, places[id(want)]) for piece in pieces for name, want in piece.wants.items())
    rows = model._default_manager.annotate(**{f"want_{place}": want for place, want in enumerate(once)})
    for index, name in enumerate(where):  # one by one, since several at once are put in another order
        rows = rows.filter(**{name: [stand_in(index, 0)] if name.endswith("__in") else stand_in(index, 0)})
    if for_update:
        rows = rows.select_for_update(no_key=True)
    compiler = rows.query.get_compiler(connection=connection)
    text = written_out(*compiler.as_sql())
    for index in range(len(where)):
        # The driver writes a space before a number below zero, lest it become a comment.
        text = re.sub(rf"IN \(\s*{stand_in(index, 0)}\)", "= ANY(%s::bigint[])", text)
        text = re.sub(rf"=\s*{stand_in(index, 0)}\b", "= %s::bigint", text)
        if str(stand_in(index, 0)) in text:
            raise ValueError("what a statement of pieces is about must be compared with = or IN")
    fields = model._meta.concrete_fields
    # What is wanted stays as the database says it, and is read by `_read`.
    converters = compiler.get_converters([column for column, _sql, _name in compiler.select[: len(fields)]])
    return _Statement(
        text=text,
        columns=tuple(field.attname for field in fields),
        readers=tuple((place, partial(_convert, *converter)) for place, converter in converters.items()),
        wants=wants,
    )


def _convert(steps: Sequence[Callable[..., Any]], column: BaseExpression, value: Any) -> Any:
    for step in steps:
        value = step(value, column, connection)
    return value


#: Amounts stay exact: 2.5 is Decimal("2.5"), as its column has it.
_JSON = json.JSONDecoder(parse_float=Decimal)


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(item) for item in value]
    return _JSON.decode(value) if isinstance(value, str) else value
