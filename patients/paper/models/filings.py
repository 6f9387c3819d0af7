"""Filings: to which form a scan belongs, and which page of the form each of its pictures shows."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.frozen import Frozen, FrozenQuerySet, frozen_triggers
from patients.paper.models.forms import PaperForm
from patients.paper.models.scans import PaperPage, PaperScan
from patients.paper.pages import MOST_FORM_PAGES, Basis

#: So often a scan may be filed, each time after the time before was taken back.
MOST_ROUNDS = 20


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


class PaperFiledPage(Frozen):
    """Which page of the form one picture of a filed scan shows, and how that is known.

    What its QR says is what it is filed as: a trigger lets nobody say otherwise.
    """

    filing = models.ForeignKey(PaperFiling, models.PROTECT, related_name="pages", verbose_name=_("filing"))
    picture = models.ForeignKey(PaperPage, models.PROTECT, related_name="filed", verbose_name=_("page of the scan"))
    form_page = models.PositiveSmallIntegerField(_("page of the form"), null=True, blank=True)
    basis = models.CharField(_("known by"), max_length=10, choices=Basis.choices)

    class Meta:
        verbose_name = _("filed page")
        ordering: ClassVar[list[str]] = ["filing", "picture"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["filing", "picture"], name="paper_filed_page_once"),
            one_of("basis", Basis.values, name="paper_filed_page_basis"),
            within("form_page", 1, MOST_FORM_PAGES, name="paper_filed_page_number"),
            models.CheckConstraint(
                condition=Q(basis__in=[Basis.READ, Basis.SAID], form_page__isnull=False)
                | Q(basis__in=[Basis.UNKNOWN, Basis.EXTRA], form_page__isnull=True),
                name="paper_filed_page_known",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            pgtrigger.Trigger(
                name="as_read",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("picture", "patients_paperpage%ROWTYPE")],
                func="""
                    SELECT page.* INTO picture FROM patients_paperpage page
                        JOIN patients_paperfiling filed ON filed.scan_id = page.scan_id
                        WHERE page.id = NEW.picture_id AND filed.id = NEW.filing_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'baseline: page % is of another scan', NEW.picture_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF (NEW.basis = 'read') IS DISTINCT FROM (picture.read_page IS NOT NULL)
                        OR (NEW.basis = 'read' AND NEW.form_page IS DISTINCT FROM picture.read_page)
                    THEN
                        RAISE EXCEPTION 'baseline: page % is filed as what its QR says', NEW.picture_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(_("Page %(number)s") % {"number": self.form_page}) if self.form_page else self.get_basis_display()
