"""A version of a formulation: what is in it, how it is made and how long it may be used."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.signing.rows import RestsOn
from protocols.decisions.errors import OutOfDate, TooManyActive
from protocols.decisions.models import (
    Asks,
    Decision,
    DecisionQuerySet,
    decision_constraints,
    decision_triggers,
)
from protocols.decisions.states import State
from protocols.formulations.calculation import example_gaps
from protocols.formulations.completeness import Written, line_gaps, recipe_gaps, unsaid
from protocols.formulations.models.formulations import Formulation
from protocols.formulations.slots import MOST_ACTIVE_FORMULATIONS, free_slot
from protocols.formulations.steps import StepDraft, step_gaps, steps_from_text
from protocols.formulations.strength import strength_gaps
from protocols.jurisdiction.models import LegalStatus
from protocols.jurisdiction.queries import table_in_force
from protocols.jurisdiction.rules import Ruling, rule, since_approved


class Storage(models.TextChoices):
    """How a preparation is kept."""

    ROOM = "room", _("Room temperature")
    REFRIGERATED = "refrigerated", _("2–8 °C, protected from light")
    FROZEN = "frozen", _("Frozen, −20 °C or colder")


#: How a preparation may be kept as its version says; frozen it is only by way of exception.
USUAL_STORAGE = (Storage.ROOM, Storage.REFRIGERATED)


class DosageForm(models.TextChoices):
    """What the finished preparation is."""

    SOLUTION = "solution", _("Solution for injection")
    SUSPENSION = "suspension", _("Suspension for injection")
    EMULSION = "emulsion", _("Emulsion for injection")
    GEL = "gel", _("Gel for injection")


class PatientUse(models.TextChoices):
    """For how many patients a container is meant."""

    SINGLE = "single", _("Single patient")
    MULTI = "multi", _("Several patients")


def verbose(model: type[models.Model], name: str) -> str:
    """Return what a field is called."""
    field: Any = model._meta.get_field(name)
    return str(field.verbose_name)


#: The roles whose amount in a millilitre matters.
STRONG = ("active", "anaesthetic")
#: What a version says from its review on; a draft may leave any of it open.
WHOLE = (
    "indication", "dosage_form", "beyond_use_hours", "beyond_use_reason", "storage", "batch_min_ul", "batch_max_ul",
    "container", "equipment", "environment", "asepsis", "appearance", "reject_when",
)  # fmt: skip
#: What versions of before had no room for, with what stands there then. It is signed where it says something else, so
#: that the content of what was signed before stays the same.
ADDED: dict[str, Any] = {
    "dosage_form": "", "strength_stated": "", "patient_use": PatientUse.SINGLE, "equipment": "", "environment": "",
    "asepsis": "", "reject_when": "", "final_check": "", "beyond_use_reference": "", "calculation": "",
    "example_ul": None,
}  # fmt: skip


class FormulationVersion(Decision):
    """What is in a formulation, how it is made and how long it may be used.

    A draft may hold any part of it; from review on it is whole.
    """

    kind = "formulation"
    title_of_kind = _("Formulation")
    parts = "lines"
    more_parts = ("method", "other_storage")
    named_by = ("formulation",)
    touches_consent = True

    formulation = models.ForeignKey(Formulation, models.PROTECT, related_name="versions", verbose_name=_("formulation"))
    indication = models.CharField(_("indication"), max_length=200, blank=True)
    dosage_form = models.CharField(_("dosage form"), max_length=12, choices=DosageForm.choices, blank=True)
    strength_stated = models.CharField(_("strength per mL, as stated"), max_length=200, blank=True)
    beyond_use_hours = models.PositiveSmallIntegerField(_("beyond use after, in hours"), null=True, blank=True)
    beyond_use_reason = models.CharField(_("basis of the beyond-use time"), max_length=300, blank=True)
    beyond_use_reference = models.CharField(_("reference of the beyond-use time"), max_length=300, blank=True)
    storage = models.CharField(
        _("storage"), max_length=12, choices=[(each.value, each.label) for each in USUAL_STORAGE], blank=True
    )
    batch_min_ul = models.PositiveIntegerField(_("smallest batch in µL"), null=True, blank=True)
    batch_max_ul = models.PositiveIntegerField(_("largest batch in µL"), null=True, blank=True)
    container = models.CharField(_("container and closure"), max_length=120, blank=True)
    patient_use = models.CharField(
        _("for how many patients"), max_length=8, choices=PatientUse.choices, default=PatientUse.SINGLE
    )
    equipment = models.TextField(_("equipment"), max_length=1000, blank=True)
    environment = models.CharField(_("environment"), max_length=300, blank=True)
    asepsis = models.TextField(_("garbing and asepsis"), max_length=1000, blank=True)
    #: The steps as one text, in versions of before; those since have rows (`method`).
    steps = models.TextField(_("steps"), max_length=4000, blank=True)
    appearance = models.CharField(_("appearance when right"), max_length=300, blank=True)
    reject_when = models.CharField(_("when to reject"), max_length=300, blank=True)
    final_check = models.CharField(_("pH or filter check"), max_length=300, blank=True)
    calculation = models.TextField(_("calculation"), max_length=1000, blank=True)
    example_ul = models.PositiveIntegerField(_("volume of the worked example in µL"), null=True, blank=True)
    warnings = models.CharField(_("label warnings"), max_length=120, blank=True)
    references = models.TextField(_("references"), max_length=2000, blank=True)
    #: Its restricted ingredients as the jurisdiction table had them at the approval, and the physician's reason.
    legal_notes = models.JSONField(_("restricted ingredients"), default=list, blank=True)
    legal_reason = models.CharField(_("reason for using them"), max_length=500, blank=True)
    #: 1 to 3 while in force: the unique slot is what holds a site to three formulations.
    active_slot = models.PositiveSmallIntegerField(_("place among the active"), null=True, blank=True)

    class Meta:
        verbose_name = _("formulation version")
        ordering: ClassVar[list[str]] = ["formulation__code", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("formulation_version"),
            models.UniqueConstraint(fields=["formulation", "number"], name="formulation_version_number_once"),
            models.UniqueConstraint(
                fields=["formulation"], condition=Q(status=State.APPROVED), name="formulation_version_one_active"
            ),
            models.UniqueConstraint(fields=["site", "active_slot"], name="formulation_version_slot_once"),
            models.CheckConstraint(
                # A comparison with NULL is neither true nor false and would pass: say that there is a place.
                condition=Q(
                    status=State.APPROVED,
                    active_slot__isnull=False,
                    active_slot__range=(1, MOST_ACTIVE_FORMULATIONS),
                )
                | (~Q(status=State.APPROVED) & Q(active_slot=None)),
                name="formulation_version_slot_while_active",
            ),
            one_of("storage", ["", *USUAL_STORAGE], name="formulation_version_storage_known"),
            one_of("dosage_form", ["", *DosageForm.values], name="formulation_version_dosage_form_known"),
            one_of("patient_use", PatientUse.values, name="formulation_version_patient_use_known"),
            within("example_ul", 100, 100_000, name="formulation_version_example_sane"),
            models.CheckConstraint(
                condition=Q(legal_notes=[]) | ~Q(legal_reason=""), name="formulation_version_restricted_says_why"
            ),
            models.CheckConstraint(
                condition=Q(status=State.DRAFT)
                | (
                    Q(beyond_use_hours__isnull=False, batch_min_ul__isnull=False, batch_max_ul__isnull=False)
                    & ~Q(indication="")
                    & ~Q(beyond_use_reason="")
                    & ~Q(storage="")
                    & ~Q(container="")
                    & ~Q(appearance="")
                ),
                name="formulation_version_whole_from_review",
            ),
            within("beyond_use_hours", 1, 24 * 14, name="formulation_version_beyond_use_sane"),
            models.CheckConstraint(
                condition=(Q(batch_min_ul=None) | Q(batch_min_ul__range=(100, 100_000)))
                & (Q(batch_max_ul=None) | Q(batch_max_ul__range=(100, 100_000)))
                & (Q(batch_min_ul=None) | Q(batch_max_ul=None) | Q(batch_max_ul__gte=models.F("batch_min_ul"))),
                name="formulation_version_batch_sane",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *decision_triggers(),
            pgtrigger.Trigger(
                name="adds_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="IF NEW.status IN ('in_review', 'approved') AND NEW.status IS DISTINCT FROM OLD.status AND "
                "(SELECT coalesce(sum(volume_ul_per_ml), 0) FROM protocols_formulationline "
                "WHERE version_id = NEW.id) <> 1000 THEN "
                "RAISE EXCEPTION 'baseline: the lines of a formulation make exactly one millilitre' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="says_how",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="IF NEW.status IN ('in_review', 'approved') AND NEW.status IS DISTINCT FROM OLD.status AND "
                "NEW.steps = '' AND "
                "NOT EXISTS (SELECT 1 FROM protocols_formulationstep WHERE version_id = NEW.id) THEN "
                "RAISE EXCEPTION 'baseline: a formulation says in steps how it is made' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.formulation} v{self.number}"

    @property
    def batch_bounds_ul(self) -> tuple[int, int]:
        """Smallest and largest batch in microlitres; ValueError for a draft that doesn't say them yet."""
        if self.batch_min_ul is None or self.batch_max_ul is None:
            raise ValueError(f"{self} doesn't say its batches yet")
        return self.batch_min_ul, self.batch_max_ul

    @property
    def usable_hours(self) -> int:
        """Hours of use after preparation; ValueError for a draft that doesn't say them yet."""
        if self.beyond_use_hours is None:
            raise ValueError(f"{self} doesn't say how long it may be used yet")
        return self.beyond_use_hours

    def of_same_document(self) -> DecisionQuerySet:
        return FormulationVersion.objects.filter(formulation_id=self.formulation_id)

    def document_key(self) -> str:
        return str(self.formulation_id)

    def describe(self) -> dict[str, Any]:
        formulation = {"id": self.formulation_id, "code": self.formulation.code, "name": self.formulation.name}
        said = super().describe() | {"formulation": formulation}
        if not self.legal_notes:  # nothing restricted was approved
            del said["legal_notes"], said["legal_reason"]
        return {name: value for name, value in said.items() if name not in ADDED or value != ADDED[name]}

    def steps_said(self) -> list[StepDraft]:
        """Return its steps in their order: its rows, else those of the text that versions of before have."""
        rows = [StepDraft(row.text, row.critical) for row in self.method.all()]
        return rows or steps_from_text(self.steps)

    def strengths(self) -> list[tuple[str, str, int | None]]:
        """Return name, concentration and µL per mL of each line whose amount matters: actives and anaesthetics."""
        return [
            (line.ingredient_name, line.concentration, line.volume_ul_per_ml)
            for line in self.lines.all()
            if line.role in STRONG
        ]

    def asks_of_approver(self) -> Asks:
        """What the jurisdiction table in force says about its ingredients."""
        ruling = self._ruling()
        return Asks(
            ruling.obstacles,
            [f"{note['name']}: {LegalStatus(note['status']).label}. {note['line']}" for note in ruling.notes],
        )

    def _ruling(self) -> Ruling:
        lines = [(line.ingredient_id, line.ingredient_name) for line in self.lines.all()]
        return rule(lines, table_in_force(self.site))

    def gaps(self) -> list[str]:
        """What keeps the draft from review: what it doesn't say yet, and lines that don't make one millilitre."""
        lines = list(self.lines.all())
        said = [(verbose(FormulationVersion, name), getattr(self, name)) for name in WHOLE]
        written = [
            Written(line.ingredient_name, line.role, line.volume_ul_per_ml, line.tolerance_percent) for line in lines
        ]
        volumes = [(line.role, line.volume_ul_per_ml or 0) for line in lines]
        known_ul = [line.volume_ul_per_ml for line in lines if line.volume_ul_per_ml]
        bounds_ul = (self.batch_min_ul, self.batch_max_ul)
        return [
            *unsaid(said),
            *step_gaps(self.steps_said()),
            *line_gaps(written),
            *recipe_gaps(volumes),
            *strength_gaps(self.strengths(), self.strength_stated),
            *example_gaps(self.example_ul, known_ul, bounds_ul=bounds_ul),
        ]

    def rests_on(self) -> list[RestsOn]:
        return [RestsOn(Formulation, "id", (self.formulation_id,))]

    def place_when_approved(self, replaced: Decision | None, reason: str) -> dict[str, Any]:
        """Return the place among the active; TooManyActive when all are taken, OutOfDate for changed ingredients."""
        lines = self.lines.select_related("ingredient")
        if changed := [line.ingredient.name for line in lines if not line.is_current()]:
            raise OutOfDate(
                gettext("Changed since this draft was written: %(names)s. Send it back, so that it is written again.")
                % {"names": ", ".join(changed)}
            )
        legal = {"legal_notes": self._ruling().notes, "legal_reason": reason}
        if isinstance(replaced, FormulationVersion):
            return legal | {"active_slot": replaced.active_slot}
        others, to_come = self._sharing_places()
        free = free_slot([other.active_slot for other in others if other.active_slot])
        if free is None or len(others) + len(to_come) >= MOST_ACTIVE_FORMULATIONS:
            told = (
                gettext(
                    "%(most)s formulations are active or approved for a day to come, and a site works with no more. "
                    "Retire one first: %(names)s."
                )
                if to_come
                else gettext(
                    "%(most)s formulations are active, and a site works with no more. Retire one first: %(names)s."
                )
            )
            names = ", ".join(str(other) for other in [*others, *to_come])
            raise TooManyActive(told % {"most": MOST_ACTIVE_FORMULATIONS, "names": names})
        return legal | {"active_slot": free}

    def _sharing_places(self) -> tuple[list["FormulationVersion"], list["FormulationVersion"]]:
        """Return the versions in force, and those of further formulations that are approved for a day to come."""
        to_come = Q(status=State.IN_REVIEW, approval_signature__isnull=False)
        here = FormulationVersion.objects.filter(Q(status=State.APPROVED) | to_come, site_id=self.site_id)
        found = list(here.select_related("formulation").order_by("formulation__code", "number"))
        others = [each for each in found if each.is_active]
        # A place is kept for what is approved for a day to come.
        placed = {self.formulation_id, *(other.formulation_id for other in others)}
        return others, [each for each in found if not each.is_active and each.formulation_id not in placed]

    def holders_of_places(self) -> list[Decision]:
        """The formulations that leave no place for this one, which isn't a new version of any of them."""
        others, to_come = self._sharing_places()
        if any(other.formulation_id == self.formulation_id for other in others):
            return []
        return [*others, *to_come] if len(others) + len(to_come) >= MOST_ACTIVE_FORMULATIONS else []

    def held_against(self) -> list[str]:
        """What the jurisdiction table in force now says against its ingredients."""
        lines = [(line.ingredient_id, line.ingredient_name) for line in self.lines.all()]
        return since_approved(lines, table_in_force(self.site), self.legal_notes)

    def place_when_retired(self) -> dict[str, Any]:
        return {"active_slot": None}
