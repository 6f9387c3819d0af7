"""Reads of paper forms and scans, always of one site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from clinic.documents.models import Rendering
from patients.paper.models import (
    PaperEntry,
    PaperFiledPage,
    PaperFiling,
    PaperForm,
    PaperFormEnd,
    PaperKind,
    PaperScan,
    PaperScanAside,
)
from patients.paper.pages import Basis, Missing, Placed, missing, placed_alone
from patients.paper.standing import CHIPS, Standing, standing_of
from patients.registry.models import Patient
from patients.screening.models import ChecklistStatus
from protocols.decisions.states import State


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One form as a list shows it."""

    form: PaperForm
    standing: Standing
    missing: Missing

    @property
    def chip(self) -> str:
        """The kind of its chip."""
        return CHIPS[self.standing]

    @property
    def label(self) -> str:
        """Where it stands, and which pages are missing where that is known."""
        named = self.standing is Standing.PART and self.missing.is_named
        return self.missing.words() if named else str(self.standing.label)

    @property
    def pages(self) -> str:
        """How many pages are back of how many, where it isn't known which; "" otherwise."""
        counted = self.standing is Standing.PART and not self.missing.is_named
        return self.missing.words() if counted else ""

    @property
    def waits(self) -> bool:
        """Whether somebody waits for the paper."""
        return self.standing in {Standing.OUT, Standing.MISSING}


def with_standing(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Load with `forms` what a list shows of them, and what their standing follows from."""
    entered = PaperEntry.objects.filter(form=OuterRef("pk")).filter(
        Q(consent__isnull=False) | Q(checklist__status=ChecklistStatus.SIGNED)
    )
    back = counted_pages().filter(filing__form=OuterRef("pk")).order_by()
    known = back.filter(form_page__isnull=False, form_page__lte=OuterRef("pages_printed"))
    unknown = back.filter(basis=Basis.UNKNOWN).values("filing__form").annotate(number=Count("pk")).values("number")
    return (
        forms.annotate(
            has_returned=Exists(back),
            # Nothing is known of a blank whose PDF isn't made.
            pages_printed=Subquery(_renderings().filter(document=OuterRef("document")).values("pages")[:1]),
            has_entry=Exists(entered),
            has_ended=Exists(PaperFormEnd.objects.filter(form=OuterRef("pk"))),
        )
        .annotate(
            pages_known=ArraySubquery(known.values("form_page").distinct()),
            pages_unknown=Coalesce(Subquery(unknown), 0),
        )
        .annotate(
            # As `missing` counts: a page that was scanned twice is back once.
            pages_back=Func(F("pages_known"), function="cardinality", output_field=IntegerField()) + F("pages_unknown")
        )
        .select_related("patient", "issued_by", "checklist_version", "formulation_version__formulation")
        .select_related("script_version")
    )


def counted_pages() -> QuerySet[PaperFiledPage]:
    """Return the filed pages that count towards their forms.

    What was taken back doesn't. What came back before somebody said that the form can't be entered waits for nobody;
    what turned up afterwards does.
    """
    pages: QuerySet[PaperFiledPage] = PaperFiledPage.objects.filter(
        Q(filing__form__end=None) | Q(filing__filed_at__gte=F("filing__form__end__ended_at")), filing__end=None
    )
    return pages


def _renderings() -> QuerySet[Rendering]:
    return Rendering.objects.filter(replaced_by=None)


def pages_printed(form: PaperForm) -> int:
    """Return how many pages `form` has; 0 while its PDF isn't made."""
    return _renderings().filter(document=form.document_id).values_list("pages", flat=True).first() or 0


def placing(scan: PaperScan, form: PaperForm) -> dict[int, Placed | None]:
    """Return which page of `form` each picture of `scan` is, by its number; None where somebody has to say."""
    read = {page.number: page.read_page or 0 for page in scan.pages.all()}
    return placed_alone(read, code_read=bool(scan.read_code), printed=pages_printed(form))


def pages_here(form: PaperForm, *, before: PaperFiling | None = None) -> set[int]:
    """Return which pages of `form` are back, or were `before` a filing."""
    pages = counted_pages().filter(filing__form=form)
    if before is not None:
        pages = pages.filter(filing__lt=before)
    return {page for page in pages.values_list("form_page", flat=True) if page}


def rows_of(forms: Iterable[PaperForm], today: date) -> list[PaperRow]:
    """Return `forms`, loaded by `with_standing`, as rows on the day `today`."""
    return [PaperRow(form, standing_on(form, today), missing_of(form)) for form in forms]


def standing_on(form: PaperForm, today: date) -> Standing:
    """Return where `form`, loaded by `with_standing`, stands on the day `today`."""
    loaded = vars(form)  # annotated, which no type knows
    return standing_of(
        returned=loaded["has_returned"], whole=not missing_of(form).count,
        entered=loaded["has_entry"], ended=loaded["has_ended"], printed_on=form.printed_on, today=today,
    )  # fmt: skip


def missing_of(form: PaperForm) -> Missing:
    """Return which pages of `form`, loaded by `with_standing`, haven't come back."""
    loaded = vars(form)
    return missing(loaded["pages_printed"] or 0, loaded["pages_known"], loaded["pages_unknown"])


def pages_words(form: PaperForm, standing: Standing) -> str:
    """Say which pages of `form`, loaded by `with_standing`, are missing; "" unless others are back."""
    return missing_of(form).words() if standing is Standing.PART else ""


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
