"""Passkeys with which somebody signs instead of typing a password."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Mutability


class PasskeyQuerySet(models.QuerySet[Any]):
    """Passkeys of the staff."""

    def standing(self) -> "PasskeyQuerySet":
        """Those that weren't removed."""
        return self.filter(removed_at=None)


class Passkey(models.Model):
    """One passkey: what is public of it, and how often it has signed. It is removed, never deleted."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="passkeys", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=60)
    credential_id = models.CharField(_("credential"), max_length=700, unique=True)
    #: Its attested credential data (WebAuthn): id and public key.
    credential = models.BinaryField(_("public key"))
    #: The authenticator's own count; one that doesn't count stays at 0.
    sign_count = models.BigIntegerField(_("signatures counted"), default=0)
    added_at = models.DateTimeField(_("added"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = PasskeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("passkey")
        ordering: ClassVar[list[str]] = ["added_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(name=""), name="passkey_has_a_name"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user"], condition=Q(removed_at=None), name="passkey_standing"),
        ]

    def __str__(self) -> str:
        return self.name
