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
    took = _interleaved(rounds, ours=ours, floor=floor, warm_up=warm_up)
    ours_ms, floor_ms = ([wall for wall, _cpu in each] for each in took)
    return ours_ms, floor_ms


def _interleaved(
    rounds: int, *, ours: Prepare, floor: Prepare, warm_up: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return wall and processor times, in ms, of the rounds of ours and of the floor."""
    ours_ms: list[tuple[float, float]] = []
    floor_ms: list[tuple[float, float]] = []
    for number in range(rounds + warm_up):
        # Each is first in every second round: whoever comes second finds warmer caches.
        turns = [(floor, floor_ms), (ours, ours_ms)]
        for prepare, times in turns if number % 2 else reversed(turns):
            took_ms = wall_and_cpu_ms(prepare())
            if number >= warm_up:
                times.append(took_ms)
    return ours_ms, floor_ms


def page_row(
    name: str, rounds: int, *, ours: Prepare, floor: Prepare, target: float, limits: tuple[Limit, ...] = (),
    detail: str = "",
) -> Row:  # fmt: skip
    """Return the row of a page: this process's processor time, which the targets of pages are about.

    The wall time, with the database's and the disk's part in it, is said beside it.
    """
    took = _interleaved(rounds, ours=ours, floor=floor, warm_up=STATEMENTS_WARM)
    of_ours, of_floor = ([cpu for _wall, cpu in each] for each in took)
    wall, wall_floor = (statistics.median(wall for wall, _cpu in each) for each in took)
    waited = f"wall time {wall:.1f} ms, floor {wall_floor:.1f} ms: ratio {wall / wall_floor:.3g}"
    said = f"{detail}; {waited}" if detail else waited
    return row(name, (of_ours, of_floor), target=target, limits=limits, detail=said)


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


def wall_and_cpu_ms(work: Work) -> tuple[float, float]:
    """Return how long `work` takes, and how long the processor is busy with it in this process."""
    before, busy_before = time.perf_counter(), time.process_time()
    work()
    busy = time.process_time() - busy_before
    return 1000 * (time.perf_counter() - before), 1000 * busy


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
