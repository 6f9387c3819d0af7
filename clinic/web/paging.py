"""Pages of a list by key, so that page 1,000 costs what page 1 does; nothing is counted."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, QueryDict

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class KeysetPage[T]:
    """One page of rows and the addresses of its neighbours ("" at an end)."""

    rows: Sequence[T]
    next_url: str
    previous_url: str

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return bool(self.next_url)

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before."""
        return bool(self.previous_url)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: beyond the row that has `values` in what the list is ordered by, onwards or `backwards`.

    Without `values` it begins at the list's first row, or backwards at its last.
    """

    values: tuple[Any, ...]
    backwards: bool


def keyset_page[M: Any](
    queryset: QuerySet[M], request: HttpRequest, *, order: Sequence[str], size: int = PAGE_SIZE
) -> KeysetPage[M]:
    """Return the page of `queryset` that the request's `after` or `before` asks for; one query.

    `order` names non-null columns, each perhaps with "-", ending in a unique one. A broken cursor is 404.
    """
    directions = [name.startswith("-") for name in order]
    names = [name.lstrip("-") for name in order]

    def fetch(place: Place, most: int) -> list[M]:
        rows = queryset
        if place.values:
            try:
                rows = rows.filter(_beyond(names, directions, place))
            except (
                TypeError,
                ValueError,
                ValidationError,
            ) as error:  # a number where the column holds a day, and so on
                raise Http404("broken page address") from error
        ordering = [
            ("-" if down != place.backwards else "") + name for name, down in zip(names, directions, strict=True)
        ]
        return list(rows.order_by(*ordering)[:most])

    return page_of(fetch, request, names=names, size=size)


def page_of[R: Any](
    fetch: Callable[[Place, int], list[R]], request: HttpRequest, *, names: Sequence[str], size: int = PAGE_SIZE
) -> KeysetPage[R]:
    """Return the page that the request asks for, of rows that `fetch` gives from a place on, at most so many.

    `names` are what the rows are ordered by, non-null, the last one unique. A broken cursor is 404, and so is what
    `fetch` can't use.
    """
    backwards = "before" in request.GET
    cursor = request.GET.get("before") or request.GET.get("after")
    place = Place(values=tuple(_decode(cursor, len(names))) if cursor else (), backwards=backwards)
    rows = fetch(place, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or more)
    has_previous = bool(rows) and (more if backwards else bool(cursor))
    return KeysetPage(
        rows=rows,
        next_url=_url(request.GET, "after", rows[-1], names) if has_next else "",
        previous_url=_url(request.GET, "before", rows[0], names) if has_previous else "",
    )


def _beyond(names: Sequence[str], directions: Sequence[bool], place: Place) -> Q:
    values = place.values
    lookups = ["lt" if down != place.backwards else "gt" for down in directions]
    condition = Q()
    for index, name in enumerate(names):
        equal = Q(**{names[i]: values[i] for i in range(index)})
        condition |= equal & Q(**{f"{name}__{lookups[index]}": values[index]})
    # Said once more of the first column alone, since no index is entered in the middle by an OR: without it, a page is
    # reached by reading all that come before.
    return Q(**{f"{names[0]}__{lookups[0]}e": values[0]}) & condition


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = row[name] if isinstance(row, dict) else getattr(row, name)
    return row


def page_address(values: Iterable[Any]) -> str:
    """Return what `after` or `before` says of the row that has `values` in what its list is ordered by."""
    told = [
        {"t": value.isoformat()} if isinstance(value, datetime)
        else {"d": value.isoformat()} if isinstance(value, date) else value
        for value in values
    ]  # fmt: skip
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _url(query: QueryDict, key: str, row: Any, names: Sequence[str]) -> str:
    changed = query.copy()
    changed.pop("after", None)
    changed.pop("before", None)
    changed[key] = page_address(_value(row, name) for name in names)
    return "?" + changed.urlencode()


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_undate(value) for value in raw]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Http404("broken page address") from error
    if len(values) != length or any("\x00" in value for value in values if isinstance(value, str)):
        raise Http404("broken page address")
    return values


def _undate(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
    if not isinstance(value, str | int) or isinstance(value, bool) or (isinstance(value, int) and abs(value) > 2**62):
        raise ValueError("a page address holds text, whole numbers, dates and times")
    return value
