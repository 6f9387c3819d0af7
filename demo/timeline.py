"""What happens, in the order in which it happened: the record trail only moves forward in time."""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from clinic import clock

Deed = Callable[[datetime], None]


class Timeline:
    """Deeds waiting for their moment; a deed may add later ones."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Deed]] = []
        self._number = count()

    def at(self, moment: datetime, deed: Deed) -> None:
        """Do `deed` at `moment` (aware)."""
        heapq.heappush(self._waiting, (moment, next(self._number), deed))

    def __len__(self) -> int:
        return len(self._waiting)

    def play(self, until: datetime) -> Iterator[datetime]:
        """Do everything up to `until`, one deed a step, with the clinic's clock at the deed's moment."""
        while self._waiting and self._waiting[0][0] <= until:
            moment, _number, deed = heapq.heappop(self._waiting)
            with clock.moved_to(moment):
                deed(moment)
            yield moment


def moment(day: date, clock_time: str, time_zone: str) -> datetime:
    """Return `day` at "09:41" on the clocks of `time_zone`."""
    return datetime.combine(day, time.fromisoformat(clock_time), tzinfo=ZoneInfo(time_zone))


def working_day(day: date) -> date:
    """Return `day`, or the Monday after when it is a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
