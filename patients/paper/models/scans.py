"""Scans of paper as they came back, and their pages as pictures."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import within
from clinic.documents.models import CODE_LENGTH, CODE_PATTERN, SHA256_PATTERN
from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted
from patients.paper.pages import MOST_FORM_PAGES


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
    #: Which page of its form the QR on it says that it is; null where none says so.
    read_page = models.PositiveSmallIntegerField(_("page of the form, by its QR"), null=True, blank=True)
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
            within("read_page", 1, MOST_FORM_PAGES, name="paper_page_read_page"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Page %(number)s") % {"number": self.number})


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
