"""What every documented decision has: an author, a reviewer who isn't the author, versions, and a lock.

A concrete model names its `kind` (also the name of its page and of its sealed document), its `parts` (the
related name of its lines, items, views or statements) and what is still missing before it can be reviewed.
"""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.constraints import at_with_by, one_of
from clinic.dates import day_text
from clinic.frozen import Mutability, child_triggers, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.signing.rows import RestsOn
from clinic.submissions import Submitted, Versioned
from protocols.decisions.examples import is_of_example, without_mark
from protocols.decisions.states import State


class Asks(NamedTuple):
    """What an approver is told: `obstacles` against approving, and `reason_for`, what needs a written reason."""

    obstacles: Sequence[str] = ()
    reason_for: Sequence[str] = ()


class DecisionQuerySet(SiteQuerySet):
    """Versions of a documented decision."""

    def named(self) -> "DecisionQuerySet":
        """The versions with what their names are made of."""
        return self.select_related(*self.model.named_by) if self.model.named_by else self

    def active(self) -> "DecisionQuerySet":
        """The versions in force."""
        return self.filter(status=State.APPROVED)


#: What its retirement changes of an approved version: nothing else does, and nothing does of a retired one.
RETIRE_COLUMNS = (
    "status", "retired_at", "retired_by_id", "retire_reason", "retirement_signature_id", "row_version", "active_slot",
)  # fmt: skip
#: What is filled in after the approval of a version was signed: when it comes into force, and when it is retired.
FILLED_IN_LATER = frozenset({"approved_at", "approved_by_id", *RETIRE_COLUMNS})
#: The columns that a version's next state changes, by the state that it is in.
MOVES_ON = MappingProxyType({State.APPROVED: frozenset(RETIRE_COLUMNS), State.RETIRED: frozenset[str]()})


