"""One measured figure beside its floor, and how it is printed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A figure that has a bound of its own, such as a number of queries."""

    name: str
    value: float
    most: float

    @property
    def met(self) -> bool:
        """Say whether it is within its bound."""
        return self.value <= self.most

    def __str__(self) -> str:
        return f"{self.name} {self.value:.3g} (at most {self.most:g}{'' if self.met else ': NOT met'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure and the floor measured in the same run; `ratio` is ours over the floor, `target` the most it may be.

    Without a target the ratio is shown for itself, and only the `limits` count.
    """

    name: str
    ours_ms: float
    floor_ms: float
    ratio: float
    target: float | None
    detail: str = ""
    limits: tuple[Limit, ...] = ()

    @property
    def reached(self) -> bool:
        """Say whether the ratio is within its target, and every limit too."""
        return (self.target is None or self.ratio <= self.target) and all(limit.met for limit in self.limits)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the report: ratio, target, whether it is met, and the figures behind it."""
    yield f"{'':40} {'ratio':>8} {'at most':>8}  {'':7}  {'ours':>9} {'floor':>9}"
    for row in rows:
        target = "-" if row.target is None else f"{row.target:.2f}"
        met = "met" if row.reached else "NOT met"
        yield (f"{row.name:40} {row.ratio:8.3g} {target:>8}  {met:7}  {row.ours_ms:6.1f} ms {row.floor_ms:6.1f} ms")
        for said in (*map(str, row.limits), row.detail):
            if said:
                yield f"{'':42}{said}"
