"""Where the form is whose address was opened by a link: the nearest page above it that opens like that."""

import inspect
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from clinic.accounts.access import access_of


def page_above(request: HttpRequest) -> str:
    """Return the nearest address above the request's that a link opens for whoever asks; "" where none does."""
    actor = getattr(request, "actor", None)
    for path in _above(request.path):
        try:
            view = resolve(path).func
        except Resolver404:
            continue
        declared = access_of(view)
        if declared is None or not (declared.public or (actor is not None and declared.allows(actor.permissions))):
            continue
        if "GET" in methods_of(view):
            return path
    return ""


def methods_of(view: Any) -> frozenset[str]:
    """Return the methods that `view` takes, as Django's own decorators of it say; none where no decorator says."""
    while inspect.isfunction(view):
        # `require_POST` and its like keep the list to themselves.
        if listed := inspect.getclosurevars(view).nonlocals.get("request_method_list"):
            return frozenset(listed)
        view = getattr(view, "__wrapped__", None)
    return frozenset()


def _above(path: str) -> Iterator[str]:
    """Yield the addresses above `path`, the nearest first, without that of the front page."""
    parts = path.strip("/").split("/")
    for length in range(len(parts) - 1, 0, -1):
        yield f"/{'/'.join(parts[:length])}/"
