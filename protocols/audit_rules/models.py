"""The audit rules: from which figure on somebody looks, and what counts as consistent."""

from decimal import Decimal
from typing import Any, ClassVar

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)


class Indicator(models.TextChoices):
    """What is counted every week (the founding list of indicators)."""

    DEVIATING = "deviating", _("Preparations with a deviation")
    MEAN_DEVIATION = "mean_deviation", _("Mean deviation of an ingredient, by preparer")
    LATE_LABEL = "late_label", _("Vials without a label, or labelled late")
    BEYOND_USE = "beyond_use", _("Vials used beyond their time")
    FRIDGE_READINGS = "fridge_readings", _("Fridge readings that are missing")
    CHECKLIST_FIRST = "checklist_first", _("Checklists done before the first injection")
    OUT_OF_RANGE = "out_of_range", _("Sessions with a volume or points out of range")
    LATE_ENTRIES = "late_entries", _("Entries made late")
    UNSIGNED = "unsigned", _("Records left unsigned")
    OVERRIDES = "overrides", _("Overrides")
    PHOTO_FAILURES = "photo_failures", _("Photo sets that can't be compared")
    CONTACT_REACHED = "contact_reached", _("Patients reached at 48 hours")
    ADVERSE_EVENTS = "adverse_events", _("Adverse events")
    BALANCE_ERRORS = "balance_errors", _("Vials that don't balance")


class Chart(models.TextChoices):
    """How an indicator is drawn."""

    RUN = "run", _("Run chart")
    P = "p", _("p chart")
    U = "u", _("u chart")
    XMR = "xmr", _("XmR chart")
    G = "g", _("g chart (cases between)")
    T = "t", _("t chart (days between)")
    NONE = "none", _("No chart")


class Side(models.TextChoices):
    """On which side of the limit somebody looks."""

    ABOVE = "above", _("above")
    BELOW = "below", _("below")


class Measure(models.TextChoices):
    """What the limit counts."""

    COUNT = "count", _("in a week")
    PERCENT = "percent", _("%")
    HOURS = "hours", _("hours")


class AuditRulesVersion(Decision):
    """Limits and charts of the weekly audit, and the criterion of the monthly one."""

    kind = "audit_rules"
    title_of_kind = _("Audit rules")
    parts = "limits"
    needed = False

    title = models.CharField(_("title"), max_length=120)
    least_points = models.PositiveSmallIntegerField(_("fewest points for a judgement"), default=10)
    consistency = models.TextField(_("what counts as consistent"), max_length=1500)

    class Meta:
        verbose_name = _("audit rules version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("audit_rules"),
            one_active("audit_rules"),
            models.UniqueConstraint(fields=["site", "number"], name="audit_rules_number_once"),
            within("least_points", 5, 52, name="audit_rules_least_points"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def gaps(self) -> list[str]:
        """Rules without a limit ask nobody to look."""
        return [] if self.limits.all() else [_gettext("There is no limit yet.")]


class AuditLimit(Part):
    """From which figure on somebody looks at an indicator, and how it is drawn."""

    key_field = "indicator"

    version = models.ForeignKey(AuditRulesVersion, models.PROTECT, related_name="limits", verbose_name=_("version"))
    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    side = models.CharField(_("look when it is"), max_length=6, choices=Side.choices)
    threshold = models.DecimalField(
        _("limit"), max_digits=6, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    measure = models.CharField(_("of what"), max_length=8, choices=Measure.choices)
    chart = models.CharField(_("chart"), max_length=6, choices=Chart.choices)

    class Meta:
        verbose_name = _("limit of the audit")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "indicator"], name="audit_limit_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="audit_limit_ordinal_once"),
            one_of("indicator", Indicator.values, name="audit_limit_indicator_known"),
            one_of("side", Side.values, name="audit_limit_side_known"),
            one_of("measure", Measure.values, name="audit_limit_measure_known"),
            one_of("chart", Chart.values, name="audit_limit_chart_known"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0)
                & (~Q(measure="percent") | Q(threshold__lte=100))
                & Q(threshold__lte=1000),
                name="audit_limit_sane",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_auditrulesversion")

    def __str__(self) -> str:
        return str(self.get_indicator_display())

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this limit."""
        return {
            "ordinal": self.ordinal, "indicator": self.indicator, "side": self.side,
            "threshold": format(Decimal(self.threshold), ".1f"), "measure": self.measure, "chart": self.chart,
        }  # fmt: skip
