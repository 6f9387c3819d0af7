"""Blank forms printed for the pen, and the record that each was entered as."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from clinic.documents.models import CODE_LENGTH, CODE_PATTERN
from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted


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
