"""Blank forms printed for the pen, and what came back: scans, their pages, and the record that each was entered as."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.documents.models import CODE_LENGTH, CODE_PATTERN, SHA256_PATTERN
from clinic.frozen import Frozen, FrozenQuerySet, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted

#: So often a scan may be filed, each time after the time before was taken back.
MOST_ROUNDS = 20


class PaperKind(models.TextChoices):
    """What is printed blank."""

    CHECKLIST = "checklist", _("Contraindication checklist")
    CONSENT = "consent", _("Consent")


class PaperForm(Submitted, Frozen):
    """One blank, printed for one patient; its code is the code of the sealed document that the blank is."""

    held_for_update = True

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="paper_forms", verbose_name=_("patient")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind.choices)
    checklist_version = models.ForeignKey(
        "protocols.ChecklistVersion", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("checklist version"),
    )  # fmt: skip
    formulation_version = models.ForeignKey(
        "protocols.FormulationVersion", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("formulation intended"),
    )  # fmt: skip
    script_version = models.ForeignKey(
        "protocols.ConsentScriptVersion", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("consent script"),
    )  # fmt: skip
    #: What a consent says about restricted ingredients, in the words printed.
    legal_lines = models.JSONField(_("about restricted ingredients"), default=list, blank=True)
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True)
    document = models.OneToOneField("clinic.SealedDocument", models.PROTECT, related_name="+", verbose_name=_("blank"))
    printed_on = models.DateField(_("for the day"))
    issued_at = models.DateTimeField(_("printed"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("printed by")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper form")
        ordering: ClassVar[list[str]] = ["-issued_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", PaperKind.values, name="paper_form_kind_known"),
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="paper_form_code_form"),
            models.CheckConstraint(
                condition=Q(kind="checklist", checklist_version__isnull=False, formulation_version__isnull=False,
                            script_version=None)
                | Q(kind="consent", script_version__isnull=False, checklist_version=None, formulation_version=None),
                name="paper_form_of_its_kind",
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "printed_on", "issued_at"], name="paper_form_day"),
            models.Index(fields=["patient", "-issued_at"], name="paper_form_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Paper form %(code)s: %(kind)s") % {"code": self.code, "kind": self.get_kind_display()})


class PaperFormEnd(Frozen):
    """That a blank wasn't used or is gone: nobody waits for it any more."""

    form = models.OneToOneField(PaperForm, models.PROTECT, related_name="end", verbose_name=_("paper form"))
    reason = models.CharField(_("reason"), max_length=300)
    ended_at = models.DateTimeField(_("ended"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ended by"))

    class Meta:
        verbose_name = _("end of a paper form")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason


class PaperScan(Submitted, Frozen):
    """A scan or photograph of paper as it was uploaded: the file untouched with its hash, and what its QR said."""

    held_for_update = True

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    file = models.FileField(_("file"), max_length=200)
    original_name = models.CharField(_("name of the file"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=40)
    bytes = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("hash"), max_length=64, validators=[RegexValidator(SHA256_PATTERN)])
    #: The code that was read from the QR; "" where none could be.
    read_code = models.CharField(_("code read"), max_length=CODE_LENGTH, blank=True, default="")
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan of paper")
        ordering: ClassVar[list[str]] = ["-uploaded_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "sha256"], name="paper_scan_file_once"),
            models.CheckConstraint(condition=Q(sha256__regex=SHA256_PATTERN), name="paper_scan_sha256_form"),
            models.CheckConstraint(
                condition=Q(read_code="") | Q(read_code__regex=CODE_PATTERN), name="paper_scan_code_form"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "-uploaded_at"], name="paper_scan_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Scan %(name)s") % {"name": self.original_name})


class PaperPage(Frozen):
    """One page of a scan as a grey picture, to be looked at."""

    scan = models.ForeignKey(PaperScan, models.PROTECT, related_name="pages", verbose_name=_("scan"))
    number = models.PositiveSmallIntegerField(_("page"))
    file = models.FileField(_("file"), max_length=200)
    sha256 = models.CharField(_("hash"), max_length=64, validators=[RegexValidator(SHA256_PATTERN)])
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))

    class Meta:
        verbose_name = _("page of a scan")
        ordering: ClassVar[list[str]] = ["scan", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scan", "number"], name="paper_page_once"),
            within("number", 1, 8, name="paper_page_number"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Page %(number)s") % {"number": self.number})


class FilingQuerySet(FrozenQuerySet):
    """Filings of scans."""

    def standing(self) -> "FilingQuerySet":
        """Those that nobody took back."""
        return self.filter(end=None)


class PaperFiling(Frozen):
    """That a scan belongs to a form, and when the paper was signed by pen.

    A scan is filed again, as its next `round`, only after the filing before was taken back: a trigger sees to it.
    """

    held_for_update = True

    scan = models.ForeignKey(PaperScan, models.PROTECT, related_name="filings", verbose_name=_("scan"))
    round = models.PositiveSmallIntegerField(_("filed for the n-th time"), default=1)
    form = models.ForeignKey(PaperForm, models.PROTECT, related_name="filings", verbose_name=_("paper form"))
    #: Whether somebody typed the code, since the QR couldn't be read.
    by_hand = models.BooleanField(_("code typed"))
    signed_at = models.DateTimeField(_("signed by pen"))
    filed_at = models.DateTimeField(_("filed"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("filed by"))

    objects: ClassVar[Any] = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing of a scan")
        ordering: ClassVar[list[str]] = ["filed_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scan", "round"], name="paper_filing_round_once"),
            within("round", 1, MOST_ROUNDS, name="paper_filing_round"),
            models.CheckConstraint(condition=Q(signed_at__lte=models.F("filed_at")), name="paper_filing_after_signing"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            pgtrigger.Trigger(
                name="one_at_a_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.round > 1 AND NOT EXISTS (
                        SELECT 1 FROM patients_paperfilingend ended
                        JOIN patients_paperfiling filed ON filed.id = ended.filing_id
                        WHERE filed.scan_id = NEW.scan_id AND filed.round = NEW.round - 1
                    ) THEN
                        RAISE EXCEPTION 'baseline: scan % is filed already', NEW.scan_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form}"


class PaperFilingEnd(Frozen):
    """That a filing was wrong: its scan isn't of that form, or the time of the pen was another."""

    filing = models.OneToOneField(PaperFiling, models.PROTECT, related_name="end", verbose_name=_("filing"))
    reason = models.CharField(_("reason"), max_length=300)
    ended_at = models.DateTimeField(_("taken back"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken back by")
    )

    class Meta:
        verbose_name = _("filing taken back")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason


class PaperScanAside(Frozen):
    """That a scan is of no form of ours: it is kept, and waits no more."""

    scan = models.OneToOneField(PaperScan, models.PROTECT, related_name="aside", verbose_name=_("scan"))
    reason = models.CharField(_("reason"), max_length=300)
    set_aside_at = models.DateTimeField(_("set aside"))
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set aside by")
    )

    class Meta:
        verbose_name = _("scan set aside")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason


class PaperEntry(Frozen):
    """The record that a returned form is entered as: the checklist answered from it, or the consent taken over."""

    form = models.ForeignKey(PaperForm, models.PROTECT, related_name="entries", verbose_name=_("paper form"))
    checklist = models.OneToOneField(
        "patients.PatientChecklist", models.PROTECT, null=True, blank=True, related_name="paper_entry",
        verbose_name=_("checklist"),
    )  # fmt: skip
    consent = models.OneToOneField(
        "patients.Consent", models.PROTECT, null=True, blank=True, related_name="paper_entry",
        verbose_name=_("consent"),
    )  # fmt: skip
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    class Meta:
        verbose_name = _("entry of a paper form")
        ordering: ClassVar[list[str]] = ["entered_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(checklist__isnull=False, consent=None) | Q(checklist=None, consent__isnull=False),
                name="paper_entry_of_one_record",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.form}"
