"""Reads of paper forms and scans, always of one site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from clinic.documents.models import Rendering
from patients.paper.models import (
    PaperEntry,
    PaperFiling,
    PaperForm,
    PaperFormEnd,
    PaperKind,
    PaperScan,
    PaperScanAside,
)
from patients.paper.standing import CHIPS, Standing, standing_of
from patients.registry.models import Patient
from patients.screening.models import ChecklistStatus
from protocols.decisions.states import State


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One form as a list shows it."""

    form: PaperForm
    standing: Standing
    #: How many pages are back of how many; "" unless some are missing.
    pages: str = ""

    @property
    def chip(self) -> str:
        """The kind of its chip."""
        return CHIPS[self.standing]

    @property
    def waits(self) -> bool:
        """Whether somebody waits for the paper."""
        return self.standing in {Standing.OUT, Standing.MISSING}


def with_standing(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Load with `forms` what a list shows of them, and what their standing follows from."""
    entered = PaperEntry.objects.filter(form=OuterRef("pk")).filter(
        Q(consent__isnull=False) | Q(checklist__status=ChecklistStatus.SIGNED)
    )
    # What came back before somebody said that it can't be entered waits for nobody; what turned up afterwards does.
    back = PaperFiling.objects.filter(
        Q(form__end=None) | Q(filed_at__gte=F("form__end__ended_at")), form=OuterRef("pk"), end=None
    )
    pages_back = back.order_by().values("form").annotate(number=Count("scan__pages")).values("number")
    return forms.annotate(
        has_returned=Exists(back),
        pages_back=Coalesce(Subquery(pages_back), 0),
        # Nothing is known of a blank whose PDF isn't made.
        pages_printed=Subquery(
            Rendering.objects.filter(document=OuterRef("document"), replaced_by=None).values("pages")[:1]
        ),
        has_entry=Exists(entered),
        has_ended=Exists(PaperFormEnd.objects.filter(form=OuterRef("pk"))),
    ).select_related("patient", "issued_by", "checklist_version", "formulation_version__formulation", "script_version")


def rows_of(forms: Iterable[PaperForm], today: date) -> list[PaperRow]:
    """Return `forms`, loaded by `with_standing`, as rows on the day `today`."""
    standings = ((form, standing_on(form, today)) for form in forms)
    return [PaperRow(form, standing, pages_words(form, standing)) for form, standing in standings]


def standing_on(form: PaperForm, today: date) -> Standing:
    """Return where `form`, loaded by `with_standing`, stands on the day `today`."""
    loaded = vars(form)  # annotated, which no type knows
    return standing_of(
        returned=loaded["has_returned"], whole=loaded["pages_back"] >= (loaded["pages_printed"] or 0),
        entered=loaded["has_entry"], ended=loaded["has_ended"], printed_on=form.printed_on, today=today,
    )  # fmt: skip


def pages_words(form: PaperForm, standing: Standing) -> str:
    """Say how many pages are back of `form`, loaded by `with_standing`; "" unless some are missing."""
    if standing is not Standing.PART:
        return ""
    loaded = vars(form)
    return _("%(back)s of %(printed)s pages are back") % {
        "back": loaded["pages_back"], "printed": loaded["pages_printed"],
    }  # fmt: skip


def forms_of_day(site: Site, on: date) -> QuerySet[Any]:
    """Return the forms printed for the day `on`, in the order of printing."""
    return with_standing(PaperForm.objects.for_site(site).filter(printed_on=on)).order_by("issued_at", "id")


def forms_of(patient: Patient) -> QuerySet[Any]:
    """Return the forms printed for `patient`, the latest first."""
    return with_standing(PaperForm.objects.filter(patient=patient)).order_by("-issued_at", "-id")


def missing_before(site: Site, today: date) -> QuerySet[Any]:
    """Return the forms of earlier days that neither came back whole nor were called not used, the oldest first."""
    forms = with_standing(PaperForm.objects.for_site(site).filter(printed_on__lt=today))
    out = Q(has_returned=False, has_ended=False)
    in_part = Q(has_returned=True, has_entry=False, pages_back__lt=F("pages_printed"))
    return forms.filter(out | in_part).order_by("printed_on", "issued_at", "id")


def to_be_entered(site: Site, *, kind: PaperKind) -> QuerySet[Any]:
    """Return the returned forms of a kind that no record was made of yet, the oldest first."""
    forms = with_standing(PaperForm.objects.for_site(site).filter(kind=kind))
    return forms.filter(has_returned=True, has_entry=False).order_by("issued_at", "id")


def unfiled_scans(site: Site) -> QuerySet[PaperScan]:
    """Return the scans that belong to no form yet and weren't set aside, the oldest first."""
    scans: QuerySet[PaperScan] = PaperScan.objects.for_site(site).filter(
        ~Exists(PaperFiling.objects.standing().filter(scan=OuterRef("pk"))),
        ~Exists(PaperScanAside.objects.filter(scan=OuterRef("pk"))),
    )
    return scans.select_related("uploaded_by").order_by("uploaded_at", "id")


def why_blank_ended(form_id: str) -> str:
    """Say of a blank why it isn't to be used any more; "" while it is."""
    form = (
        PaperForm.objects.filter(pk=form_id)
        .select_related("end", "checklist_version", "script_version", "formulation_version__formulation")
        .first()
    )
    if form is None:
        return ""
    if hasattr(form, "end"):
        return _("This blank was recorded as not used.")
    for version in (form.checklist_version, form.script_version, form.formulation_version):
        if version is not None and version.status != State.APPROVED:
            return _("%(what)s was replaced since this blank was printed. Print a new one.") % {"what": version}
    return ""


def filing_of(scan: PaperScan) -> PaperFiling | None:
    """Return the filing of `scan` that stands, with form, patient and who filed it; one query."""
    found: PaperFiling | None = (
        PaperFiling.objects.standing().filter(scan=scan).select_related("form__patient", "filed_by").first()
    )
    return found