class Decision(Submitted, Versioned):
    """A version of a documented decision of a site."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED
    kind: ClassVar[str]
    title_of_kind: ClassVar[Promise]
    parts: ClassVar[str] = ""
    #: The related names of its other rows, where it has rows of two kinds (a photo protocol's preparation points).
    more_parts: ClassVar[tuple[str, ...]] = ()
    named_by: ClassVar[tuple[str, ...]] = ()
    #: The field by which a site's documents of this kind are told apart (a leaflet's language), "" where it has one.
    one_for: ClassVar[str] = ""
    #: Whether a site needs one before its first patient.
    needed: ClassVar[bool] = True
    #: Whether a change of it can touch what patients have consented to.
    touches_consent: ClassVar[bool] = False
    filled_in_later: ClassVar[frozenset[str]] = FILLED_IN_LATER

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    number = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=State.choices, default=State.DRAFT)
    change_reason = models.CharField(_("reason for the change"), max_length=500)
    risk_relevant = models.BooleanField(_("risk-relevant change"), default=False)
    #: Whether consents given before it count no longer; None where nobody was asked.
    reconsent = models.BooleanField(_("patients consent anew"), null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("written"))
    submitted_at = models.DateTimeField(_("sent to review"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_back_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    sent_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent back by"),
    )
    sent_back_reason = models.CharField(_("what to change"), max_length=500, blank=True)
    #: When it came into force: at the approval's signature, or on the day that the signature named.
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approval_signature = models.OneToOneField(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval")
    )
    #: The day from which it is in force, where the approver named one to come; it stays in review until then.
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("retired by")
    )
    retire_reason = models.CharField(_("reason for retiring"), max_length=500, null=True, blank=True)  # noqa: DJ001
    #: The approval of the version that replaced this one, or a signature of its own.
    retirement_signature = models.ForeignKey(
        "clinic.Signature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("retirement")
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_draft(self) -> bool:
        """Whether it can still be edited."""
        return self.status == State.DRAFT

    @property
    def waits(self) -> bool:
        """Whether it is approved by signature, and its day hasn't come."""
        return self.status == State.IN_REVIEW and self.approval_signature_id is not None

    @property
    def signed_at(self) -> datetime | None:
        """When its approval was signed, which is before it came into force where that was for a day to come."""
        return self.approval_signature.signed_at if self.approval_signature is not None else None

    @property
    def approver(self) -> str:
        """Who signed its approval, "" before."""
        return self.approval_signature.printed_name if self.approval_signature is not None else ""

    @property
    def in_force_since(self) -> datetime | None:
        """When it came into force by itself, on the day that its approval named; None where that was the approval."""
        return self.approved_at if self.effective_from is not None else None

    @property
    def state_words(self) -> str:
        """Where it stands, as people say it: what is signed for a day to come isn't in review any more."""
        if self.waits and self.effective_from is not None:
            return str(_("Approved, in force from %(day)s") % {"day": day_text(self.effective_from)})
        return str(self.get_status_display())

    @property
    def reason_said(self) -> str:
        """Why it was written, as people read it: what is approved is no example any more, whenever it was sent in."""
        return without_mark(self.change_reason) if self.approval_signature_id is not None else self.change_reason

    @property
    def is_example(self) -> bool:
        """Whether it was written as an example and nobody has approved it yet."""
        return self.approval_signature_id is None and is_of_example(self.change_reason)

    @property
    def is_active(self) -> bool:
        """Whether it is in force."""
        return self.status == State.APPROVED

    def get_absolute_url(self) -> str:
        return reverse(self.kind, args=[self.pk])

    def of_same_document(self) -> DecisionQuerySet:
        """Return all versions of the document that this is a version of."""
        rows = type(self).objects.filter(site_id=self.site_id)
        return rows.filter(**{self.one_for: getattr(self, self.one_for)}) if self.one_for else rows

    def document_key(self) -> str:
        """Return what tells the documents of this kind apart at a site, "" where there is one."""
        return str(getattr(self, self.one_for)) if self.one_for else ""

    def gaps(self) -> list[str]:
        """Return, in sentences, what is missing before it can be reviewed; reads the parts."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say when it is complete")

    def held_against(self) -> list[str]:
        """What has come to stand against a version in force since it was approved, in sentences."""
        return []

    def holders_of_places(self) -> list["Decision"]:
        """The versions that hold every place there is, so that this one would be one too many; [] while one is free."""
        return []

    def asks_of_approver(self) -> "Asks":
        """Return what stands against approving it and what the approver has to give a reason for; reads the parts."""
        return Asks()

    def rests_on(self) -> list[RestsOn]:
        """Return what else is approved with it, though it stands in rows that it shares with other versions."""
        return []

    def place_when_approved(self, replaced: "Decision | None", reason: str) -> dict[str, Any]:
        """Return what else is set when it is approved in the place of `replaced`; Refused when it can't be.

        `reason` is the approver's, where `asks_of_approver` asks for one.
        """
        return {}

    def place_when_retired(self) -> dict[str, Any]:
        """Return what else is set when it is retired."""
        return {}

    def part_rows(self) -> list["Part"]:
        """Return the parts in their order; none for a kind without parts."""
        return list(getattr(self, self.parts).all()) if self.parts else []

    def more_rows(self) -> dict[str, list["Part"]]:
        """Return its other rows in their order, by related name; a name without rows is left out."""
        found = {name: list(getattr(self, name).all()) for name in self.more_parts}
        return {name: rows for name, rows in found.items() if rows}

    @classmethod
    def all_parts(cls) -> tuple[str, ...]:
        """Return the related names of all its rows."""
        return tuple(name for name in (cls.parts, *cls.more_parts) if name)

    def describe(self) -> dict[str, Any]:
        """Return the fields of its own that are signed: all that aren't about its life."""
        return {
            field.name: field.value_from_object(self)
            for field in self._meta.concrete_fields
            if field.name not in LIFE_FIELDS
        }


#: What happens to a version, in contrast to what it says.
LIFE_FIELDS = frozenset(field.name for field in Decision._meta.local_fields) | {"id", "active_slot"}
#: What may change while a version lies in review: the review, never the content.
REVIEW_COLUMNS = (
    "status", "submitted_at", "submitted_by_id", "sent_back_at", "sent_back_by_id", "sent_back_reason",
    "approved_at", "approved_by_id", "approval_signature_id", "active_slot", "legal_notes", "legal_reason",
    "effective_from", "row_version",
)  # fmt: skip


