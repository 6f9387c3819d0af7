"""From the point that a demo patient has reached back to the deeds that led there."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from audit.month6.due import audit_due_on
from audit.month6.models import Decision
from clinic import clock
from demo.bench_work import Bench
from demo.house import House
from demo.people import Way
from demo.timeline import Timeline, moment, working_day
from demo.visits import Visits
from patients.photos.models import Purpose
from protocols.checklists.models import Rule
from protocols.formulations.models import FormulationVersion
from sessions.treatment.services import did_not_proceed

STEP = timedelta(days=28)
VISIT_BEFORE = timedelta(days=7)
#: How many preparers take turns at each site.
TURNS = {"N": ("preparer", "preparer2", "preparer3"), "S": ("preparer3",)}


class Ways:
    """Plans the deeds of one patient."""

    def __init__(self, visits: Visits, *, house: House, bench: Bench, timeline: Timeline, now: datetime) -> None:
        self.visits, self.house, self.bench, self.timeline, self.now = visits, house, bench, timeline, now
        self.who, self.site = visits.who, visits.who.site
        self.zone = visits.staff.sites[self.site].time_zone
        self.today: date = clock.local(now, visits.staff.sites[self.site]).date()

    @property
    def version(self) -> FormulationVersion:
        """The formulation that this patient gets; known once the protocols are approved."""
        return self.house.version(self.site, self.who.formulation)

    def plan(self) -> None:
        """Put everything that happened to this patient on the timeline."""
        short: dict[Way, Callable[[datetime], None]] = {
            Way.REGISTERED: lambda at: None,
            Way.SURGICAL: self.visits.intake,
            Way.CLEARANCE_ASKED: self._clearance_asked,
            Way.STOPPED: self._stopped,
            Way.NO_CONSENT: self._no_consent,
            Way.PHOTOS_OPEN: self._photos_open,
        }
        if self.who.way in short:
            self._earlier_today(40, self.visits.register)
            self._earlier_today(30, short[self.who.way])
            return
        ends_today = self.who.way in {Way.READY_TODAY, Way.OPEN_SESSION, Way.PLANNED_TODAY}
        first = self.today - timedelta(weeks=self.who.weeks_ago)
        first = first if ends_today else working_day(first)
        self._first_visit(first)
        for number in range(self.who.given):
            self._treat(first + STEP * number)
        self._then(first)

    def _earlier_today(self, minutes: int, deed: Callable[[datetime], None]) -> None:
        """Do `deed` so many minutes ago, but today: soon after midnight the minutes shrink."""
        midnight = moment(self.today, "00:00", self.zone)
        share = min(1.0, (self.now - midnight) / timedelta(minutes=60))
        self.timeline.at(self.now - timedelta(minutes=minutes) * share, deed)

    def _on(self, day: date, clock_time: str, deed: Callable[[datetime], None]) -> None:
        self.timeline.at(moment(day, clock_time, self.zone), deed)

    def _first_visit(self, first: date) -> None:
        day = first - VISIT_BEFORE

        def come(at: datetime) -> None:
            self.visits.register(at)
            self.visits.intake(at)
            self.visits.consent(at)
            self.visits.photos(at, Purpose.BASELINE, density=0.55)
            self.visits.plan(at, self.version, first)

        self._on(day, f"1{self.visits.number % 7}:05", come)

    def _treat(self, day: date) -> None:
        self._on(day, f"09:{self.visits.number:02}", self._whole_session)

    def _whole_session(self, at: datetime) -> None:
        turns = TURNS[self.site]
        key = turns[(self.visits.number + at.isocalendar().week) % len(turns)]
        vial = self.bench.prepare(key=key, site=self.site, version=self.version, at=at).vials.get()
        self.visits.checklist(at, self.version)
        row = self.visits.session(at)
        self.visits.inject(at, row, vial)
        self.visits.finish(at, row, vial)
        self.bench.destroy(key=key, site=self.site, vial=vial, at=at)

    def _clearance_asked(self, at: datetime) -> None:
        self.visits.intake(at)
        self.visits.checklist(at, self.version, yes={Rule.ANTICOAGULANT}, leave={Rule.HYPERSENSITIVITY}, sign=False)

    def _stopped(self, at: datetime) -> None:
        self.visits.intake(at)
        self.visits.checklist(at, self.version, yes={Rule.MALIGNANCY})

    def _no_consent(self, at: datetime) -> None:
        self.visits.intake(at)
        self.visits.checklist(at, self.version)

    def _photos_open(self, at: datetime) -> None:
        self._no_consent(at)
        self.visits.consent(at)
        self.visits.photos(at, Purpose.BASELINE, density=0.6, views=3)

    def _then(self, first: date) -> None:
        way = self.who.way
        if way is Way.READY_TODAY:
            self._earlier_today(15, self._checklist_only)
        elif way is Way.OPEN_SESSION:
            self._earlier_today(12, self._half_a_session)
        elif way is Way.DID_NOT_PROCEED:
            self._on(first + STEP * self.who.given, "10:10", self._not_today)
        elif way is Way.AUDIT_DUE:
            day = min(audit_due_on(first - VISIT_BEFORE), self.today - timedelta(days=2))
            self._on(day, "15:00", partial(self._month_6, density=0.62))
        elif way in {Way.MAINTENANCE, Way.ENDED}:
            self._after_month_6(first)

    def _checklist_only(self, at: datetime) -> None:
        self.visits.checklist(at, self.version)

    def _month_6(self, at: datetime, *, density: float) -> None:
        self.visits.photos(at, Purpose.MONTH_6, density=density)

    def _half_a_session(self, at: datetime) -> None:
        key = TURNS[self.site][0]
        vial = self.bench.prepare(key=key, site=self.site, version=self.version, at=at).vials.get()
        self.visits.checklist(at, self.version, yes={Rule.FAINTING})  # so the room shows an instruction
        row = self.visits.session(at)
        self.visits.inject(at, row, vial, zones=2)

    def _not_today(self, at: datetime) -> None:
        row = self.visits.session(at)
        did_not_proceed(
            by=self.visits.operator, treatment_session=row, reason="Cold sore on the hairline, noticed at the door.",
            next_on=self.today + timedelta(days=7), at=at,
        )  # fmt: skip

    def _after_month_6(self, first: date) -> None:
        goes_on = self.who.way is Way.MAINTENANCE
        due = audit_due_on(first - VISIT_BEFORE)
        self._on(due, "15:00", partial(self._month_6, density=0.66 if goes_on else 0.5))
        self._on(
            due + timedelta(days=3), "16:00",
            partial(self.visits.audit, decision=Decision.CONTINUE if goes_on else Decision.STOP),
        )  # fmt: skip
        if goes_on:
            self._treat(working_day(due + VISIT_BEFORE))
