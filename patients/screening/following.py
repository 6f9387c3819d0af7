"""What became of a sealed checklist, for whoever holds its paper: of several of one day the last signed counts."""

from django.utils.translation import gettext as _

from clinic import clock
from clinic.documents.registry import After
from patients.screening.models import ChecklistStatus, PatientChecklist
from patients.screening.queries import ended_under


def why_ended(pk: str) -> str:
    """Return in a sentence why no session goes on by `pk` on its day; "" of one that counts. It names nobody.

    Another checklist took its place, or a clearance that it rests on ended that day. What ends later doesn't matter:
    it counted on its day.
    """
    checklist = _checklist(pk)
    if checklist is None:
        return ""
    if later := _later(checklist):
        return _("The checklist signed at %(time)s that day took its place.") % {"time": _time(later)}
    ended = ended_under(checklist, checklist.on).values()
    if any(clock.local(each.at, checklist.site).date() <= checklist.on for each in ended):
        return _("A clearance that it rests on was taken back or decided anew that day: no session goes on by it.")
    return ""


def what_followed(pk: str) -> After | None:
    """Return which checklist took the place of `pk` on its day; None of the one that counts."""
    checklist = _checklist(pk)
    later = _later(checklist) if checklist is not None else None
    if checklist is None or later is None:
        return None
    return After(version=_named(checklist), superseded_by=_named(later), subject_id=str(later.pk))


def _checklist(pk: str) -> PatientChecklist | None:
    found: PatientChecklist | None = (
        PatientChecklist.objects.filter(pk=pk, status=ChecklistStatus.SIGNED).select_related("site").first()
    )
    return found


def _later(checklist: PatientChecklist) -> PatientChecklist | None:
    """Return the last checklist signed of the same patient and day, where that is another one."""
    same_day = PatientChecklist.objects.filter(patient=checklist.patient_id, on=checklist.on)
    last: PatientChecklist | None = (
        same_day.filter(status=ChecklistStatus.SIGNED).select_related("site").order_by("-signed_at", "-id").first()
    )
    return last if last != checklist else None


def _named(checklist: PatientChecklist) -> str:
    return _("the checklist signed at %(time)s") % {"time": _time(checklist)}


def _time(checklist: PatientChecklist) -> str:
    if checklist.signed_at is None:
        raise ValueError("only a signed checklist has the time of its signature")
    return f"{clock.local(checklist.signed_at, checklist.site):%H:%M}"
