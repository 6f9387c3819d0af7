"""Treatment sessions: what was injected where, from which vial, and that it adds up."""

from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import at_with_by, one_of, within
from clinic.frozen import Mutability, child_triggers, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted, Versioned
from sessions.treatment.reconciliation import LEAST_PER_SITE_UL, MOST_PER_SITE_UL


class SessionStatus(models.TextChoices):
    """Where a session stands."""

    OPEN = "open", _("In progress")
    SIGNED = "signed", _("Signed")
    NOT_PROCEEDED = "not_proceeded", _("Did not proceed")


class Zone(models.TextChoices):
    """Zones of the scalp."""

    FRONTAL_HAIRLINE_LEFT = "frontal_hairline_left", _("Frontal hairline, left")
    FRONTAL_HAIRLINE_CENTRE = "frontal_hairline_centre", _("Frontal hairline, centre")
    FRONTAL_HAIRLINE_RIGHT = "frontal_hairline_right", _("Frontal hairline, right")
    FRONTAL_FORELOCK = "frontal_forelock", _("Frontal forelock")
    MID_SCALP_LEFT = "mid_scalp_left", _("Mid-scalp, left")
    MID_SCALP_RIGHT = "mid_scalp_right", _("Mid-scalp, right")
    VERTEX = "vertex", _("Vertex")
    TEMPORAL_LEFT = "temporal_left", _("Temporal, left")
    TEMPORAL_RIGHT = "temporal_right", _("Temporal, right")
    PARIETAL_LEFT = "parietal_left", _("Parietal, left")
    PARIETAL_RIGHT = "parietal_right", _("Parietal, right")
    OCCIPITAL_UPPER = "occipital_upper", _("Occipital, upper")
    OCCIPITAL_LOWER = "occipital_lower", _("Occipital, lower")


