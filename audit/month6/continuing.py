"""Whether the photographs of month 6 support going on with maintenance. Pure.

The patient was promised maintenance only when the comparison supports it (the clinic's consent script). A reviewer may
decide to continue all the same, as somebody who has seen the patient can; then the note says why.
"""

from collections.abc import Sequence
from statistics import median

from django.utils.translation import gettext as _

#: From how many letters on a note says why.
SHORTEST_WHY = 10


def unsupported(grades: Sequence[int | None]) -> str:
    """Return, in sentences, why continuing takes a note; "" where the photographs support it.

    `grades` has one entry for each view, -3 greatly decreased to +3 greatly increased, None for one that can't be
    judged, which counts for nothing. They don't support it when there is no grade at all, or when the median of the
    grades is below 0. Of an even number of grades the median lies between the two in the middle.
    """
    judged = [grade for grade in grades if grade is not None]
    if not judged:
        return _("Not one view could be assessed. To continue all the same, say why in the note.")
    if median(judged) >= 0:
        return ""
    if 2 * sum(grade < 0 for grade in judged) == len(judged):
        return _("Half of the views were graded as worse. To continue all the same, say why in the note.")
    return _("Most views were graded as worse. To continue all the same, say why in the note.")


def says_why(note: str) -> bool:
    """Whether a note is long enough to say why."""
    return len(note.strip()) >= SHORTEST_WHY
