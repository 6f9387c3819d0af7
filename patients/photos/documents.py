"""What is sealed of a complete photo set: how it was prepared, which photographs, by their hashes, and by whom."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import clock
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents.registry import register
from clinic.documents.snapshots import fields, statements, table
from patients.photos.models import Photo, PhotoSet
from patients.photos.queries import photos_with_pictures, ticks_of
from patients.registry.identity import identity
from protocols.photos.thresholds import thresholds_of

register(
    "photo_set",
    title=gettext_lazy("Photographs"),
    permissions=(Permission.VIEW_PHOTOS,),
    amended_by=(Permission.TAKE_PHOTOS,),
)


def set_content(row: PhotoSet) -> dict[str, Any]:
    """Return what the document of the complete set `row` says: its day, protocol, and every photograph, retaken or not.

    Raises ValueError for a set that is still open.
    """
    if row.completed_at is None or row.completed_by is None:
        raise ValueError("an open photo set is still changing")
    completed = clock.local(row.completed_at, row.site)
    by_whom = f"{day_text(completed.date())}, {completed:%H:%M}, {row.completed_by.full_name}"
    photos = list(photos_with_pictures(row))
    return {
        "patient": identity(row.patient),
        "sections": [
            fields(
                _("Photo set"),
                [
                    (_("Purpose"), str(row.get_purpose_display())),
                    (_("Taken on"), day_text(row.taken_on)),
                    (_("Photo protocol"), _("Version %(version)s") % {"version": row.protocol_version.number}),
                    (_("Called complete"), by_whom),
                ],
            ),
            *_preparation(row),
            table(
                _("Photographs, by their hashes"),
                [_("View"), _("Size"), _("Camera"), _("Uploaded by"), _("SHA-256")],
                [_row(photo) for photo in photos],
                wide=4,
            ),
            *_quality(row, photos),
        ],
        "photos": [{"view": photo.view.code, "sha256": photo.sha256} for photo in photos],
    }


def _preparation(row: PhotoSet) -> list[dict[str, Any]]:
    """Return a section with every point of the preparation; of one without a tick nobody has said anything."""
    ticks = ticks_of(row)
    lines = []
    for point in row.protocol_version.points.all():
        tick = ticks.get(point.pk)
        if tick is None:
            lines.append([point.text, _("Not recorded"), "", ""])
            continue
        at = clock.local(tick.ticked_at, row.site)
        lines.append(
            [tick.text, _("Ticked"), tick.note, f"{tick.ticked_by.full_name}, {day_text(at.date())}, {at:%H:%M}"]
        )
    return [table(_("Preparation"), [_("Point"), _("Recorded"), _("Note"), _("By")], lines)] if lines else []


def _quality(row: PhotoSet, photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """Return a section with what of the photographs that count is below the protocol's quality."""
    asked = thresholds_of(row.protocol_version)
    told = [
        f"{photo.view.name}: {sentence}"
        for photo in photos if not hasattr(photo, "retake") for sentence in photo.shortfalls(asked)
    ]  # fmt: skip
    return [statements(_("Below the protocol's quality"), told)] if told else []


def _row(photo: Photo) -> list[str]:
    view = _("%(view)s, taken again since") % {"view": photo.view.name} if hasattr(photo, "retake") else photo.view.name
    return [
        view, f"{photo.width} × {photo.height} px", photo.camera_name, photo.uploaded_by.full_name, photo.sha256,
    ]  # fmt: skip
