"""Staff accounts, sites, and who works where in which role."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Role
from clinic.frozen import Mutability, lasting_trigger, no_truncate


class UserManager(BaseUserManager["User"]):
    """Makes accounts; the e-mail address is kept in lower case."""

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())

    def create_user(self, email: str, full_name: str, password: str | None = None, **extra: Any) -> "User":
        """Make an account; without a password nobody can sign in to it."""
        user = self.model(email=email.strip().lower(), full_name=full_name.strip(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person on the staff, or a service of the clinic itself; never deleted, since records name it."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_service = models.BooleanField(_("service account"), default=False)
    #: When the person certified their electronic signature; nobody signs before (clinic.certifying.services).
    signature_certified_at = models.DateTimeField(_("signature certified"), null=True, blank=True)
    #: Whether the person has a passkey, which signing then asks for (clinic.passkeys).
    signs_by_passkey = models.BooleanField(_("signs by passkey"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    #: Where the person works, when that was loaded together with the account; good for one use.
    loaded_memberships: "list[Membership] | None" = None

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("account")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=~models.Q(full_name=""), name="user_has_a_name"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            lasting_trigger(["is_service", "created_at"], once=["signature_certified_at"]),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        """Return the name as printed on records."""
        return self.full_name


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a time zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name})


class Site(models.Model):
    """A place where the clinic treats."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    code = models.CharField(
        _("code"), max_length=8, unique=True, help_text=_("Short, in capitals; begins record numbers.")
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    minimum_age_years = models.PositiveSmallIntegerField(_("minimum age in years"), default=18)

    class Meta:
        verbose_name = _("site")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[A-Z][A-Z0-9]{0,7}$"), name="site_code_capitals"),
            models.CheckConstraint(condition=models.Q(minimum_age_years__range=(16, 99)), name="site_minimum_age_sane"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Who works where."""

    def current(self) -> "MembershipQuerySet":
        """Memberships that have not ended."""
        return self.filter(ended_at__isnull=True)


class Membership(models.Model):
    """One role of one person at one site; it ends, and is never deleted."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    site = models.ForeignKey(Site, models.PROTECT, related_name="memberships", verbose_name=_("site"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField(_("granted"))
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("granted by"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("ended by")
    )

    #: Whether nothing can be saved just now (`clinic.trail.holding`), where that was loaded with it.
    clinic_is_read_only: bool = False

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "site", "role"], condition=models.Q(ended_at=None), name="membership_one_current"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="membership_ended_at_with_by",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_known_role"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            lasting_trigger(
                ["user_id", "site_id", "role", "granted_at", "granted_by_id"], once=["ended_at", "ended_by_id"]
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.site}"
