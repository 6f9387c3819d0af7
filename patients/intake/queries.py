"""Which intake counts."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from clinic import clock
from clinic.accounts.models import Site
from clinic.kept import Kept
from patients.intake.models import Intake
from patients.intake.staging import Pathway
from patients.registry.models import Patient
from patients.registry.queries import of_age
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


def on_the_way(site: Site, at: datetime) -> QuerySet[Patient]:
    """Return the living patients, old enough for the site, whose latest intake was lately and leads to a plan, by name.

    Whose last signed checklist stops treatment isn't among them: nothing is taken of them for nothing.
    """
    latest = Intake.objects.filter(patient=OuterRef("patient")).order_by("-taken_at", "-id").values("pk")[:1]
    fit = Intake.objects.for_site(site).filter(
        pk=Subquery(latest), taken_at__gte=at - LATELY, pathway=Pathway.MESOTHERAPY
    )
    treatable = Patient.objects.for_site(site).filter(of_age(site, clock.local(at, site).date()), deceased=False)
    return treatable.filter(pk__in=fit.values("patient")).exclude(came_to_stop()).order_by("sort_name", "id")
