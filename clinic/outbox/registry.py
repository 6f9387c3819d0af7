"""Which effects there are, and which of them the clock asks for; filled while the apps start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from clinic.outbox.priorities import Priority

type Payload = Mapping[str, Any]
type EffectFunction = Callable[..., None]

DEFAULT_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a worker does later: `run(payload, at=...)` in a transaction of its own."""

    name: str
    run: EffectFunction
    attempts: int
    priority: Priority


class Every(StrEnum):
    """How often a tick falls due."""

    FIVE_MINUTES = "five minutes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Tick:
    """A clock-driven effect: due once per period, at `at` on the clocks of each site.

    A weekly tick is due on Monday, a monthly one on the first; `at` counts its minutes only for an
    hourly one, and not at all for one of five minutes. Without `per_site` there is one per period, in UTC. With
    `latest_only` a gap is made good by one run, not by one for every period missed.
    """

    name: str
    every: Every
    at: time
    per_site: bool
    latest_only: bool


class UnknownEffectError(LookupError):
    """Work was deferred to an effect that no app has registered."""


_effects: dict[str, Effect] = {}
_ticks: dict[str, Tick] = {}


def effect(
    name: str, *, attempts: int = DEFAULT_ATTEMPTS, priority: Priority = Priority.USUAL
) -> Callable[[EffectFunction], EffectFunction]:
    """Register the decorated `function(payload, *, at)` as the effect `name`.

    It runs inside a unit of work together with the mark that it is done, so what it writes to the
    database happens once. What it does elsewhere (a file, a message) must bear being begun twice. It is
    tried `attempts` times, then parked with an alert. Of what is due, that of the first `priority` comes first, unless
    whoever defers it says another one.
    """

    def register(function: EffectFunction) -> EffectFunction:
        known = _effects.get(name)
        if known is not None and known.run is not function:
            raise ValueError(f"two effects are called {name}")
        _effects[name] = Effect(name=name, run=function, attempts=attempts, priority=priority)
        return function

    return register


def tick(
    name: str,
    *,
    every: Every | str,
    at: time = time(0, 0),
    per_site: bool = True,
    latest_only: bool = False,
    attempts: int = DEFAULT_ATTEMPTS,
    priority: Priority = Priority.USUAL,
) -> Callable[[EffectFunction], EffectFunction]:
    """Register the decorated `function(payload, *, at)` as an effect that falls due by the clock, see `Tick`.

    The payload holds `period` ("2026-11-22", "2026-W47", "2026-11", "2026-11-22T15", "2026-11-22T15:05"),
    `due_at` (ISO, UTC) and, for a tick per site, `site_id`.
    """
    due = Tick(name=name, every=Every(every), at=at, per_site=per_site, latest_only=latest_only)

    def register(function: EffectFunction) -> EffectFunction:
        effect(name, attempts=attempts, priority=priority)(function)
        _ticks[name] = due
        return function

    return register


def effect_named(name: str) -> Effect:
    """Return the effect `name`; raises UnknownEffectError."""
    try:
        return _effects[name]
    except KeyError:
        raise UnknownEffectError(f"no app has registered an effect called {name}") from None


def effect_names() -> list[str]:
    """Return the names of all effects that this process can do."""
    return sorted(_effects)


def ticks() -> list[Tick]:
    """Return all ticks, in order of their names."""
    return [_ticks[name] for name in sorted(_ticks)]


def due_at(payload: Payload) -> datetime:
    """Return the moment at which the tick behind `payload` fell due."""
    return datetime.fromisoformat(payload["due_at"])
