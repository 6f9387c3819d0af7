"""Audits and the pairs that they compare."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from audit.month6.due import is_due, latest_candidate
from audit.month6.models import PhotoAudit, ViewGrade
from clinic.accounts.models import Site
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.queries import current_photos
from patients.registry.models import Patient


def baselines_due(site: Site, *, on: date) -> list[PhotoSet]:
    """Return the baselines whose audit is due and not opened: of each patient the latest complete one; one query."""
    latest = (
        PhotoSet.objects.for_site(site)
        .filter(purpose=Purpose.BASELINE, completed_at__isnull=False)
        .order_by("patient_id", "-taken_on", "-id")
        .distinct("patient_id")
        .values("pk")
    )
    candidates = (
        PhotoSet.objects.filter(pk__in=latest, taken_on__lte=latest_candidate(on), photo_audit=None)
        .select_related("patient")
        .order_by("taken_on", "id")
    )
    return [baseline for baseline in candidates if is_due(baseline.taken_on, on)]


def audits_of(site: Site) -> QuerySet[PhotoAudit]:
    """Return the audits of a site with what a list shows of them."""
    return PhotoAudit.objects.for_site(site).select_related("patient", "baseline", "month_6", "signed_by")


def audit_of_baseline(patient: Patient, baseline: PhotoSet | None) -> PhotoAudit | None:
    """Return the audit of `baseline`; None while it isn't opened."""
    return PhotoAudit.objects.filter(patient=patient, baseline=baseline).first() if baseline else None


def month_6_set(audit: PhotoAudit) -> PhotoSet | None:
    """Return the month-6 photographs of an audit: those attached, else the latest complete set since the baseline."""
    if audit.month_6 is not None:
        return audit.month_6
    return (
        PhotoSet.objects.filter(
            patient_id=audit.patient_id, purpose=Purpose.MONTH_6, completed_at__isnull=False,
            taken_on__gt=audit.baseline.taken_on,
        )
        .order_by("-taken_on", "-id")
        .first()
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One view before and after, and its grade."""

    view_code: str
    view_name: str
    before: Photo | None
    after: Photo | None
    grade: ViewGrade | None

    @property
    def assessable(self) -> bool:
        """Whether both photographs are there."""
        return self.before is not None and self.after is not None


def pairs_of(audit: PhotoAudit) -> list[Pair]:
    """Return the pairs of an audit, one per view of the baseline's protocol, in its order."""
    later = month_6_set(audit)
    before = current_photos(audit.baseline)
    after = current_photos(later) if later else {}
    grades = {grade.view_code: grade for grade in audit.grades.select_related("graded_by")}
    return [
        Pair(view.code, view.name, before.get(view.code), after.get(view.code), grades.get(view.code))
        for view in audit.baseline.protocol_version.views.all()
        if view.required or view.code in before
    ]
