"""The server's half of `static/js/autosave.js`: which fields came, and the answer the page understands."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.http import HttpRequest, JsonResponse
from django.utils.timezone import localtime


def changed_fields(request: HttpRequest) -> list[str]:
    """Return the names of the fields that the browser sent because they changed, each once."""
    return list(dict.fromkeys(request.POST.getlist("changed")))


def saved(
    *, at: datetime, row_version: int | None = None, errors: Mapping[str, Iterable[object]] | None = None
) -> JsonResponse:
    """Answer that the draft was saved `at`, but for the fields in `errors` (then with status 422)."""
    answer: dict[str, object] = {"saved_at": f"{localtime(at):%H:%M:%S}"}
    if row_version is not None:
        answer["row_version"] = row_version
    if errors:
        answer["errors"] = {name: [str(text) for text in texts] for name, texts in errors.items()}
    return JsonResponse(answer, status=422 if errors else 200)


def stale(*, by: str = "", at: datetime | None = None) -> JsonResponse:
    """Answer that somebody else saved first, `by` name and `at` what time where that is known: nothing was saved."""
    return JsonResponse({"by": by, "at": f"{localtime(at):%H:%M}"} if by and at else {}, status=409)
