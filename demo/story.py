"""The demo clinic's forty-odd weeks: who comes when, who prepares what, which week gets signed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from clinic import clock
from demo.bench_work import Bench
from demo.house import House
from demo.people import PATIENTS
from demo.staff import NORTH, SOUTH, make_staff
from demo.timeline import Timeline, moment, working_day
from demo.visits import Visits
from demo.ways import Ways

WEEKS = 44
PREPARATION_WEEKS = 26
EARLIEST_AUDIT_DAYS = 181
PREPARERS = {NORTH: ("preparer", "preparer2", "preparer3"), SOUTH: ("preparer3",)}
#: Weeks that the manager hasn't signed yet.
UNSIGNED_WEEKS = 2


class Story:
    """Writes the demo clinic, one deed a step; the caller holds the transaction: all of it is written, or none."""

    def __init__(self, now: datetime) -> None:
        self.now, self.begin = now, now - timedelta(weeks=WEEKS)
        with clock.moved_to(self.begin):
            self.staff = make_staff(self.begin)
        self.timeline = Timeline()
        self.bench = Bench(self.staff, now, Random(2026))
        self.house = House(self.staff, self.bench)

    def play(self) -> Iterator[tuple[int, int]]:
        """Yield (done, known so far) after each deed."""
        for site in (NORTH, SOUTH):
            self._run(site)
        for number, who in enumerate(PATIENTS, start=1):
            visits = Visits(self.staff, who, number)
            Ways(visits, house=self.house, bench=self.bench, timeline=self.timeline, now=self.now).plan()
        for done, _moment in enumerate(self.timeline.play(self.now), start=1):
            yield done, done + len(self.timeline)

    def _run(self, site: str) -> None:
        zone = self.staff.sites[site].time_zone
        today = clock.local(self.now, self.staff.sites[site]).date()
        first = clock.local(self.begin, self.staff.sites[site]).date()
        self.timeline.at(self.begin + timedelta(hours=1), partial(self.house.approve_protocols, site))
        self.timeline.at(self.begin + timedelta(hours=2), partial(self.house.set_up, site))
        for weeks in range(0, WEEKS, 20):
            day = first + timedelta(weeks=weeks, days=1)
            self.timeline.at(moment(day, "07:30", zone), partial(self.house.receive_stock, site))
        # Before that no baseline can be six months old.
        for days in range(EARLIEST_AUDIT_DAYS, (today - first).days + 1):
            day = first + timedelta(days=days)
            self.timeline.at(moment(day, "04:30", zone), partial(self.house.open_audits, site))
        self._routine(site, today, zone)
        self._mondays(site, first, today, zone)

    def _routine(self, site: str, today: date, zone: str) -> None:
        """Each preparer prepares once a week, besides what the sessions need."""
        for week in range(PREPARATION_WEEKS, 0, -1):
            for number, key in enumerate(PREPARERS[site]):
                day = working_day(today - timedelta(weeks=week) + timedelta(days=number))
                if day < today:
                    code = "AB"[(week + number) % 2]
                    self.timeline.at(
                        moment(day, f"1{number}:20", zone), partial(self.house.prepare_and_destroy, site, key, code)
                    )

    def _mondays(self, site: str, first: date, today: date, zone: str) -> None:
        monday = first + timedelta(days=7 - first.weekday())
        while monday <= today - timedelta(weeks=UNSIGNED_WEEKS):
            self.timeline.at(moment(monday, "08:15", zone), partial(self.house.sign_last_week, site))
            monday += timedelta(weeks=1)
