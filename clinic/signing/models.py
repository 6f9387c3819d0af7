"""Signatures: who signed what, as what, when, over which exact content."""

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, frozen_triggers


class Meaning(models.TextChoices):
    """What a signature says."""

    PREPARED = "prepared", _("prepared as recorded")
    CHECKED = "checked", _("checked independently")
    SUPERVISED = "supervised", _("supervised, being present")
    WITNESSED = "witnessed", _("witnessed")
    PERFORMED = "performed", _("performed as recorded")
    ASSESSED = "assessed", _("assessed the patient today")
    CLEARED = "cleared", _("cleared as prescriber")
    CONSENTED = "consented", _("consents")
    BRIEFED = "briefed", _("briefed the patient")
    READ = "read", _("read and understood")
    REVIEWED = "reviewed", _("reviewed")
    APPROVED = "approved", _("approved")
    RETIRED = "retired", _("retired, for the reason given")
    REJECTED = "rejected", _("rejected")
    RELEASED = "released", _("released from quarantine")
    AMENDED = "amended", _("amended")
    CERTIFIED = "certified", _("certified as binding")
    OVERRIDDEN = "overridden", _("overrode, for the reason given")


class Method(models.TextChoices):
    """How the signer showed who they are."""

    PASSWORD = "password", _("password")
    PASSKEY = "passkey", _("passkey")
    DRAWN = "drawn", _("drawn by hand")


class Signature(Frozen):
    """A signature over the SHA-256 of a record's canonical content.

    For a patient's drawn signature `user` is the member of staff who witnessed it and `printed_name` the
    patient's name. `binding_sha256` ties signer, meaning, time, record and content together, so a row
    copied to another record doesn't verify.
    """

    hashed_when_added = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    printed_name = models.CharField(_("name as printed"), max_length=160)
    role = models.CharField(_("role"), max_length=120)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    method = models.CharField(_("method"), max_length=20, choices=Method.choices)
    object_type = models.CharField(_("record"), max_length=60)
    object_id = models.CharField(_("record number"), max_length=40)
    object_version = models.PositiveIntegerField(_("version of the record"), default=1)
    content = models.TextField(_("exact content"))
    content_sha256 = models.CharField(_("hash of the content"), max_length=64)
    binding_sha256 = models.CharField(_("hash of the signature"), max_length=64, unique=True)
    binding_scheme = models.PositiveSmallIntegerField(_("form of the hash"), default=1)
    signed_at = models.DateTimeField(_("signed"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    request_id = models.CharField(_("request"), max_length=40, blank=True)
    #: Which time in the same sign-in, from 1, the signer showed who they are; empty at somebody else's screen.
    sequence = models.PositiveIntegerField(_("number in the sign-in"), null=True, blank=True)
    #: Seconds since the signer showed the stronger of their proofs: passkey, or password where they have none.
    step_up_age = models.PositiveIntegerField(_("age of the proof in seconds"), null=True, blank=True)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signature before it")
    )

    class Meta:
        verbose_name = _("signature")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(object_version__gte=1), name="signature_of_some_version"),
            models.CheckConstraint(condition=Q(binding_scheme__in=[1, 2]), name="signature_binding_is_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["object_type", "object_id"], name="signature_object"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.printed_name}: {self.get_meaning_display()}"


class Certification(Frozen):
    """That somebody certified, once, that their electronic signature binds them as one by hand (21 CFR 11.100(c))."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="certification", verbose_name=_("account")
    )
    printed_name = models.CharField(_("name as printed"), max_length=160)
    statement = models.TextField(_("statement"))
    statement_sha256 = models.CharField(_("hash of the statement"), max_length=64)
    certified_at = models.DateTimeField(_("certified"))

    class Meta:
        verbose_name = _("certification of a signature")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.printed_name
