"""Steps of a unit of work that write all or nothing by themselves."""

from collections.abc import Callable
from functools import wraps

from clinic.trail.unit import in_unit, unit_of_work


def step_of_unit[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Run `verb` as a unit of its own, or, inside one, as a plain call without a savepoint around it.

    For a verb that refuses before it writes, and whose writes fail only together with the whole transaction: there
    is nothing that a savepoint could save, and it costs two statements.
    """
    alone = unit_of_work(verb)

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return verb(*args, **kwargs) if in_unit() else alone(*args, **kwargs)

    return run
