"""What very many tests begin with, built once in each process and put back after that, row by row.

A site that may treat has ten signed versions, and takes half a second to build the way the clinic builds it; put back
it takes a twentieth. The rows are those that were built: signatures, hashes and the trail's chain hold as they did.
"""

import os
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.db import connection, models

from clinic import clock
from clinic.accounts.models import Site
from clinic.trail.unit import in_unit
from tests.meta.project import our_models

#: How many rows of each table this connection has written. Postgres begins to count anew at times, between tests.
WRITTEN = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""

type Rows = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a build was given and returned, the rows that it added or changed by their table, and its files."""

    given: dict[int, Any]
    made: Any
    rows: dict[str, list[str]]
    files: Path


_remembered: dict[tuple[Any, ...], Remembered] = {}
_counted: dict[str, tuple[int, ...]] = {}
#: Where the trail ended when something was built from a beginning that comes again: first of all an empty one.
_trails: set[str] = {""}


def begin() -> None:
    """Count from here on what is written: the first thing that a test does in its transaction."""
    _counted.clear()
    _counted.update(_counts())


class _UnknownError(Exception):
    """An argument that doesn't say all of itself."""


def remembered[**P, T](build: Callable[P, T]) -> Callable[P, T]:
    """Let `build` work once for the same arguments, clock and rows before it, and put the same back after that.

    The rows before it are the same when the trail ends in the same hash, and as many were written beside it: so the
    site of all tests has one number. What is put back is about the very site that is given. A test that commits gets
    everything built, since whoever listens for a commit would hear nothing; so does one whose arguments are of a kind
    that doesn't say all of itself.
    """

    @wraps(build)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        # Within a unit of work the trail's entries are written at its end: they aren't among the rows yet.
        if not connection.in_atomic_block or in_unit():
            return build(*args, **kwargs)
        try:
            said = _said([*args, *sorted(kwargs.items())])
        except _UnknownError:
            return build(*args, **kwargs)
        if (trail := _trail()) not in _trails:
            return build(*args, **kwargs)
        key = (build.__qualname__, clock._moved.get(), trail, _written(), said)
        sites = _sites([*args, *kwargs.values()])
        known = _remembered.get(key)
        if known is not None:
            return _put_back(known, sites)
        before = _rows()
        made = build(*args, **kwargs)
        files = Path(mkdtemp(prefix="remembered-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        shutil.copytree(_files(), files, dirs_exist_ok=True)
        kept = deepcopy(made, {id(site): site for site in sites.values()})
        _remembered[key] = Remembered(sites, kept, _new_in(_rows(), before), files)
        _trails.add(_trail())
        return made

    return run


def _said(given: Any) -> Any:
    """Return what `given` says of itself; raises _UnknownError where that isn't all."""
    if isinstance(given, str | int | bool | datetime | None):
        return given
    if isinstance(given, Site):
        return given.pk, given.code, given.name, given.time_zone
    if isinstance(given, models.Model):
        return given._meta.label, given.pk
    if is_dataclass(given):
        return type(given).__name__, *(_said(getattr(given, each.name)) for each in fields(given))
    if isinstance(given, list | tuple | set | frozenset):
        return tuple(map(_said, sorted(given) if isinstance(given, set | frozenset) else given))
    raise _UnknownError


def _sites(given: Any) -> dict[int, Site]:
    """Return the sites that `given` holds, by their number."""
    if isinstance(given, Site):
        return {given.pk: given}
    if is_dataclass(given):
        given = [getattr(given, each.name) for each in fields(given)]
    found: dict[int, Site] = {}
    if isinstance(given, list | tuple):
        for each in given:
            found |= _sites(each)
    return found


def _trail() -> str:
    """Return the hashes that the sites' chains end in; what a test writes by the services is in no other's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(hash, ',' ORDER BY hash) FROM clinic_chainhead WHERE seq > 0")
        return cursor.fetchone()[0] or ""


def _written() -> tuple[Any, ...]:
    """Return how many rows of each table the test has written so far; one that changed a row has other numbers."""
    nothing = (0, 0, 0)
    return tuple(
        (table, *(now - before for now, before in zip(counts, _counted.get(table, nothing), strict=True)))
        for table, counts in sorted(_counts().items())
        if counts != _counted.get(table, nothing)
    )


def _counts() -> dict[str, tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return {table: tuple(counts) for table, *counts in cursor.fetchall()}


def _files() -> Path:
    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tables() -> dict[str, str]:
    """Return the column of the primary key by the name of the table."""
    return {model._meta.db_table: model._meta.pk.column for model in our_models() if model._meta.pk is not None}


def _rows() -> Rows:
    """Return every row of our tables as JSON, by its key and its table."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, key in _tables().items():
            cursor.execute(f'SELECT "{key}"::text, to_jsonb(row)::text FROM "{table}" row')
            found[table] = dict(cursor.fetchall())
    return found


def _new_in(after: Rows, before: Rows) -> dict[str, list[str]]:
    found = {
        table: [row for key, row in rows.items() if before[table].get(key) != row] for table, rows in after.items()
    }
    gone = [table for table, rows in before.items() if not rows.keys() <= after[table].keys()]
    assert not gone, f"what is remembered takes rows away: {gone}"
    return {table: rows for table, rows in found.items() if rows}


def _put_back(known: Remembered, sites: dict[int, Site]) -> Any:
    """Put the rows and files of `known` back, and return what was returned for them, about these very `sites`."""
    keys = _tables()
    with connection.cursor() as cursor:
        # As the copy of a database does it: what triggers and foreign keys ask of a row, these rows met before.
        cursor.execute("SET session_replication_role = replica")
        try:
            for table, rows in known.rows.items():
                said, key = "[" + ",".join(rows) + "]", keys[table]
                cursor.execute(
                    f'DELETE FROM "{table}" WHERE "{key}" IN '
                    f'(SELECT "{key}" FROM jsonb_populate_recordset(NULL::"{table}", %s))',
                    [said],
                )
                cursor.execute(
                    f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE '
                    f'SELECT * FROM jsonb_populate_recordset(NULL::"{table}", %s)',
                    [said],
                )
        finally:
            cursor.execute("SET session_replication_role = origin")
    shutil.copytree(known.files, _files(), dirs_exist_ok=True)
    return deepcopy(known.made, {id(site): sites[number] for number, site in known.given.items()})
