"""The contraindication checklist as it was answered, and the clearances that a prescriber gives."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import at_with_by, one_of
from clinic.dates import day_text
from clinic.frozen import Frozen, Mutability, child_triggers, frozen_triggers, locked_triggers
from clinic.scoping import FrozenSiteQuerySet, SiteQuerySet
from clinic.submissions import Submitted, Versioned
from patients.screening.outcomes import Answer, Outcome
from protocols.decisions.states import State


class ChecklistStatus(models.TextChoices):
    """Where a checklist stands."""

    DRAFT = "draft", _("Being answered")
    SIGNED = "signed", _("Signed")
    ABANDONED = "abandoned", _("Left unsigned")


class PatientChecklist(Submitted, Versioned):
    """One checklist on one day: saved answer by answer, locked by the operator's signature."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="checklists", verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    version = models.ForeignKey(
        "protocols.ChecklistVersion", models.PROTECT, related_name="+", verbose_name=_("checklist version")
    )
    formulation_version = models.ForeignKey(
        "protocols.FormulationVersion", models.PROTECT, related_name="+", verbose_name=_("formulation intended")
    )
    on = models.DateField(_("day"))
    status = models.CharField(
        _("status"), max_length=10, choices=ChecklistStatus.choices, default=ChecklistStatus.DRAFT
    )
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signed by")
    )
    signature = models.OneToOneField(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signature")
    )
    outcome = models.CharField(_("verdict"), max_length=10, choices=Outcome.choices, blank=True)
    #: What the verdict rests on, as signed: reasons, formulations that stay open, rule versions.
    verdict = models.JSONField(_("verdict in full"), null=True, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("contraindication checklist")
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("status", ChecklistStatus.values, name="patient_checklist_status_known"),
            at_with_by("signed_at", "signed_by", name="patient_checklist_signed_at_by"),
            models.CheckConstraint(
                condition=(
                    Q(status="signed", signed_at__isnull=False, signature__isnull=False, verdict__isnull=False)
                    & ~Q(outcome="")
                )
                | (~Q(status="signed") & Q(signed_at=None, signature=None, verdict__isnull=True, outcome="")),
                name="patient_checklist_signed_is_complete",
            ),
            models.UniqueConstraint(fields=["patient"], condition=Q(status="draft"), name="patient_checklist_one_open"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["patient", "-on", "-id"], name="patient_checklist_latest"),
            models.Index(fields=["site", "status", "on"], name="patient_checklist_day"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = locked_triggers("OLD.status <> 'draft'")

    def __str__(self) -> str:
        return str(_("Checklist of %(day)s") % {"day": day_text(self.on)})

    @property
    def is_replaced(self) -> bool:
        """Whether another version of the questions came into force before this one was signed; asks for `version`."""
        return self.status == ChecklistStatus.DRAFT and self.version.status != State.APPROVED


class ChecklistAnswer(models.Model):
    """The answer to one question, with the question's own words."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    checklist = models.ForeignKey(PatientChecklist, models.PROTECT, related_name="answers", verbose_name=_("checklist"))
    item = models.ForeignKey("protocols.ChecklistItem", models.PROTECT, related_name="+", verbose_name=_("question"))
    question = models.CharField(_("question as asked"), max_length=300)
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices)
    #: What the rule asks besides: {"treated": "yes"}, {"ingredients": [1, 2], "classes": ["peptide"]}, ...; and whether
    #: this is what a clearance is about: {"cleared": "17:yes"}.
    extra = models.JSONField(_("more"), default=dict, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("answered by")
    )

    class Meta:
        verbose_name = _("answer")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["checklist", "item"], name="checklist_answer_once"),
            one_of("answer", Answer.values, name="checklist_answer_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="patients_patientchecklist",
            parent_column="checklist_id",
            locked_when="parent.status <> 'draft'",
        )

    def __str__(self) -> str:
        return f"{self.question}: {Answer(self.answer).label}"


class Clearance(Submitted, Frozen):
    """A prescriber's answer to one question of the checklist: may this patient be treated all the same?"""

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="clearances", verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    rule = models.CharField(_("question"), max_length=20)
    granted = models.BooleanField(_("granted"))
    #: The medicine, finding or plan decided about; empty in those of before it was asked, which say it in `scope`.
    about = models.CharField(_("what is decided about"), max_length=160, blank=True, default="")
    scope = models.CharField(_("under which conditions"), max_length=500)
    prescriber = models.CharField(_("prescriber"), max_length=160)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    given_at = models.DateTimeField(_("given"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"))
    #: Signed over before the row is written, so that the row itself never changes.
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("clearance")
        ordering: ClassVar[list[str]] = ["-given_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("valid_from")), name="clearance_dates_in_order"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["patient", "rule"], name="clearance_rule")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Clearance: %(rule)s") % {"rule": self.rule})

    @property
    def names(self) -> str:
        """What it is about, in the prescriber's words."""
        return self.about or self.scope


class ClearanceWithdrawal(Frozen):
    """A clearance that no longer holds."""

    clearance = models.OneToOneField(Clearance, models.PROTECT, related_name="withdrawal", verbose_name=_("clearance"))
    reason = models.CharField(_("reason"), max_length=500)
    withdrawn_at = models.DateTimeField(_("withdrawn"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("withdrawn by")
    )

    class Meta:
        verbose_name = _("withdrawal of a clearance")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.reason
