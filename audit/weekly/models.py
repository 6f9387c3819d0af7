"""The weekly audit: what was decided on deviations, and the manager's signature under the week."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.frozen import Frozen, frozen_triggers
from clinic.scoping import FrozenSiteQuerySet
from clinic.submissions import Submitted


class Verdict(models.TextChoices):
    """What is decided on a deviation."""

    EXPLAINED = "explained", _("Explained; nothing to do")
    TALKED = "talked", _("Talked through with the preparer")
    RETRAIN = "retrain", _("Training again")
    INVESTIGATE = "investigate", _("Investigate further")


class DeviationDecision(Submitted, Frozen):
    """A decision on one deviation; a later one takes its place and both stay."""

    deviation = models.ForeignKey(
        "treatment_sessions.Deviation", models.PROTECT, related_name="decisions", verbose_name=_("deviation")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    verdict = models.CharField(_("decision"), max_length=12, choices=Verdict.choices)
    text = models.CharField(_("explanation"), max_length=500)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision on a deviation")
        ordering: ClassVar[list[str]] = ["-decided_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("verdict", Verdict.values, name="deviation_decision_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            # What was decided by the day that a week is signed is what its signature says was decided.
            pgtrigger.Trigger(
                name="of_an_open_week",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="IF EXISTS (SELECT 1 FROM public.treatment_sessions_deviation deviation "
                "JOIN public.treatment_sessions_preparation preparation ON preparation.id = deviation.preparation_id "
                "JOIN public.clinic_site site ON site.id = preparation.site_id "
                "JOIN public.audit_weekreview review ON review.site_id = site.id "
                "AND review.iso_year = extract(isoyear FROM preparation.finished_at AT TIME ZONE site.time_zone) "
                "AND review.iso_week = extract(week FROM preparation.finished_at AT TIME ZONE site.time_zone) "
                "WHERE deviation.id = NEW.deviation_id) THEN "
                "RAISE EXCEPTION 'baseline: the week of this deviation is signed' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_verdict_display())


class WeekReview(Submitted, Frozen):
    """A site's ISO week as it stood when the manager signed it."""

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="week_reviews", verbose_name=_("site"))
    iso_year = models.PositiveSmallIntegerField(_("year"))
    iso_week = models.PositiveSmallIntegerField(_("week"))
    figures = models.JSONField(_("figures as signed"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    signed_at = models.DateTimeField(_("signed"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signature = models.OneToOneField("clinic.Signature", models.PROTECT, related_name="+", verbose_name=_("signature"))

    objects: ClassVar[Any] = FrozenSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("weekly audit")
        ordering: ClassVar[list[str]] = ["-iso_year", "-iso_week"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "iso_year", "iso_week"], name="week_review_once"),
            within("iso_week", 1, 53, name="week_review_week"),
            within("iso_year", 2000, 2200, name="week_review_year"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return str(_("Week %(week)s, %(year)s") % {"week": self.iso_week, "year": self.iso_year})
