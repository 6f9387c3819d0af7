"""Patients, where they came from, and what other systems reported of them."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from clinic.dates import day_text, reported_day_text
from clinic.frozen import Frozen, Mutability, frozen_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted, Versioned

#: Columns that are searched by prefix compare byte by byte, so that one plain index serves both LIKE 'x%' and ORDER BY,
#: whatever the database's own collation is.
BY_BYTES = "C"
#: So many words of a patient's names are found in twos; the pairs grow with the square of their number.
MOST_PAIRED = 40


class Sex(models.TextChoices):
    """Sex as registered; the staging scale follows from it, and pregnancy questions don't."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Not recorded")


class Patient(Submitted, Versioned):
    """A person who is treated, or who asked to be."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="patients", verbose_name=_("site"))
    record_number = models.CharField(_("record number"), max_length=16, unique=True, db_collation=BY_BYTES)
    family_name = models.CharField(_("family name"), max_length=120)
    given_name = models.CharField(_("given names"), max_length=120, blank=True)
    #: "family given", normalised, for ordering and for the list's index.
    sort_name = models.CharField(_("sort name"), max_length=260, db_collation=BY_BYTES)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    #: As reported when it isn't a whole date ("1962", "1962-05").
    birth_date_text = models.CharField(_("date of birth as reported"), max_length=10, blank=True)
    sex = models.CharField(_("sex"), max_length=8, choices=Sex.choices)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_digits = models.CharField(_("phone digits"), max_length=20, blank=True, db_collation=BY_BYTES)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    notes = models.CharField(_("notes for the front desk"), max_length=500, blank=True)
    deceased = models.BooleanField(_("deceased"), default=False)
    registered_at = models.DateTimeField(_("registered"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("registered by")
    )

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("sex", Sex.values, name="patient_sex_known"),
            models.CheckConstraint(condition=~Q(family_name=""), name="patient_has_a_name"),
            models.CheckConstraint(
                condition=Q(birth_date=None) | Q(birth_date__gte="1900-01-01"), name="patient_birth_date_sane"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "sort_name", "id"], name="patient_list"),
            models.Index(fields=["site", "birth_date"], name="patient_birth_date"),
            models.Index(fields=["site", "record_number"], name="patient_record_number"),
            models.Index(fields=["site", "phone_digits"], condition=~Q(phone_digits=""), name="patient_phone"),
            models.Index("site", Reverse("phone_digits"), condition=~Q(phone_digits=""), name="patient_phone_end"),
            models.Index(fields=["site", "-registered_at"], name="patient_recent"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.full_name} ({self.record_number})"

    @property
    def full_name(self) -> str:
        """Given names, then the family name."""
        return f"{self.given_name} {self.family_name}".strip()


class NameToken(models.Model):
    """One normalised word of a patient's name, so that a prefix of any word finds them, in any order."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="name_tokens", db_index=False, verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", db_index=False, verbose_name=_("site"))
    token = models.CharField(_("word"), max_length=60, db_collation=BY_BYTES)

    class Meta:
        verbose_name = _("word of a name")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["patient", "token"], name="name_token_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "token", "patient"], name="name_token_prefix"),
        ]

    def __str__(self) -> str:
        return self.token


class NamePair(models.Model):
    """Two words of a patient's names, in either order: whoever looks for two reads both in one index.

    The year of birth counts as a word here. Of a patient with more than `MOST_PAIRED` words, the first ones are paired.
    """

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", db_index=False, verbose_name=_("patient"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", db_index=False, verbose_name=_("site"))
    token = models.CharField(_("word"), max_length=60, db_collation=BY_BYTES)
    beside = models.CharField(_("word beside it"), max_length=60, db_collation=BY_BYTES)

    class Meta:
        verbose_name = _("two words of a name")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["patient", "token", "beside"], name="name_pair_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "token", "beside", "patient"], name="name_pair_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.token} {self.beside}"


class OtherName(Frozen):
    """Another name that a source gave (a maiden name, the name in another script); the patient is found by it."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="other_names", verbose_name=_("patient"))
    name = models.CharField(_("name"), max_length=300)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("other name")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["patient", "name"], name="other_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="other_name_is_one"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.name


class RecordNumberCounter(models.Model):
    """The last record number given at a site; locked while the next one is taken."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    site = models.OneToOneField("clinic.Site", models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("record number counter")

    def __str__(self) -> str:
        return str(self.last)


class SourceIdentifier(Frozen):
    """The number that another system gives a patient; an import finds its patient by it."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identifiers", verbose_name=_("patient"))
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    system = models.CharField(_("system"), max_length=300)
    value = models.CharField(_("number"), max_length=300)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("number elsewhere")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "system", "value"], name="source_identifier_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.value


class FactKind(models.TextChoices):
    """What sort of thing was reported."""

    CONDITION = "condition", _("Condition")
    ALLERGY = "allergy", _("Allergy")
    MEDICATION = "medication", _("Medicine")
    OBSERVATION = "observation", _("Observation")
    PROCEDURE = "procedure", _("Procedure")


class FactStatus(models.TextChoices):
    """Whether it holds, as far as the source says."""

    PRESENT = "present", _("Present")
    CHECK = "check", _("To be checked")
    PAST = "past", _("In the past")
    NEGATED = "negated", _("Stated absent")


class ReportedFact(Frozen):
    """Something that another system, or the patient, reported. It is shown beside a question and answers none."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="reported_facts", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=12, choices=FactKind.choices)
    #: A category of `patients.importing.categories`, or "".
    category = models.CharField(_("category"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=FactStatus.choices)
    text = models.CharField(_("text"), max_length=500)
    codes = models.JSONField(_("codes"), default=list)
    #: What the category was recognised by, in words, and by which version of the lists.
    matched_by = models.CharField(_("recognised by"), max_length=400, blank=True)
    categories_version = models.PositiveSmallIntegerField(_("version of the categories"), default=0)
    #: The source's own words for the status ("clinicalStatus: active, verificationStatus: unconfirmed").
    given_status = models.CharField(_("status as given"), max_length=300, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    onset_text = models.CharField(_("since"), max_length=60, blank=True)
    ended_text = models.CharField(_("until"), max_length=60, blank=True)
    reported_text = models.CharField(_("reported"), max_length=60, blank=True)
    #: The statement itself as it came, cut when it is long.
    excerpt = models.TextField(_("as received"), blank=True)
    source = models.CharField(_("source"), max_length=300)
    source_key = models.CharField(_("key in the source"), max_length=300)
    content_sha256 = models.CharField(_("hash of the content"), max_length=64)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("reported fact")
        ordering: ClassVar[list[str]] = ["-recorded_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["patient", "content_sha256"], name="reported_fact_once"),
            one_of("kind", FactKind.values, name="reported_fact_kind_known"),
            one_of("status", FactStatus.values, name="reported_fact_status_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["patient", "category"], name="reported_fact_cat")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return self.text

    @property
    def said_on(self) -> str:
        """When it was said, in words: by the source, else when it was taken in."""
        return reported_day_text(self.reported_text) or day_text(self.recorded_at)

    @property
    def since(self) -> str:
        """Since when it is so, in words, "" where nobody said."""
        return reported_day_text(self.onset_text)

    @property
    def said_in(self) -> str:
        """What it stood in, without the folders that lead there."""
        return self.source.rsplit("/", 1)[-1] or self.source


__all__ = [
    "FactKind", "FactStatus", "NamePair", "NameToken", "OtherName", "Patient", "RecordNumberCounter", "ReportedFact",
    "Sex", "SourceIdentifier",
]  # fmt: skip
