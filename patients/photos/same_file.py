"""A file that is on record already: a picture is evidence of one view, of one patient, on one day."""

from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.dates import day_text
from clinic.submissions import one_at_a_time
from patients.photos.models import Photo, PhotoSet


def fault_of_file(row: PhotoSet, digest: str) -> str:
    """Return, in a sentence, why the file with this hash has no place in the set; "" when it has.

    Inside a unit, the same file sent to another set at the same moment waits here. Two statements.

    No file is twice in a set, nor a photograph of two sets: a baseline that is compared with itself shows no change.
    What is in a set that was given up, or was taken again since, counts for nothing: the next set may have it, also
    that of another patient, when the first was opened for the wrong one. Whose record a file is in isn't said.
    """
    one_at_a_time(digest)
    counts = Q(photo_set__given_up_at=None, retake=None)
    found = list(
        Photo.objects.filter(Q(photo_set=row) | counts)
        .filter(sha256=digest, photo_set__site=row.site_id)
        .select_related("photo_set", "view")
    )
    if any(photo.photo_set_id == row.pk for photo in found):
        return _("This very file is in the set already. Choose the photograph of this view.")
    if any(photo.photo_set.patient_id != row.patient_id for photo in found):
        return _("This very file is in another patient's record. Look whose photograph it is.")
    if not found:
        return ""
    return _("This very file is the photograph of %(view)s of %(day)s already. Take a new one.") % {
        "view": found[0].view.name, "day": day_text(found[0].photo_set.taken_on)
    }  # fmt: skip
