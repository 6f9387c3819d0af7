"""Ingredients, formulations and their versions."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of, within
from clinic.frozen import Mutability, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted, Versioned
from protocols.decisions.errors import OutOfDate, TooManyActive
from protocols.decisions.models import (
    Asks,
    Decision,
    DecisionQuerySet,
    Part,
    decision_constraints,
    decision_triggers,
    part_triggers,
)
from protocols.decisions.states import State
from protocols.formulations.completeness import Written, line_gaps, recipe_gaps, unsaid
from protocols.formulations.slots import MOST_ACTIVE_FORMULATIONS, free_slot
from protocols.jurisdiction.models import LegalStatus
from protocols.jurisdiction.queries import table_in_force
from protocols.jurisdiction.rules import Ruling, rule, since_approved


class AllergenClass(models.TextChoices):
    """What a hypersensitivity is matched on besides the ingredient itself."""

    NONE = "none", _("None known")
    LOCAL_ANAESTHETIC = "local_anaesthetic", _("Local anaesthetic, amide type")
    B_VITAMIN = "b_vitamin", _("B vitamin")
    HYALURONIC_ACID = "hyaluronic_acid", _("Hyaluronic acid")
    PEPTIDE = "peptide", _("Peptide")
    PRESERVATIVE = "preservative", _("Preservative")
    PLANT = "plant", _("Plant extract")
    OTHER = "other", _("Other")


class PregnancyClass(models.TextChoices):
    """What pregnancy, its possibility or breastfeeding means for a formulation with the ingredient."""

    NO_CONCERN = "no_concern", _("No known concern")
    CLEARANCE = "clearance", _("Only with a prescriber's clearance")
    CONTRAINDICATED = "contraindicated", _("Contraindicated (5-alpha-reductase inhibitor or class X)")


class Ingredient(Submitted, Versioned):
    """A substance that formulations are made of; versions copy what they need of it."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="ingredients", verbose_name=_("site"))
    name = models.CharField(_("substance"), max_length=80)
    concentration = models.CharField(
        _("concentration"), max_length=40, help_text=_("As on the product, such as 5 mg/mL.")
    )
    allergen_class = models.CharField(
        _("allergen class"), max_length=20, choices=AllergenClass.choices, default=AllergenClass.NONE
    )
    pregnancy_class = models.CharField(
        _("pregnancy class"), max_length=20, choices=PregnancyClass.choices, default=PregnancyClass.NO_CONCERN
    )

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("ingredient")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "name", "concentration"], name="ingredient_once"),
            one_of("allergen_class", AllergenClass.values, name="ingredient_allergen_known"),
            one_of("pregnancy_class", PregnancyClass.values, name="ingredient_pregnancy_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.concentration}"

    def in_use(self) -> bool:
        """Whether anything but drafts refers to it, in whichever room: lines sent to review, stock, measurements."""
        for relation in self._meta.related_objects:
            rows = relation.related_model._default_manager.filter(**{relation.field.name: self})
            if relation.related_model is FormulationLine:
                rows = rows.exclude(version__status=State.DRAFT)
            if rows.exists():
                return True
        return False


class Formulation(Submitted):
    """A documented cocktail, by its code; what is in it stands in its versions.

    Code and name are part of what is approved, so they lock with the first version that is.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="formulations", verbose_name=_("site"))
    code = models.CharField(_("code"), max_length=8)
    name = models.CharField(_("name"), max_length=80)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("formulation")
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "code"], name="formulation_code_once"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]{0,7}$"), name="formulation_code_form"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = locked_triggers(
            "EXISTS (SELECT 1 FROM protocols_formulationversion version WHERE version.formulation_id = OLD.id "
            "AND version.status <> 'draft')"
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Storage(models.TextChoices):
    """How a preparation is kept."""

    ROOM = "room", _("Room temperature")
    REFRIGERATED = "refrigerated", _("2–8 °C, protected from light")


def verbose(model: type[models.Model], name: str) -> str:
    """Return what a field is called."""
    field: Any = model._meta.get_field(name)
    return str(field.verbose_name)


#: What a version says from its review on; a draft may leave any of it open.
WHOLE = (
    "indication", "beyond_use_hours", "beyond_use_reason", "storage", "batch_min_ul", "batch_max_ul", "container",
    "steps", "appearance",
)  # fmt: skip


class FormulationVersion(Decision):
    """What is in a formulation, how it is made and how long it may be used.

    A draft may hold any part of it; from review on it is whole.
    """

    kind = "formulation"
    title_of_kind = _("Formulation")
    parts = "lines"
    named_by = ("formulation",)
    touches_consent = True

    formulation = models.ForeignKey(Formulation, models.PROTECT, related_name="versions", verbose_name=_("formulation"))
    indication = models.CharField(_("indication"), max_length=200, blank=True)
    beyond_use_hours = models.PositiveSmallIntegerField(_("beyond use after, in hours"), null=True, blank=True)
    beyond_use_reason = models.CharField(_("basis of the beyond-use time"), max_length=300, blank=True)
    storage = models.CharField(_("storage"), max_length=12, choices=Storage.choices, blank=True)
    batch_min_ul = models.PositiveIntegerField(_("smallest batch in µL"), null=True, blank=True)
    batch_max_ul = models.PositiveIntegerField(_("largest batch in µL"), null=True, blank=True)
    container = models.CharField(_("container and closure"), max_length=120, blank=True)
    steps = models.TextField(_("steps"), max_length=4000, blank=True)
    appearance = models.CharField(_("right appearance, and when to reject"), max_length=300, blank=True)
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
            one_of("storage", ["", *Storage.values], name="formulation_version_storage_known"),
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
                    & ~Q(steps="")
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
            *decision_triggers("=active_slot"),
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
        return said

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
        return [*unsaid(said), *line_gaps(written), *recipe_gaps(volumes)]

    def place_when_approved(self, replaced: Decision | None, reason: str) -> dict[str, Any]:
        """Return the place among the active; TooManyActive when all are taken, OutOfDate for changed ingredients."""
        lines = FormulationLine.objects.filter(version=self).select_related("ingredient")
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


class LineRole(models.TextChoices):
    """What an ingredient is there for."""

    ACTIVE = "active", _("Active")
    VEHICLE = "vehicle", _("Vehicle")
    DILUENT = "diluent", _("Diluent")
    BUFFER = "buffer", _("Buffer")
    ANAESTHETIC = "anaesthetic", _("Anaesthetic")


#: What a line copies of its ingredient: field of the line, field of the ingredient.
COPIED = {
    "ingredient_name": "name",
    "concentration": "concentration",
    "allergen_class": "allergen_class",
    "pregnancy_class": "pregnancy_class",
}


class FormulationLine(Part):
    """One ingredient of a version: microlitres in each millilitre, and the tolerance when measuring.

    The ingredient's name and classes are copied, so that renaming it can't alter what was approved.
    """

    key_field = "ingredient_id"

    version = models.ForeignKey(FormulationVersion, models.PROTECT, related_name="lines", verbose_name=_("version"))
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="lines", verbose_name=_("ingredient"))
    ingredient_name = models.CharField(_("substance"), max_length=80)
    concentration = models.CharField(_("concentration"), max_length=40)
    allergen_class = models.CharField(_("allergen class"), max_length=20, choices=AllergenClass.choices)
    pregnancy_class = models.CharField(_("pregnancy class"), max_length=20, choices=PregnancyClass.choices)
    role = models.CharField(_("role"), max_length=12, choices=LineRole.choices, blank=True)
    volume_ul_per_ml = models.PositiveSmallIntegerField(_("µL per mL"), null=True, blank=True)
    tolerance_percent = models.DecimalField(_("tolerance ± %"), max_digits=4, decimal_places=1, null=True, blank=True)

    class Meta:
        verbose_name = _("formulation line")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ingredient"], name="formulation_line_ingredient_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="formulation_line_ordinal_once"),
            one_of("role", ["", *LineRole.values], name="formulation_line_role_known"),
            one_of("allergen_class", AllergenClass.values, name="formulation_line_allergen_known"),
            one_of("pregnancy_class", PregnancyClass.values, name="formulation_line_pregnancy_known"),
            within("volume_ul_per_ml", 1, 1000, name="formulation_line_volume_sane"),
            models.CheckConstraint(
                condition=Q(tolerance_percent=None) | Q(tolerance_percent__gte="0.1", tolerance_percent__lte=25),
                name="formulation_line_tolerance_sane",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_formulationversion")

    def __str__(self) -> str:
        return f"{self.ingredient_name} {self.volume_ul_per_ml or 0} µL/mL"

    def is_current(self) -> bool:
        """Whether the copies still say what the ingredient says; reads the ingredient."""
        return all(getattr(self, copy) == getattr(self.ingredient, original) for copy, original in COPIED.items())

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this line."""
        return {
            "ordinal": self.ordinal,
            "ingredient": self.ingredient_id,
            "name": self.ingredient_name,
            "concentration": self.concentration,
            "role": self.role,
            "allergen_class": self.allergen_class,
            "pregnancy_class": self.pregnancy_class,
            "volume_ul_per_ml": self.volume_ul_per_ml,
            "tolerance_percent": self.tolerance_percent,
        }
