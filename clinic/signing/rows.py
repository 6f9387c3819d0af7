"""What a signature covers in the database: the rows of the signed record and of its parts, as one hash for each table.

The signed text is kept beside the signature, but people work by the rows. What these held when the unit ended in which
they were signed goes into the trail's entry of the signature, so that nobody who may change tables changes a signed
record unseen; what locks without a signature has it in the entry of that step, and a fact in the entry that tells of
it (`rows_added`). Each hash names its columns: a table that has more of them one day is compared by what it had.
`clinic.signing.comparing` compares.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.models import Field, Model
from psycopg import sql

from clinic.canonical import sha256
from clinic.frozen import ChildTrigger, Mutability

#: What no rows come to.
NOTHING = sha256("")


class Rows(NamedTuple):
    """Rows of a table whose column `key` names what they belong to, in the order of `order`."""

    table: str
    key: str
    order: str
    columns: tuple[str, ...]


class Asked(NamedTuple):
    """Some rows, for each of `keys`."""

    rows: Rows
    keys: tuple[Any, ...]


class RestsOn(NamedTuple):
    """Rows of another record that a signed one rests on: all of `model` whose field `by` is one of `keys`.

    They are no part of it, since they stand before it and others rest on them too: the lot that was used.
    """

    model: type[Model]
    by: str
    keys: tuple[Any, ...]


@cache
def rows_under(model: type[Model]) -> tuple[Rows, ...]:
    """Return the rows that a signature of a record of `model` covers; none where those may change."""
    if getattr(model, "mutability", None) not in {Mutability.FROZEN, Mutability.LOCKED}:
        return ()
    later: frozenset[str] = getattr(model, "filled_in_later", frozenset())
    return (_own(model, later), *_parts(model._meta.db_table))


def rows_said(model: type[Model], key: Any, rests_on: Iterable[RestsOn] = ()) -> dict[str, Any]:
    """Return what the trail says of the rows under the record `key` of `model`: columns and hash by table; one query.

    Under `rests_on` it says the same of the rows that it rests on, and which. Empty where the rows may change.
    """
    under = rows_under(model)
    if not under:
        return {}
    own = [Asked(rows, (key,)) for rows in under]
    others = [Asked(rows_by(each.model, each.by), tuple(sorted(set(each.keys)))) for each in rests_on if each.keys]
    found = hashes([*own, *others])
    said: dict[str, Any] = {
        "rows": {each.rows.table: _said(each.rows, told) for each, told in zip(own, found, strict=False)}
    }
    if others:
        said["rests_on"] = {
            each.rows.table: {**_said(each.rows, told), "by": each.rows.key, "of": list(each.keys)}
            for each, told in zip(others, found[len(own) :], strict=True)
        }
    return said


def row_said(row: Model, *, moving: Collection[str]) -> dict[str, Any]:
    """Return what the trail says of a row as it is now: of what stays, and of the columns `moving` with its state.

    Those hold until an entry tells of its next state. One query.
    """
    whole = _own(type(row))
    parts = {
        "rows": tuple(name for name in whole.columns if name not in moving),
        "state_rows": tuple(name for name in whole.columns if name in moving),
    }
    asked = {name: Asked(whole._replace(columns=columns), (row.pk,)) for name, columns in parts.items() if columns}
    found = zip(asked.items(), hashes(list(asked.values())), strict=True)
    return {name: {each.rows.table: _said(each.rows, told)} for (name, each), told in found}


def rows_added(groups: Sequence[Iterable[tuple[type[Model], Any]]]) -> list[dict[str, Any]]:
    """Return what the trail says of rows that were added, each given as model and key, for each of `groups`.

    By table the columns, the keys and one hash of them all; without those that aren't there any more, since a part of
    the unit was undone. One query.
    """
    asked = [_by_table(group) for group in groups]
    keys: dict[Rows, dict[Any, None]] = {}
    for group in asked:
        for rows, of in group.items():
            keys.setdefault(rows, {}).update(dict.fromkeys(of))
    found = _hashes_by_key(keys)
    return [
        {
            rows.table: {
                **_said(rows, _together([found[rows, str(key)] for key in there])), "by": rows.key, "of": there
            }
            for rows, of in group.items()
            if (there := [key for key in sorted(set(of)) if (rows, str(key)) in found])
        }
        for group in asked
    ]  # fmt: skip


def _by_table(added: Iterable[tuple[type[Model], Any]]) -> dict[Rows, list[Any]]:
    found: dict[Rows, list[Any]] = {}
    for model, key in added:
        found.setdefault(_own(model), []).append(key)
    return found


def rows_by(model: type[Model], by: str) -> Rows:
    """Return the rows of `model` whose field `by` names what they belong to."""
    field: Any = model._meta.get_field(by)
    return _own(model)._replace(key=_column(field))


def hashes(asked: Sequence[Asked]) -> list[str]:
    """Return the hash of each of `asked`, those of several keys in one; one query for all."""
    keys: dict[Rows, dict[Any, None]] = {}
    for each in asked:
        keys.setdefault(each.rows, {}).update(dict.fromkeys(each.keys))
    found = _hashes_by_key(keys)
    return [_together([found.get((each.rows, str(key)), NOTHING) for key in each.keys]) for each in asked]


def _together(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else sha256("\n".join(parts))


def _hashes_by_key(keys: dict[Rows, dict[Any, None]]) -> dict[tuple[Rows, str], str]:
    if not keys:
        return {}
    asked, statements, values = list(keys), [], []
    for number, (rows, of) in enumerate(keys.items()):
        several = len(of) > 1
        statements.append(_statement(rows, several=several))
        values += [number, list(of) if several else next(iter(of))]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        return {(asked[number], key): found for number, key, found in cursor.fetchall()}


@cache
def _statement(rows: Rows, *, several: bool) -> str:
    """Return the statement that hashes rows key by key, each with the number that it is asked for with.

    One key is compared as such: of a list Postgres doesn't know the length, and makes its plan anew each time.
    """
    one = sql.SQL(
        "SELECT {number}::int, {key}::text, encode(sha256(convert_to("
        "string_agg(jsonb_build_array({columns})::text, chr(10) ORDER BY {order}), 'UTF8')), 'hex') "
        "FROM {table} WHERE {key} = " + ("ANY({keys})" if several else "{keys}") + " GROUP BY {key}"
    )
    return one.format(
        number=sql.Placeholder(), key=sql.Identifier(rows.key), order=sql.Identifier(rows.order),
        columns=sql.SQL(", ").join(map(sql.Identifier, rows.columns)), table=sql.Identifier(rows.table),
        keys=sql.Placeholder(),
    ).as_string(None)  # fmt: skip


def _said(rows: Rows, found: str) -> dict[str, Any]:
    return {"columns": ",".join(rows.columns), "sha256": found}


@cache
def _own(model: type[Model], leave_out: frozenset[str] = frozenset()) -> Rows:
    columns = sorted({_column(field) for field in model._meta.concrete_fields} - leave_out)
    key = _column(model._meta.pk)
    return Rows(model._meta.db_table, key, key, tuple(columns))


def _parts(parent_table: str) -> Iterator[Rows]:
    for model in sorted(apps.get_models(), key=lambda each: each._meta.db_table):
        for trigger in getattr(model._meta, "triggers", ()):
            if isinstance(trigger, ChildTrigger) and trigger.parent_table == parent_table:
                yield _own(model)._replace(key=trigger.parent_column)


def _column(field: "Field[Any, Any]") -> str:
    return str(field.get_attname_column()[1])
