"""What runs in the demo clinic besides patients: protocols, stock, routine preparations, the manager's Mondays."""

import uuid
from datetime import datetime, timedelta

from audit.month6.services import open_due_audits
from audit.weekly.models import Verdict
from audit.weekly.queries import deviations_of, preparations_of
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.permissions import Role
from demo.bench_work import Bench
from demo.jurisdiction import RESTRICTED, adopt
from demo.staff import NORTH, SOUTH, Person, Staff
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, submit_for_review
from protocols.drafts.services import rewrite_draft
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.opening.models import Arrangement
from protocols.opening.services import record_set_up
from protocols.prp.models import PrpSpin
from protocols.starter.prp import spins
from protocols.starter.services import StarterDrafts, write_starter_drafts

AUTHOR = {NORTH: "preparer", SOUTH: "preparer3"}
#: A kit that nobody sells.
KIT = "Demo PRP kit, fictional, registration DEMO-PRP-1"


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
        adopt(drafts.jurisdiction, author=author, physician=physician, confirmed=self.staff.confirm(physician), at=at)
        for version in [*drafts.to_adopt(), *self._more(site, drafts, author, at)]:
            submit_for_review(by=author, version=version, at=at)
            approved = approve(
                by=physician, version=version, confirmed=self.staff.confirm(physician), at=at,
                reason=RESTRICTED if version.asks_of_approver().reason_for else "",
            )  # fmt: skip
            if isinstance(approved, FormulationVersion):
                self.versions[site, approved.formulation.code] = approved

    def _more(self, site: str, drafts: StarterDrafts, author: Actor, at: datetime) -> list[Decision]:
        """What only the first site approves beside what it needs: its audit rules, PRP and the combined sessions.

        So the other shows what a site without audit rules is told.
        """
        if site != NORTH:
            return []
        prp = rewrite_draft(
            by=author, version=drafts.prp, row_version=drafts.prp.row_version, values={"kit": KIT}, at=at,
            parts=[PrpSpin(**spin) for spin in spins()],
        )  # fmt: skip
        return [drafts.audit_rules, prp, drafts.combined]

    def set_up(self, site: str, at: datetime) -> None:
        """The manager checks photo station and fridge, and attests the operators."""
        by = self.staff.actor("manager", site)
        operators = [person for person in self.staff.people.values() if self._treats(person, site)]
        station = (
            "Camera on a rail, 60 mm lens, floor mark at 100 cm, two fixed lights, grey background; test chart taken."
        )
        fridge = "Logger DEMO-7, certificate in the folder, 2 to 8 °C, alarm tested, read twice a day."
        trained = "Three supervised sessions, both drills of the year, and the photographs passed."
        for arrangement, name, details, person in (
            (Arrangement.PHOTO_STATION, "Photo room", station, None),
            (Arrangement.FRIDGE, "Fridge in the preparation room", fridge, None),
            *((Arrangement.OPERATOR, "", trained, self.staff.users[each.key]) for each in operators),
        ):
            record_set_up(
                by=by, arrangement=arrangement, name=name, details=details, person=person, at=at,
                valid_until=clock.local(at, by.site).date() + timedelta(days=730), confirmed=self.staff.confirm(by),
                submission_key=uuid.uuid4(),
            )  # fmt: skip

    def _treats(self, person: Person, site: str) -> bool:
        return Role.OPERATOR in person.roles and site in person.sites

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
