"""Measuring: floor and ours by turns, so that a busy moment of the machine hits both; medians of the rounds."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from bench.report import Limit, Row

type Work = Callable[[], object]
#: Makes the work of one round ready, untimed, and returns it.
type Prepare = Callable[[], Work]


#: Rounds until a connection is as warm as one that has worked for a minute: a statement is prepared after five uses,
#: and Postgres plans the prepared one anew five times more before it keeps a plan. Then the pages of a dozen indexes
#: have to be read for the first time.
STATEMENTS_WARM = 25


def interleaved_ms(rounds: int, *, ours: Prepare, floor: Prepare, warm_up: int = 1) -> tuple[list[float], list[float]]:
    """Return the wall times of `rounds` rounds of ours and of the floor, after `warm_up` that aren't counted."""
    ours_ms: list[float] = []
    floor_ms: list[float] = []
    for number in range(rounds + warm_up):
        # Each is first in every second round: whoever comes second finds warmer caches.
        turns = [(floor, floor_ms), (ours, ours_ms)]
        for prepare, times in turns if number % 2 else reversed(turns):
            took_ms = wall_ms(prepare())
            if number >= warm_up:
                times.append(took_ms)
    return ours_ms, floor_ms


def row(
    name: str, times: tuple[Sequence[float], Sequence[float]], *, target: float | None, detail: str = "",
    limits: tuple[Limit, ...] = (),
) -> Row:  # fmt: skip
    """Return the report's row for the times of ours and of the floor."""
    ours_ms, floor_ms = (statistics.median(each) for each in times)
    return Row(
        name=name, ours_ms=ours_ms, floor_ms=floor_ms, ratio=ours_ms / floor_ms, target=target, detail=detail,
        limits=limits,
    )  # fmt: skip


def wall_ms(work: Work) -> float:
    """Return how long `work` takes."""
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


def cpu_ms(work: Work) -> float:
    """Return the processor time that `work` takes in this process."""
    before = time.process_time()
    work()
    return 1000 * (time.process_time() - before)


class Statements:
    """The statements that a block sent: how many, and how long the database and the way there took, in ms."""

    def __init__(self) -> None:
        self.count = 0
        self.ms = 0.0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.count += 1
        before = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.ms += 1000 * (time.perf_counter() - before)


@contextmanager
def statements() -> Iterator[Statements]:
    """Count and time the statements of the block (BEGIN, COMMIT and savepoints are none)."""
    counted = Statements()
    with connection.execute_wrapper(counted):
        yield counted


def queries_of(work: Work) -> int:
    """Return how many statements `work` sends."""
    with statements() as counted:
        work()
    return counted.count


def percentile_95(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
