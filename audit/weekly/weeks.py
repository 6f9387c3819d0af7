"""ISO weeks on a site's clocks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: The years that the clinic's records can be of.
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Week":
        """Return the week that holds `day`."""
        year, number, _weekday = day.isocalendar()
        return cls(year, number)

    def __post_init__(self) -> None:
        """Raise ValueError for a week that its year doesn't have, or of a year out of reach."""
        if not FIRST_YEAR <= self.year <= LAST_YEAR or not 1 <= self.number <= 53:
            raise ValueError(f"{self.year}, {self.number} is out of reach")
        date.fromisocalendar(self.year, self.number, 1)

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def before(self) -> "Week | None":
        """The week before; None at the edge of reach."""
        return self._beside(-7)

    @property
    def after(self) -> "Week | None":
        """The week after; None at the edge of reach."""
        return self._beside(7)

    def _beside(self, days: int) -> "Week | None":
        year, number, _weekday = (self.monday + timedelta(days=days)).isocalendar()
        return Week(year, number) if FIRST_YEAR <= year <= LAST_YEAR else None

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return the aware start (inclusive) and end (exclusive) of the week on the clocks of `time_zone`."""
        zone = ZoneInfo(time_zone)
        start = datetime.combine(self.monday, time(0), tzinfo=zone)
        return start, datetime.combine(self.monday + timedelta(days=7), time(0), tzinfo=zone)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"