def decision_constraints(prefix: str) -> list[models.BaseConstraint]:
    """Constraints of a table of versions; `prefix` makes their names unique."""
    return [
        one_of("status", State.values, name=f"{prefix}_status_known"),
        models.CheckConstraint(
            condition=~Q(reconsent=True) | Q(risk_relevant=True), name=f"{prefix}_reconsent_bears_on_risk"
        ),
        at_with_by("submitted_at", "submitted_by", name=f"{prefix}_submitted_at_by"),
        at_with_by("sent_back_at", "sent_back_by", name=f"{prefix}_sent_back_at_by"),
        models.CheckConstraint(
            condition=Q(sent_back_at=None, sent_back_reason="")
            | (Q(sent_back_at__isnull=False) & ~Q(sent_back_reason="")),
            name=f"{prefix}_sent_back_says_why",
        ),
        models.CheckConstraint(
            condition=Q(effective_from=None) | Q(approval_signature__isnull=False), name=f"{prefix}_day_is_signed"
        ),
        at_with_by("approved_at", "approved_by", name=f"{prefix}_approved_at_by"),
        at_with_by("retired_at", "retired_by", name=f"{prefix}_retired_at_by"),
        models.CheckConstraint(
            condition=~Q(status__in=[State.APPROVED, State.RETIRED])
            | Q(approved_at__isnull=False, approval_signature__isnull=False),
            name=f"{prefix}_approved_is_signed",
        ),
        models.CheckConstraint(
            condition=Q(approved_by=None) | ~Q(approved_by=models.F("author")), name=f"{prefix}_second_person"
        ),
        models.CheckConstraint(
            condition=Q(
                status=State.RETIRED,
                retired_at__isnull=False,
                retire_reason__isnull=False,
                retirement_signature__isnull=False,
            )
            | (~Q(status=State.RETIRED) & Q(retired_at=None, retire_reason=None, retirement_signature=None)),
            name=f"{prefix}_retired_says_why",
        ),
    ]


def one_active(prefix: str, *one_for: str) -> models.UniqueConstraint:
    """At most one version in force at a site, for each value of `one_for`."""
    return models.UniqueConstraint(
        fields=["site", *one_for], condition=Q(status=State.APPROVED), name=f"{prefix}_one_active"
    )


def decision_triggers() -> list[pgtrigger.Trigger]:
    """An approved version is locked for ever; it may be retired once and never comes back.

    What lies in review keeps the content that was sent in, so that what was read is what gets approved. Neither comes
    to pass without its entry in the trail.
    """
    review = ", ".join(f"'{name}'" for name in REVIEW_COLUMNS)
    return [
        *locked_triggers("OLD.status IN ('approved', 'retired')", moving=RETIRE_COLUMNS),
        pgtrigger.Trigger(
            name="held_in_review",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY[" + review + "]::text[]) "
            "IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[" + review + "]::text[])) THEN "
            "RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="moves",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN "
            "(('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) "
            "THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', "
            "TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
        ),
        # A unit writes its entries last, so this looks as it is committed.
        pgtrigger.Trigger(
            name="told",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            timing=pgtrigger.Deferred,
            func=pgtrigger.Func(  # type: ignore[no-untyped-call]
                "IF NEW.status IS DISTINCT FROM OLD.status AND NEW.status IN ('approved', 'retired') AND NOT EXISTS "
                "(SELECT 1 FROM public.clinic_trailevent WHERE object_type = '{meta.label}' "
                "AND object_id = NEW.id::text "
                "AND action = CASE NEW.status WHEN 'approved' THEN 'approve' ELSE 'retire' END) THEN "
                "RAISE EXCEPTION 'baseline: a version of % cannot be % without an entry in the trail', "
                "TG_TABLE_NAME, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;"
            ),
        ),
        pgtrigger.Trigger(
            name="begins_as_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION "
            "'baseline: a version of % begins as a draft', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
        ),
    ]


def part_triggers(parent_table: str, parent_column: str = "version_id") -> list[pgtrigger.Trigger]:
    """Parts of a version change only while it is a draft."""
    return child_triggers(
        parent_table=parent_table, parent_column=parent_column, locked_when="parent.status <> 'draft'"
    )


class Part(models.Model):
    """A line, item, view or statement of a version."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED
    #: The field by which a part is recognised in the next version.
    key_field: ClassVar[str] = "ordinal"

    ordinal = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        abstract = True

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this part."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of itself")
