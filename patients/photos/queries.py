"""Which photographs count."""

from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from clinic.kept import Kept
from patients.photos.models import Derivative, Photo, PhotoSet, PreparationTick, Purpose
from patients.registry.models import Patient
from protocols.photos.models import PreparationPoint


def baseline_set(patient: Patient) -> PhotoSet | None:
    """Return the latest complete baseline set that can be compared, with its protocol; None while there is none."""
    return _BASELINES.first(patient=patient.pk)


def _baselines(patient: int) -> QuerySet[PhotoSet]:
    sets = PhotoSet.objects.filter(patient=patient, purpose=Purpose.BASELINE).standing()
    return sets.select_related("protocol_version").order_by("-taken_on", "-id")


_BASELINES = Kept(_baselines)


def completed_baseline_by(patient: Patient, at: datetime) -> PhotoSet | None:
    """Return the latest baseline set that was complete by `at`, whether it can still be compared or not."""
    sets = PhotoSet.objects.filter(patient=patient, purpose=Purpose.BASELINE, completed_at__lte=at)
    found: PhotoSet | None = sets.order_by("-taken_on", "-id").first()
    return found


def photos_with_pictures(photo_set: PhotoSet) -> QuerySet[Photo]:
    """All photographs of a set, retakes and retaken alike, with view and derived pictures: two queries."""
    return photo_set.photos.select_related("view", "uploaded_by").prefetch_related(
        Prefetch("derivatives", queryset=Derivative.objects.order_by("kind"))
    )


def current_photos(photo_set: PhotoSet) -> dict[str, Photo]:
    """Return the photograph that counts for each view, by the view's code; a view without one is left out."""
    return {code: photo for code, photo in latest_photos(photo_set).items() if photo.comparable}


def latest_photos(photo_set: PhotoSet) -> dict[str, Photo]:
    """Return the photograph of each view that was not retaken, by the view's code, whether it counts or not."""
    photos = photos_with_pictures(photo_set).filter(retake__isnull=True)
    return {photo.view.code: photo for photo in photos}


def ticks_of(row: PhotoSet) -> dict[int, PreparationTick]:
    """Return what was ticked in a set, by the point's number; one query."""
    return {tick.point_id: tick for tick in row.preparation_ticks.select_related("ticked_by")}


def unticked(photo_set: PhotoSet) -> list[str]:
    """Return the points of the preparation of which nobody has said that they are fulfilled; one query."""
    said = PreparationTick.objects.filter(photo_set=photo_set).values("point")
    points = PreparationPoint.objects.filter(version=photo_set.protocol_version_id)
    return list(points.exclude(pk__in=said).order_by("ordinal").values_list("text", flat=True))


def missing_in_words(photo_set: PhotoSet) -> list[str]:
    """Return, in the protocol's order, the required views for which no photograph counts; two queries."""
    latest = {photo.view_id: photo for photo in photo_set.photos.filter(retake=None)}
    return [
        _("%(view)s: %(wrong)s, take it again") % {"view": view.name, "wrong": latest[view.pk].uncounted}
        if view.pk in latest else view.name
        for view in photo_set.protocol_version.views.filter(required=True)
        if view.pk not in latest or not latest[view.pk].comparable
    ]  # fmt: skip
