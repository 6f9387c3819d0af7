"""Which photographs count."""

from django.db.models import Prefetch, QuerySet

from patients.photos.models import Derivative, Photo, PhotoSet, Purpose
from patients.registry.models import Patient
from protocols.photos.models import PhotoView


def baseline_set(patient: Patient) -> PhotoSet | None:
    """Return the latest complete baseline set; None while there is none."""
    return (
        PhotoSet.objects.filter(patient=patient, purpose=Purpose.BASELINE, completed_at__isnull=False)
        .order_by("-taken_on", "-id")
        .first()
    )


def photos_with_pictures(photo_set: PhotoSet) -> QuerySet[Photo]:
    """All photographs of a set, retakes and retaken alike, with view and derived pictures: two queries."""
    return photo_set.photos.select_related("view", "uploaded_by").prefetch_related(
        Prefetch("derivatives", queryset=Derivative.objects.order_by("kind"))
    )


def current_photos(photo_set: PhotoSet) -> dict[str, Photo]:
    """Return the photograph that counts for each view, by the view's code: the one that was not retaken."""
    photos = photos_with_pictures(photo_set).filter(retake__isnull=True)
    return {photo.view.code: photo for photo in photos}


def missing_views(photo_set: PhotoSet) -> list[PhotoView]:
    """Return the required views that have no photograph yet, in the protocol's order."""
    taken = set(photo_set.photos.values_list("view_id", flat=True))
    return [view for view in photo_set.protocol_version.views.filter(required=True) if view.pk not in taken]
