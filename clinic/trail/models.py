"""The record trail: who did or looked at what, when and why, as a chain of hashes."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.canonical import canonical
from clinic.frozen import Frozen, Mutability, frozen_triggers
from clinic.trail.following import ENDS_MOVE_ON, follows_trigger


class Action(models.TextChoices):
    """What happened to a record."""

    CREATE = "create", _("Recorded")
    CHANGE = "change", _("Changed")
    READ = "read", _("Opened")
    SIGN = "sign", _("Signed")
    SIGN_REFUSED = "sign_refused", _("Signature refused")
    APPROVE = "approve", _("Approved")
    RETIRE = "retire", _("Retired")
    END = "end", _("Ended")
    SEAL = "seal", _("Sealed")
    PRINT = "print", _("Printed")
    EXPORT = "export", _("Exported")
    DOWNLOAD = "download", _("Downloaded")
    IMPORT = "import", _("Imported")
    OVERRIDE = "override", _("Overridden")
    SWITCH_SITE = "switch_site", _("Changed site")
    SIGN_IN = "sign_in", _("Signed in")
    BEGIN_CHAIN = "begin_chain", _("Chain begun")
    BEGIN_EPOCH = "begin_epoch", _("Epoch begun")


#: What changes nothing, and is most of what is recorded.
LOOKS = (Action.READ,)

#: The epoch in which all sites shared one chain: nothing is added to it any more.
FIRST_EPOCH = 0
#: The epoch that the chain of a new site begins with. A clinic that goes on from an older backup begins another one
#: (`clinic.trail.epochs`).
EPOCH = 1


class ChainHead(models.Model):
    """Where a site's chain ends; locked while entries are added, so the chain can't fork.

    The row without a site is the end of the one chain that all sites shared in the first epoch.
    """

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.OneToOneField(
        "clinic.Site", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    epoch = models.PositiveSmallIntegerField(_("epoch"), default=EPOCH)
    seq = models.BigIntegerField(_("last number"), default=0)
    hash = models.CharField(_("last hash"), max_length=64, default="0" * 64)
    count = models.BigIntegerField(_("entries"), default=0)
    recorded_at = models.DateTimeField(_("last time"), null=True)

    class Meta:
        verbose_name = _("end of the record trail")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(site__isnull=True, epoch=FIRST_EPOCH, id=1)
                | models.Q(site__isnull=False, epoch__gt=FIRST_EPOCH),
                name="chain_head_of_site",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="ratchet",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("moves", "boolean")],
                func=ENDS_MOVE_ON,
            ),
            frozen_triggers()[1],
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:8]}"


#: What is added to a signed record, and names it in its entry: amendments and second signatures.
ADDED_TO_RECORDS = ("clinic.Amendment", "clinic.CoSignature")


#: A quote within a text is escaped in JSON, so no text of somebody's looks like this.
_RECORD = """substring(%(expressions)s from '"record":\\["[^"]*","[^"]*"\\]')"""


def record_said() -> models.Func:
    """Return, for a query over entries, how the body of each names another record; NULL where it names none."""
    return models.Func("body", template=_RECORD, output_field=models.TextField())


def said_of(object_type: str, object_id: str) -> str:
    """Return how the body of an entry names this record."""
    return canonical({"record": [object_type, object_id]})[1:-1]


class TrailEvent(Frozen):
    """One thing that was done or looked at.

    `body` is the exact text that `hash` covers, after the hash of the event before; the other columns
    repeat parts of it, for searching, and the verifier compares them with it. `seq` counts a site's entries; in the
    first epoch it counted those of all sites, and a site's chain goes on from there.
    """

    hashed_when_added = False

    id = models.BigAutoField(primary_key=True)
    epoch = models.PositiveSmallIntegerField(_("epoch"), default=EPOCH)
    seq = models.BigIntegerField(_("number"))
    recorded_at = models.DateTimeField(_("recorded"))
    occurred_at = models.DateTimeField(_("happened"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    actor_name = models.CharField(_("name"), max_length=120)
    site = models.ForeignKey("clinic.Site", models.PROTECT, db_index=False, related_name="+", verbose_name=_("site"))
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    object_type = models.CharField(_("record"), max_length=60)
    object_id = models.CharField(_("record number"), max_length=40)
    object_label = models.CharField(_("what"), max_length=200)
    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("patient"),
    )  # fmt: skip
    request_id = models.CharField(_("request"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    body = models.TextField(_("exact content"))
    prev_hash = models.CharField(_("hash before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("trail entry")
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="trail_seq_positive"),
            # A chain that forked in spite of the lock is an error at once, not at the next verification.
            models.UniqueConstraint(fields=["site", "seq"], name="trail_seq_once"),
            models.UniqueConstraint(fields=["site", "prev_hash"], name="trail_one_successor"),
        ]
        # These begin with the foreign keys, which need no index of their own beside them.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["patient", "-seq"], name="trail_patient"),
            models.Index(fields=["object_type", "object_id", "-id"], name="trail_object"),
            models.Index(fields=["site", "actor", "-seq"], name="trail_actor"),
            models.Index(fields=["site", "action", "-seq"], name="trail_action"),
            # From a day to the numbers that it began and ended with, since time never runs back in the chain.
            models.Index(fields=["site", "recorded_at", "seq"], name="trail_recorded"),
            # From a signed record to what was added to it, which the entries tell of by rows of their own.
            models.Index(record_said(), condition=models.Q(object_type__in=ADDED_TO_RECORDS), name="trail_added"),
            # From what was taken back to the entry that says so: pages and the gate ask it of every consent.
            models.Index(
                fields=["object_type", "object_id"], condition=models.Q(action=Action.END.value), name="trail_ended"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*frozen_triggers(), follows_trigger()]

    def __str__(self) -> str:
        return f"{self.seq} {self.get_action_display()} {self.object_label}"


class Rollback(models.Model):
    """The database was found behind what is noted of the trail outside it: it was put back to an earlier state.

    Until a person acknowledges it, and begins a new epoch with that, nothing is added to any chain.
    """

    #: One change is left to it, which its trigger guards: that it is acknowledged.
    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    found_at = models.DateTimeField(_("found"))
    #: What was noted outside and isn't here, for each site and epoch: `clinic.trail.epochs.Lost`.
    lost = models.JSONField(_("lost"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("rollback")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(acknowledged_at=None), name="rollback_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None, acknowledged_by=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="rollback_acknowledged_at_and_by",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="acknowledged_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="IF TG_OP = 'UPDATE' AND OLD.acknowledged_at IS NULL AND NEW.id = OLD.id "
                "AND NEW.found_at = OLD.found_at THEN RETURN NEW; END IF; "
                "RAISE EXCEPTION 'baseline: that a rollback was found and acknowledged stays' "
                "USING ERRCODE = 'restrict_violation';",
            ),
            frozen_triggers()[1],
        ]

    def __str__(self) -> str:
        return f"{self.found_at:%Y-%m-%d}"


class WaitingLook(models.Model):
    """A look at a record while no chain may grow: it becomes an entry when the next epoch begins, and leaves here."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    #: Everything else that the entry says.
    note = models.JSONField(_("note"))

    class Meta:
        verbose_name = _("look that waits for its entry")

    def __str__(self) -> str:
        return f"{self.site} {self.actor}"
