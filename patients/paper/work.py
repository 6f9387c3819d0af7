"""What paper puts on the list of work: scans to file, forms to enter, forms that are missing."""

from collections.abc import Iterator
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.kept import Kept
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.paper.codes import spaced
from patients.paper.models import PaperForm, PaperKind, PaperScan
from patients.paper.queries import missing_before, pages_words, standing_on, to_be_entered, unfiled_scans

MOST = 50


_UNFILED: Kept[PaperScan] = Kept(lambda site: unfiled_scans(site)[:MOST])
_MISSING: Kept[PaperForm] = Kept(lambda site, today: missing_before(site, today).select_related("patient")[:MOST])
_CONSENTS: Kept[PaperForm] = Kept(
    lambda site: to_be_entered(site, kind=PaperKind.CONSENT).select_related("patient")[:MOST]
)
_CHECKLISTS: Kept[PaperForm] = Kept(
    lambda site, on: (
        to_be_entered(site, kind=PaperKind.CHECKLIST).filter(printed_on=on).select_related("patient")[:MOST]
    )
)


@worklist(Permission.HANDLE_PAPER)
def scans_to_file(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Scans that belong to no form yet; one query."""
    for scan in _UNFILED.all(site=actor.site.pk):
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Scan not filed yet"),
            detail=scan.original_name,
            action=_("File it"),
            url=reverse("paper_scan", args=[scan.pk]),
            chip="ready",
            due_at=scan.uploaded_at,
        )


@worklist(Permission.HANDLE_PAPER)
def forms_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Forms of earlier days that never came back; one query."""
    today = clock.local(at, actor.site).date()
    for form in _MISSING.all(site=actor.site.pk, today=today):
        yield WorkItem(
            urgency=Urgency.OVERDUE,
            title=_("Paper form missing since %(day)s") % {"day": day_text(form.printed_on)},
            detail=_detail(form, today),
            action=_("Say where it is"),
            url=reverse("paper_form", args=[form.code]),
            chip="stop",
            due_at=form.issued_at,
        )


@worklist(Permission.TAKE_CONSENT)
def consents_to_enter(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Consents that came back on paper and aren't recorded; one query."""
    today = clock.local(at, actor.site).date()
    for form in _CONSENTS.all(site=actor.site.pk):
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Consent on paper not entered yet"),
            detail=_detail(form, today),
            action=_("Enter it"),
            url=reverse("consent_from_paper", args=[form.code]),
            chip="ready",
            due_at=form.issued_at,
        )


@worklist(Permission.SCREEN_PATIENTS)
def checklists_to_enter(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Checklists of today that came back on paper and aren't entered; one query. Those of earlier days stay on file."""
    today = clock.local(at, actor.site).date()
    for form in _CHECKLISTS.all(site=actor.site.pk, on=today):
        yield WorkItem(
            urgency=Urgency.DUE_NOW,
            title=_("Checklist on paper not entered yet"),
            detail=_detail(form, today),
            action=_("Enter it"),
            url=reverse("paper_form", args=[form.code]),
            chip="ready",
            due_at=form.issued_at,
        )


def _detail(form: PaperForm, today: date) -> str:
    """Return whose form it is, and which of its pages are missing."""
    missing = pages_words(form, standing_on(form, today))
    said = (form.patient.full_name, form.patient.record_number, spaced(form.code), missing)
    return " · ".join(filter(None, said))
