"""Somebody who opens addresses one after another; whatever a request writes is taken back before the next."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import User
from clinic.accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `error` is the exception that the view raised, as text; the status is 500 then."""

    status: int
    location: str = ""
    headers: Mapping[str, str] | None = None
    text: str = ""
    error: str = ""

    @property
    def to_sign_in(self) -> bool:
        """Whether it leads to the sign-in."""
        return self.status in {301, 302, 303} and self.location.split("?")[0] == reverse("account_login")

    @property
    def is_our_page(self) -> bool:
        """Whether it is a whole page of ours that leads somewhere."""
        return "<html" in self.text and 'href="/"' in self.text

    def __str__(self) -> str:
        return f"{self.status} {self.location}{self.error}".strip()


class Visitor:
    """A person with the permissions `held`, or a stranger (`user` is None); signed in once."""

    def __init__(self, who: str, user: User | None = None, held: frozenset[Permission] = frozenset()) -> None:
        self.who, self.held = who, held
        self.client = Client(raise_request_exception=True)
        if user is not None:
            self.client.force_login(user)
        self._cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def get(self, url: str, **headers: str) -> Answer:
        """Open `url`."""
        return self._ask(lambda: self.client.get(url, headers=headers))

    def post(self, url: str, data: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Send `data`, or nothing, to `url`."""
        return self._ask(lambda: self.client.post(url, data or {}, headers=headers))

    def other(self, method: str, url: str) -> Answer:
        """Send a request of another method."""
        return self._ask(lambda: self.client.generic(method, url))

    def _ask(self, send: Callable[[], Any]) -> Answer:
        try:
            with transaction.atomic():
                try:
                    response = send()
                    answer = _answer(response)
                finally:
                    transaction.set_rollback(True)
        except Exception as error:  # noqa: BLE001 - whatever a view raises is what is looked for
            answer = Answer(500, error=repr(error)[:300])
        self.client.cookies.clear()
        for name, value in self._cookies.items():
            self.client.cookies[name] = value
        return answer


def _answer(response: Any) -> Answer:
    # Read to the end: closing it early would close the connection with the story in it.
    text = b"".join(response).decode("utf-8", "replace")
    return Answer(response.status_code, response.get("Location", ""), dict(response.headers), text)


@contextmanager
def names_asked() -> Iterator[set[str]]:
    """Collect the names of the fields that views and forms look for in a query or a form."""
    asked: set[str] = set()

    def spied(method: str) -> Any:
        original = getattr(QueryDict, method)

        def spy(self: QueryDict, key: str, *args: Any, **kwargs: Any) -> Any:
            asked.add(key)
            return original(self, key, *args, **kwargs)

        return mock.patch.object(QueryDict, method, spy)

    with spied("__getitem__"), spied("get"), spied("getlist"), spied("__contains__"):
        yield asked
