"""Effects that only tests know."""

from collections.abc import Callable
from typing import Any

import pytest

from clinic.outbox import registry
from clinic.outbox.registry import effect, tick


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Forget after the test what it registers; returns a function that registers an effect."""
    monkeypatch.setattr(registry, "_effects", dict(registry._effects))
    monkeypatch.setattr(registry, "_ticks", {})
    return effect


@pytest.fixture
def known_ticks(known: Callable[..., Any]) -> Callable[..., Any]:
    """A function that registers a tick; the only ticks are the test's own."""
    return tick
