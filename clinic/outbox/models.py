"""The rows of deferred work: entries, ticks that fell due, alerts, and the heartbeats of worker and beat."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, Mutability, frozen_triggers
from clinic.outbox.priorities import Priority

UNDONE = Q(done_at__isnull=True, parked_at__isnull=True)


class OutboxEntry(models.Model):
    """One effect that is owed: written in the business transaction, done later by a worker, once.

    `run_after` is the clinic's clock, so that a due date means what the clinic means by it. `lease_until`
    and `retry_after` are the database's clock: they guard one worker against another and must not
    depend on the clocks of two machines.
    """

    mutability = Mutability.MUTABLE

    effect = models.CharField(_("effect"), max_length=100)
    key = models.CharField(_("key"), max_length=250)
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    run_after = models.DateTimeField(_("run after"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.USUAL, db_default=Priority.USUAL
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    leased_by = models.CharField(_("leased by"), max_length=120, blank=True, default="")
    retry_after = models.DateTimeField(_("retry after"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    parked_at = models.DateTimeField(_("parked"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, default="")

    class Meta:
        verbose_name = _("deferred work")
        verbose_name_plural = _("deferred work")
        constraints = [
            models.UniqueConstraint(fields=["effect", "key"], name="outbox_effect_key_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(parked_at__isnull=True),
                name="outbox_done_or_parked_not_both",
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="outbox_attempts_not_negative"),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, leased_by="") | (Q(lease_until__isnull=False) & ~Q(leased_by="")),
                name="outbox_lease_has_holder",
            ),
            models.CheckConstraint(condition=~Q(effect="") & ~Q(key=""), name="outbox_effect_and_key_given"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="outbox_priority_known"),
        ]
        indexes = [
            # The claim reads only what is still owed: the index stays small however much was done.
            models.Index(fields=["run_after", "id"], condition=UNDONE, name="outbox_undone"),
            models.Index(fields=["priority", "run_after", "id"], condition=UNDONE, name="outbox_first"),
            models.Index(fields=["parked_at"], condition=Q(parked_at__isnull=False), name="outbox_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.key}"


class DueTick(Frozen):
    """A moment that a clock-driven effect fell due, written once per period whoever notices it first."""

    mutability = Mutability.FROZEN
    #: It is nobody's record, and no entry tells of it.
    hashed_when_added = False

    name = models.CharField(_("name"), max_length=100)
    site = models.ForeignKey("clinic.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    period = models.CharField(_("period"), max_length=40)
    due_at = models.DateTimeField(_("due"))
    written_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("due tick")
        verbose_name_plural = _("due ticks")
        triggers = frozen_triggers()
        constraints = [
            models.UniqueConstraint(
                fields=["name", "site", "period"], nulls_distinct=False, name="due_tick_once_per_period"
            ),
        ]
        indexes = [models.Index(F("name"), F("due_at").desc(), name="due_tick_latest")]

    def __str__(self) -> str:
        return f"{self.name} {self.period}"


class Alert(models.Model):
    """Something that a person must look at because the clinic's machinery could not finish it alone."""

    mutability = Mutability.MUTABLE

    raised_at = models.DateTimeField(_("raised"))
    kind = models.CharField(_("kind"), max_length=60)
    text = models.TextField(_("text"))
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    key = models.CharField(_("key"), max_length=250, unique=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_acknowledged_at_and_by",
            ),
        ]
        indexes = [
            models.Index(fields=["raised_at"], condition=Q(acknowledged_at__isnull=True), name="alert_unacknowledged"),
        ]

    def __str__(self) -> str:
        return self.text


class Heartbeat(models.Model):
    """The last sign of life of a long-running part of the clinic, by the database's clock."""

    mutability = Mutability.MUTABLE

    class Name(models.TextChoices):
        WORKER = "worker", _("worker")
        BEAT = "beat", _("beat")
        CHECKPOINT = "checkpoint", _("checkpoint of the record trail")
        START = "start", _("start of the clinic")

    name = models.CharField(_("name"), max_length=40, primary_key=True, choices=Name)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
