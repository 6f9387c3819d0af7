"""What runs in the demo clinic besides patients: protocols, stock, routine preparations, the manager's Mondays."""

import uuid
from datetime import datetime, timedelta

from audit.month6.services import open_due_audits
from audit.weekly.models import Verdict
from audit.weekly.queries import deviations_of, preparations_of
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import service_actor
from demo.bench_work import Bench
from demo.staff import NORTH, SOUTH, Staff
from protocols.decisions.services import approve, submit_for_review
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.starter.services import write_starter_drafts

AUTHOR = {NORTH: "preparer", SOUTH: "preparer3"}


class House:
    """The two sites at work."""

    def __init__(self, staff: Staff, bench: Bench) -> None:
        self.staff, self.bench = staff, bench
        self.versions: dict[tuple[str, str], FormulationVersion] = {}

    def version(self, site: str, code: str) -> FormulationVersion:
        """Return the formulation in force under `code`."""
        return self.versions[site, code]

    def approve_protocols(self, site: str, at: datetime) -> None:
        """Write the starter drafts, have a physician approve all but the example."""
        author, physician = self.staff.actor(AUTHOR[site], site), self.staff.actor("physician", site)
        drafts = write_starter_drafts(by=author, at=at, telephone="+49 30 5550 100, 9:00 to 17:00")
        for version in drafts.to_adopt():
            submit_for_review(by=author, version=version, at=at)
            approved = approve(by=physician, version=version, confirmed=self.staff.confirm(physician), at=at)
            if isinstance(approved, FormulationVersion):
                self.versions[site, approved.formulation.code] = approved

    def receive_stock(self, site: str, at: datetime) -> None:
        """A lot of each ingredient arrives."""
        by = self.staff.actor(AUTHOR[site], site)
        used = Ingredient.objects.for_site(by.site).filter(lines__version__status="approved").distinct()
        for ingredient in used.order_by("pk"):
            self.bench.receive(by=by, ingredient=ingredient, at=at)

    def open_audits(self, site: str, at: datetime) -> None:
        """What the clock does early in the morning."""
        open_due_audits(by=service_actor(self.staff.sites[site]), at=at)

    def prepare_and_destroy(self, site: str, key: str, code: str, at: datetime) -> None:
        """Prepare a batch and destroy it unused: practice, or a patient who didn't come."""
        preparation = self.bench.prepare(key=key, site=site, version=self.version(site, code), at=at)
        for vial in preparation.vials.all():
            self.bench.destroy(key=key, site=site, vial=vial, at=at + timedelta(minutes=10))

    def sign_last_week(self, site: str, at: datetime) -> None:
        """The manager reads last week, decides on its deviations and signs."""
        by = self.staff.actor("manager", site)
        week = Week.of(clock.local(at, by.site).date()).before
        if week is None or not preparations_of(by.site, week).exists():
            return
        for deviation in deviations_of(by.site, week).filter(decision=None):
            decide_deviation(
                by=by, deviation=deviation, verdict=Verdict.TALKED, text="Talked through at the bench.",
                submission_key=uuid.uuid4(), at=at,
            )  # fmt: skip
        sign_week(by=by, week=week, note="", confirmed=self.staff.confirm(by), submission_key=uuid.uuid4(), at=at)