class TreatmentSession(Submitted, Versioned):
    """One session, under the exact versions that were in force; locked by the operator's signature."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="treatment_sessions", verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    plan = models.ForeignKey(
        "treatment_sessions.TreatmentPlan", models.PROTECT, related_name="treatment_sessions", verbose_name=_("plan")
    )
    planned = models.ForeignKey(
        "treatment_sessions.PlannedSession", models.PROTECT, related_name="treatment_sessions",
        verbose_name=_("planned session"),
    )  # fmt: skip
    on = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=14, choices=SessionStatus.choices, default=SessionStatus.OPEN)
    started_at = models.DateTimeField(_("started"))
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("operator"))
    #: Who performed it before the operator, and why that changed: [{"from", "to", "at", "reason"}], the first first.
    handed_over = models.JSONField(_("handed over"), default=list, blank=True)
    protocol_version = models.ForeignKey(
        "protocols.TreatmentProtocolVersion", models.PROTECT, related_name="+", verbose_name=_("treatment protocol")
    )
    checklist = models.ForeignKey(
        "patients.PatientChecklist",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checklist"),
    )
    consent = models.ForeignKey(
        "patients.Consent", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("consent")
    )
    baseline_photos = models.ForeignKey(
        "patients.PhotoSet",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("baseline photographs"),
    )
    vial = models.ForeignKey(
        "treatment_sessions.Vial", models.PROTECT, null=True, blank=True, related_name="treatment_sessions",
        verbose_name=_("vial"),
    )  # fmt: skip
    #: When the vial was taken: nothing was injected from it before. Earlier rows have none.
    vial_at = models.DateTimeField(_("vial taken"), null=True, blank=True)
    #: What was in the vial when it was scanned for this session.
    vial_start_ul = models.PositiveIntegerField(_("in the vial at the start, in µL"), null=True, blank=True)
    wasted_ul = models.PositiveIntegerField(_("wasted, in µL"), null=True, blank=True)
    remaining_ul = models.PositiveIntegerField(_("left in the vial, in µL"), null=True, blank=True)
    #: When the needle was last used, as the injection map has it: what the gate let through then is what the session
    #: was given under.
    injected_at = models.DateTimeField(_("last injection"), null=True, blank=True)
    #: The papers of that injection in their own words: checklist, consent, clearances. Earlier rows have none.
    papers = models.JSONField(_("given under"), default=dict, blank=True)
    anaesthesia = models.CharField(_("anaesthesia given"), max_length=300, blank=True)
    notes = models.CharField(_("notes"), max_length=1000, blank=True)
    briefed_at = models.DateTimeField(_("aftercare briefing"), null=True, blank=True)
    briefed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("briefed by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    signature = models.OneToOneField(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signature")
    )
    not_proceeded_reason = models.CharField(_("why it did not proceed"), max_length=500, blank=True)
    next_on = models.DateField(_("next date agreed"), null=True, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment session")
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("status", SessionStatus.values, name="treatment_session_status_known"),
            at_with_by("briefed_at", "briefed_by", name="treatment_session_briefed_at_by"),
            models.CheckConstraint(
                condition=Q(vial_at__isnull=True) | Q(vial_at__isnull=False, vial__isnull=False),
                name="treatment_session_vial_at_of_a_vial",
            ),
            models.UniqueConstraint(fields=["patient"], condition=Q(status="open"), name="treatment_session_one_open"),
            models.UniqueConstraint(
                fields=["planned"], condition=Q(status="signed"), name="treatment_session_planned_once"
            ),
            models.CheckConstraint(
                condition=Q(status="open", signature=None, ended_at=None)
                | (Q(status="not_proceeded", ended_at__isnull=False) & ~Q(not_proceeded_reason=""))
                | Q(
                    status="signed", signature__isnull=False, ended_at__isnull=False, checklist__isnull=False,
                    consent__isnull=False, baseline_photos__isnull=False, vial__isnull=False,
                    vial_start_ul__isnull=False, wasted_ul__isnull=False, remaining_ul__isnull=False,
                    briefed_at__isnull=False,
                ),
                name="treatment_session_signed_is_complete",
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "-started_at", "-id"], name="treatment_session_list"),
            models.Index(fields=["patient", "-started_at"], name="treatment_session_patient"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *locked_triggers("OLD.status <> 'open'"),
            # Prepared = injected + wasted + remaining, in Postgres too.
            pgtrigger.Trigger(
                name="balances",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="IF NEW.status = 'signed' AND NEW.vial_start_ul <> NEW.wasted_ul + NEW.remaining_ul + "
                "(SELECT COALESCE(SUM(points * volume_per_site_ul), 0) FROM treatment_sessions_injectionzone "
                "WHERE treatment_session_id = NEW.id) THEN RAISE EXCEPTION "
                "'baseline: a session must account for every microlitre of its vial' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
            ),
            # A volume per site outside of the protocol stands with its reason, in Postgres too.
            pgtrigger.Trigger(
                name="outside_says_why",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="IF NEW.status = 'signed' AND EXISTS (SELECT 1 FROM treatment_sessions_injectionzone zone "
                "JOIN protocols_treatmentprotocolversion protocol ON protocol.id = NEW.protocol_version_id "
                "WHERE zone.treatment_session_id = NEW.id AND zone.deviation_reason = '' AND zone.volume_per_site_ul "
                "NOT BETWEEN protocol.site_volume_min_ul AND protocol.site_volume_max_ul) THEN RAISE EXCEPTION "
                "'baseline: a volume per site outside of the protocol needs its reason' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.planned} · {self.on.isoformat()}"


class InjectionZone(models.Model):
    """One entry of the injection map: the points of a zone that were given the same volume.

    A zone may have several; they add up. A volume outside of the protocol is a deviation, and stands with its reason.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    #: The form that made the row, so that a second click finds it; rows from before this was kept have none.
    submission_key = models.UUIDField(_("submission"), unique=True, null=True, editable=False)
    treatment_session = models.ForeignKey(
        TreatmentSession, models.PROTECT, related_name="zones", verbose_name=_("session")
    )
    zone = models.CharField(_("zone"), max_length=24, choices=Zone.choices)
    points = models.PositiveSmallIntegerField(_("points"))
    volume_per_site_ul = models.PositiveSmallIntegerField(_("volume per site in µL"))
    deviation_reason = models.CharField(_("why outside of the protocol"), max_length=300, blank=True)
    #: When it was recorded, and the papers that the gate let it through by, in their own words; a correction changes
    #: neither. Rows from before they were kept with each entry have none.
    recorded_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    papers = models.JSONField(_("given under"), null=True, blank=True)
    #: When it was injected, and why it is entered late: only of points that were injected before something stopped the
    #: session, and typed after it. Every other entry was typed as it was injected.
    injected_at = models.DateTimeField(_("injected"), null=True, blank=True)
    late_reason = models.CharField(_("why it is entered late"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("injected zone")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True, papers__isnull=True)
                | Q(recorded_at__isnull=False, papers__isnull=False),
                name="injection_zone_recorded_with_papers",
            ),
            models.CheckConstraint(
                condition=Q(injected_at__isnull=True, late_reason="")
                | (
                    Q(injected_at__isnull=False, recorded_at__isnull=False, injected_at__lte=F("recorded_at"))
                    & Q(late_reason__regex=r"\S")
                ),
                name="injection_zone_late_says_when_and_why",
            ),
            one_of("zone", Zone.values, name="injection_zone_known"),
            within("points", 1, 300, name="injection_zone_points_sane"),
            within("volume_per_site_ul", LEAST_PER_SITE_UL, MOST_PER_SITE_UL, name="injection_zone_volume_possible"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="treatment_sessions_treatmentsession", parent_column="treatment_session_id",
            locked_when="parent.status <> 'open'",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_zone_display()}: {self.points} × {self.volume_per_site_ul} µL"

    @property
    def total_ul(self) -> int:
        """Microlitres injected by this entry."""
        return self.points * self.volume_per_site_ul

    @property
    def given_at(self) -> datetime | None:
        """When the points were injected: as said of a late entry, else when it was recorded; None in old rows."""
        return self.injected_at or self.recorded_at

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this entry; of a late one also when it was injected and entered, and why so late."""
        late = {"injected_at": self.injected_at, "recorded_at": self.recorded_at, "late_reason": self.late_reason}
        return {
            "zone": self.zone, "points": self.points, "volume_per_site_ul": self.volume_per_site_ul,
            "total_ul": self.total_ul, "deviation_reason": self.deviation_reason,
            **(late if self.injected_at is not None else {}),
        }  # fmt: skip
