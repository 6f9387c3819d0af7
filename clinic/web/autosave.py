"""The server's half of `static/js/autosave.js`: which fields came, and the answer the page understands."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import localtime

from clinic.errors import Way

#: By field, what is saved of it: none, one or several values, as the browser sends them.
type Values = Mapping[str, list[str]]


def by_script(request: HttpRequest) -> bool:
    """Whether the page's script sent it, field by field, and reads JSON."""
    return "X-Autosave" in request.headers


def changed_fields(request: HttpRequest) -> list[str]:
    """Return the names of the fields that the browser sent because they changed, each once."""
    return list(dict.fromkeys(request.POST.getlist("changed")))


def values_of(form: BaseForm) -> dict[str, list[str]]:
    """Return what is saved of each visible field of the unbound `form`."""
    return {name: _sent_as(form[name].value()) for name in form.fields if not form[name].is_hidden}


def _sent_as(value: object) -> list[str]:
    several = value if isinstance(value, list | tuple) else [value]
    return [str(each) for each in several if each not in (None, "")]


def saved(
    *,
    at: datetime,
    row_version: int | None = None,
    errors: Mapping[str, Iterable[object]] | None = None,
    values: Values | None = None,
) -> JsonResponse:
    """Answer that the draft was saved `at`, but for the fields in `errors` (then with status 422).

    `values` is what is saved now: a detail that was dropped with its answer leaves the page as well.
    """
    answer: dict[str, object] = {"saved_at": f"{localtime(at):%H:%M:%S}"}
    if row_version is not None:
        answer["row_version"] = row_version
    if errors:
        answer["errors"] = {name: [str(text) for text in texts] for name, texts in errors.items()}
    if values is not None:
        answer["values"] = values
    return JsonResponse(answer, status=422 if errors else 200)


def author(*, by: str, yourself: bool, at: datetime | None = None) -> dict[str, object]:
    """Return who changed something, and what time where that is known, for `stale`; `yourself` in another window."""
    return {"by": by, "at": f"{localtime(at):%H:%M}" if at else "", "yourself": yourself}


def stale(
    *,
    row_version: int | None = None,
    values: Values | None = None,
    authors: Mapping[str, Mapping[str, object]] | None = None,
) -> JsonResponse:
    """Answer that somebody else saved first, and that nothing was saved.

    With the newest `row_version` and `values` the page saves again what nobody else touched, and asks the person
    about the rest. `authors` says who changed what: by the part of a field's name before its first hyphen, "" for all.
    """
    answer: dict[str, object] = {}
    if row_version is not None and values is not None:
        answer = {"row_version": row_version, "values": values, "authors": authors or {}}
    return JsonResponse(answer, status=409)


def closed(message: str, *, way: Way | None = None) -> JsonResponse:
    """Answer that nothing can be saved here any more, and why; the `way` leads to where the person goes on."""
    return JsonResponse({"closed": message} | ({"way": way._asdict()} if way else {}), status=409)


def failed(message: object, *, status: int) -> JsonResponse:
    """Answer that nothing could be saved just now, and why, in a sentence; the page tries it again."""
    return JsonResponse({"failed": str(message)}, status=status)
