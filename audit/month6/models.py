"""The month-6 photo audit: opened by the clock, graded view by view, decided and signed."""

from datetime import date
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.month6.due import is_late
from clinic.constraints import at_with_by, one_of, within
from clinic.frozen import Mutability, child_triggers, lasting_trigger, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Versioned


class AuditStatus(models.TextChoices):
    """Where an audit stands."""

    OPEN = "open", _("Open")
    SIGNED = "signed", _("Signed")


class Decision(models.TextChoices):
    """What the reviewer decides on the photographs."""

    CONTINUE = "continue", _("Continue with maintenance")
    CHANGE = "change", _("Change the plan")
    STOP = "stop", _("Stop treatment")
    REFER = "refer", _("Refer for surgical assessment")


#: The kind of chip and banner that shows a decision: what stops treatment isn't shown as done.
_KINDS: dict[str, str] = {Decision.CONTINUE: "done", Decision.CHANGE: "ask"}


def kind_of(decision: str) -> str:
    """Return the kind of chip that shows `decision`, of one that nobody knows as well."""
    return _KINDS.get(decision, "stop")


class PhotoAudit(Versioned):
    """One audit per baseline, whatever ran or didn't before."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="photo_audits", verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    baseline = models.OneToOneField(
        "patients.PhotoSet", models.PROTECT, related_name="photo_audit", verbose_name=_("baseline photographs")
    )
    month_6 = models.ForeignKey(
        "patients.PhotoSet",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("month-6 photographs"),
    )
    due_on = models.DateField(_("due"))
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    status = models.CharField(_("status"), max_length=8, choices=AuditStatus.choices, default=AuditStatus.OPEN)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signed by")
    )
    signature = models.OneToOneField(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signature")
    )

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("month-6 photo audit")
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("status", AuditStatus.values, name="photo_audit_status_known"),
            one_of("decision", ["", *Decision.values], name="photo_audit_decision_known"),
            at_with_by("signed_at", "signed_by", name="photo_audit_signed_at_by"),
            models.CheckConstraint(
                condition=(Q(status="signed", signature__isnull=False, signed_at__isnull=False) & ~Q(decision=""))
                | Q(status="open", signature=None, signed_at=None),
                name="photo_audit_signed_is_complete",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "status", "due_on", "id"], name="photo_audit_due"),
            models.Index(fields=["patient", "-id"], name="photo_audit_patient"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *locked_triggers("OLD.status = 'signed'"),
            lasting_trigger(["patient_id", "site_id", "baseline_id", "due_on", "opened_at", "opened_by_id"]),
        ]

    @property
    def decision_kind(self) -> str:
        """The kind of chip and banner that shows its decision."""
        return kind_of(self.decision)

    def is_late(self, on: date) -> bool:
        """Whether it is open and overdue on `on`; reads the baseline's photo protocol."""
        window_days = self.baseline.protocol_version.audit_window_days
        return self.status == AuditStatus.OPEN and is_late(self.due_on, window_days, on)

    def __str__(self) -> str:
        return str(_("Photo audit due %(day)s") % {"day": self.due_on.isoformat()})


class ViewGrade(models.Model):
    """The grade of one view: -3 greatly decreased to +3 greatly increased, or not assessable and why."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    audit = models.ForeignKey(PhotoAudit, models.PROTECT, related_name="grades", verbose_name=_("audit"))
    view_code = models.CharField(_("view"), max_length=24)
    view_name = models.CharField(_("view name"), max_length=60)
    before = models.ForeignKey(
        "patients.Photo", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("baseline photograph")
    )
    after = models.ForeignKey(
        "patients.Photo", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("month-6 photograph")
    )
    grade = models.SmallIntegerField(_("grade"), null=True, blank=True)
    not_assessable = models.CharField(_("why it can't be assessed"), max_length=300, blank=True)
    graded_at = models.DateTimeField(_("graded"))
    graded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("graded by")
    )

    class Meta:
        verbose_name = _("grade")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["audit", "view_code"], name="view_grade_once"),
            within("grade", -3, 3, name="view_grade_scale"),
            models.CheckConstraint(
                condition=(Q(grade=None) & ~Q(not_assessable=""))
                | (Q(grade__isnull=False, not_assessable="", before__isnull=False, after__isnull=False)),
                name="view_grade_or_why_not",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="audit_photoaudit", parent_column="audit_id", locked_when="parent.status = 'signed'"
        )

    def __str__(self) -> str:
        return f"{self.view_name}: {self.grade}"

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this grade."""
        return {
            "view": self.view_code, "name": self.view_name, "before": self.before_id, "after": self.after_id,
            "grade": self.grade, "not_assessable": self.not_assessable,
        }  # fmt: skip
