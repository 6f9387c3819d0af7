"""Which intake counts."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from clinic import clock
from clinic.accounts.models import Site
from clinic.kept import Kept, Value
from patients.intake.models import Intake
from patients.intake.staging import Pathway
from patients.registry.models import Patient
from patients.registry.queries import BornBy, born_early_enough, of_age
from patients.screening.stopped import came_to_stop

#: Whose intake is older and who never went on is found by the search, not by the list of work.
LATELY = timedelta(days=14)


def intakes_of(patient: Patient | int) -> QuerySet[Intake]:
    """All intakes of `patient`, the latest first, corrected ones included."""
    return Intake.objects.filter(patient=patient).select_related("taken_by", "corrects")


_LATEST = Kept(lambda patient: intakes_of(patient).order_by("-taken_at", "-id"))


def current_intake(patient: Patient) -> Intake | None:
    """Return the latest intake of `patient`; None before the first."""
    return _LATEST.first(patient=patient.pk)


class Asked(NamedTuple):
    """What `on_the_way` is about: a site, the earliest intake that counts, and the latest birth dates."""

    site: int
    since: datetime
    born_on: date
    born_in_month: str
    born_in_year: str

    @property
    def born(self) -> BornBy:
        """The latest birth dates of those who are old enough."""
        return BornBy(self.born_on, self.born_in_month, self.born_in_year)


def asked_now(site: Site, at: datetime) -> dict[str, Value]:
    """Return what `on_the_way` is about at `site` at the moment `at`, by name as a kept query takes it."""
    return Asked(site.pk, at - LATELY, *born_early_enough(site, clock.local(at, site).date()))._asdict()


def on_the_way(about: Asked) -> QuerySet[Patient]:
    """Return the living patients, old enough for the site, whose latest intake was lately and leads to a plan, by name.

    Whose last signed checklist stops treatment isn't among them: nothing is taken of them for nothing. Rooms ask more
    of them, each by a kept query of its own: `Kept(lambda **asked: on_the_way(Asked(**asked)).exclude(...))`, with the
    values of `asked_now`.
    """
    latest = Intake.objects.filter(patient=OuterRef("patient")).order_by("-taken_at", "-id").values("pk")[:1]
    fit = Intake.objects.for_site(about.site).filter(
        pk=Subquery(latest), taken_at__gte=about.since, pathway=Pathway.MESOTHERAPY
    )
    treatable = Patient.objects.for_site(about.site).filter(of_age(about.born), deceased=False)
    return treatable.filter(pk__in=fit.values("patient")).exclude(came_to_stop()).order_by("sort_name", "id")
