"""ISO weeks on a site's clocks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


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
        """Raise ValueError for a week that its year doesn't have."""
        date.fromisocalendar(self.year, self.number, 1)
        if not 2000 <= self.year <= 2200:
            raise ValueError(f"{self.year} is out of reach")

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def before(self) -> "Week":
        """The week before."""
        return Week.of(self.monday - timedelta(days=7))

    @property
    def after(self) -> "Week":
        """The week after."""
        return Week.of(self.monday + timedelta(days=7))

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return the aware start (inclusive) and end (exclusive) of the week on the clocks of `time_zone`."""
        zone = ZoneInfo(time_zone)
        start = datetime.combine(self.monday, time(0), tzinfo=zone)
        return start, datetime.combine(self.monday + timedelta(days=7), time(0), tzinfo=zone)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"
