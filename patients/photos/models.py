"""Photo sets, how the patient was prepared for them, photographs as they came, and what was derived from them."""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import at_with_by, one_of
from clinic.frozen import Frozen, Mutability, child_triggers, frozen_triggers, locked_triggers
from clinic.scoping import SiteQuerySet
from clinic.submissions import Submitted, Versioned
from patients.photos.limits import BRIGHTEST_SEEN, COMPARE_SHORT_SIDE_PX, DARKEST_SEEN
from patients.photos.wording import BLACK, NOTHING_SEEN, NOTHING_SEEN_SHORT, TOO_SMALL, TOO_SMALL_SHORT, WHITE
from protocols.photos.models import PhotoView
from protocols.photos.thresholds import Measured, Thresholds, shortfalls

#: The photographs that count for their view: not taken again since, large enough to be compared, and not all black or
#: white. What was measured before brightness was counts.
COUNTING = Q(retake=None, width__gte=COMPARE_SHORT_SIDE_PX, height__gte=COMPARE_SHORT_SIDE_PX) & (
    Q(quality__brightness__isnull=True)
    | Q(quality__brightness__gte=DARKEST_SEEN, quality__brightness__lte=BRIGHTEST_SEEN)
)


def _over(row: str) -> str:
    """Return the condition, in SQL, on which the set `row` is complete or given up, which locks it."""
    return f"{row}.completed_at IS NOT NULL OR {row}.given_up_at IS NOT NULL"


class Purpose(models.TextChoices):
    """What a set is taken for."""

    BASELINE = "baseline", _("Baseline")
    FOLLOW_UP = "follow_up", _("Follow-up")
    MONTH_6 = "month_6", _("Month 6")


class PhotoSetQuerySet(SiteQuerySet):
    """Photo sets of a site."""

    def with_gaps(self) -> Self:
        """Say of each, in `gaps`, whether a required view is without a photograph that counts."""
        counting = Photo.objects.filter(COUNTING, photo_set=OuterRef(OuterRef("pk")), view=OuterRef("pk"))
        required = PhotoView.objects.filter(version=OuterRef("protocol_version"), required=True)
        return self.annotate(gaps=Exists(required.exclude(Exists(counting))))

    def still_open(self) -> Self:
        """Only those that photographs still go into: neither complete nor given up."""
        return self.filter(completed_at=None, given_up_at=None)

    def standing(self) -> Self:
        """Only the complete sets that can be compared: a photograph counts for every required view."""
        return self.with_gaps().filter(gaps=False, completed_at__isnull=False)


class PhotoSet(Submitted, Versioned):
    """The standard views of one patient on one day; complete when somebody says so and nothing required is missing.

    One that was opened by mistake is given up: it stays on record with its photographs, and counts for nothing.
    """

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="photo_sets", verbose_name=_("patient")
    )
    site = models.ForeignKey("clinic.Site", models.PROTECT, related_name="+", verbose_name=_("site"))
    protocol_version = models.ForeignKey(
        "protocols.PhotoProtocolVersion", models.PROTECT, related_name="+", verbose_name=_("photo protocol")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    taken_on = models.DateField(_("taken on"))
    created_at = models.DateTimeField(_("opened"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("completed by"),
    )
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    given_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given up by"),
    )
    given_up_reason = models.CharField(_("reason for giving it up"), max_length=300, blank=True)

    objects = PhotoSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo set")
        ordering: ClassVar[list[str]] = ["-taken_on", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("purpose", Purpose.values, name="photo_set_purpose_known"),
            at_with_by("completed_at", "completed_by", name="photo_set_completed_at_by"),
            at_with_by("given_up_at", "given_up_by", name="photo_set_given_up_at_by"),
            models.CheckConstraint(
                condition=Q(given_up_at=None, given_up_reason="")
                | (Q(given_up_at__isnull=False) & ~Q(given_up_reason="")),
                name="photo_set_given_up_says_why",
            ),
            models.CheckConstraint(condition=Q(completed_at=None) | Q(given_up_at=None), name="photo_set_one_end"),
            models.UniqueConstraint(
                fields=["patient", "purpose"],
                condition=Q(completed_at=None, given_up_at=None),
                name="photo_set_one_open",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["patient", "purpose", "taken_on"], name="photo_set_patient"),
            models.Index(
                fields=["site", "taken_on"], condition=Q(purpose="baseline", completed_at__isnull=False),
                name="photo_set_baselines",
            ),
        ]  # fmt: skip
        triggers: ClassVar[list[pgtrigger.Trigger]] = locked_triggers(_over("OLD"))

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.taken_on.isoformat()}"

    @property
    def is_open(self) -> bool:
        """Whether photographs still go into it: it is neither complete nor given up."""
        return self.completed_at is None and self.given_up_at is None


class PreparationTick(models.Model):
    """A point of the preparation that somebody saw fulfilled. A point without a tick isn't a no: nobody has said."""

    mutability: ClassVar[Mutability] = Mutability.LOCKED

    photo_set = models.ForeignKey(
        PhotoSet, models.PROTECT, related_name="preparation_ticks", verbose_name=_("photo set")
    )
    point = models.ForeignKey(
        "protocols.PreparationPoint", models.PROTECT, related_name="+", verbose_name=_("preparation point")
    )
    text = models.CharField(_("point as read"), max_length=160)
    note = models.CharField(_("note"), max_length=200, blank=True)
    ticked_at = models.DateTimeField(_("ticked"))
    ticked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ticked by")
    )

    class Meta:
        verbose_name = _("preparation tick")
        ordering: ClassVar[list[str]] = ["point__ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["photo_set", "point"], name="preparation_tick_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = child_triggers(
            parent_table="patients_photoset", parent_column="photo_set_id",
            locked_when=_over("parent"),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.text


class Photo(Submitted, Frozen):
    """One photograph: the bytes as they came, what the camera wrote, and who put it there.

    A retake is a new row that points at the one it replaces and says why; the latest per view counts, when it is
    large enough to be compared and something can be seen on it. One that doesn't leaves its view open: what was
    retaken was so for a reason.
    """

    photo_set = models.ForeignKey(PhotoSet, models.PROTECT, related_name="photos", verbose_name=_("photo set"))
    view = models.ForeignKey("protocols.PhotoView", models.PROTECT, related_name="+", verbose_name=_("view"))
    retake_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="retake", verbose_name=_("retake of")
    )
    retake_reason = models.CharField(_("reason for the retake"), max_length=300, blank=True)
    original = models.FileField(_("original"), max_length=200)
    original_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("hash"), max_length=64)
    bytes = models.PositiveIntegerField(_("bytes"))
    format = models.CharField(_("format"), max_length=8)
    width = models.PositiveIntegerField(_("width, upright"))
    height = models.PositiveIntegerField(_("height, upright"))
    captured_local = models.DateTimeField(_("taken, as the camera wrote it, kept as if UTC"), null=True, blank=True)
    captured_offset = models.CharField(_("camera's UTC offset"), max_length=6, blank=True)
    make = models.CharField(_("make"), max_length=80, blank=True)
    camera_model = models.CharField(_("model"), max_length=80, blank=True)
    has_gps = models.BooleanField(_("original holds a position"), default=False)
    camera = models.JSONField(_("camera facts"), default=dict)
    quality = models.JSONField(_("quality measures"), default=dict)
    warnings = models.JSONField(_("warnings"), default=list)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )

    class Meta:
        verbose_name = _("photograph")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["photo_set", "view"], condition=Q(retake_of=None), name="photo_first_of_view_once"
            ),
            models.UniqueConstraint(fields=["photo_set", "sha256"], name="photo_bytes_once_in_set"),
            models.CheckConstraint(
                condition=Q(retake_of=None, retake_reason="") | (Q(retake_of__isnull=False) & ~Q(retake_reason="")),
                name="photo_retake_says_why",
            ),
        ]
        # The same bytes are looked for in every set of the site.
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="photo_sha256")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *frozen_triggers(),
            child_triggers(
                parent_table="patients_photoset", parent_column="photo_set_id",
                locked_when=_over("parent"),
            )[0],
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.view}"

    @property
    def comparable(self) -> bool:
        """Whether it can be compared with another: it is large enough, and not all black or white."""
        return not (self.is_small or self.is_blank)

    @property
    def is_small(self) -> bool:
        """Whether it has too few pixels to be compared."""
        return min(self.width, self.height) < COMPARE_SHORT_SIDE_PX

    @property
    def is_blank(self) -> bool:
        """Whether nothing can be seen on it."""
        brightness = self.quality.get("brightness")
        return brightness is not None and not DARKEST_SEEN <= brightness <= BRIGHTEST_SEEN

    @property
    def uncounted(self) -> str:
        """Why it doesn't count, in a few words; "" when it does."""
        if self.is_small:
            return str(TOO_SMALL_SHORT)
        return str(NOTHING_SEEN_SHORT) if self.is_blank else ""

    @property
    def uncounted_why(self) -> str:
        """Why it doesn't count and what to do, in sentences; "" when it does."""
        if self.is_small:
            return str(TOO_SMALL) % {"width": self.width, "height": self.height, "least": COMPARE_SHORT_SIDE_PX}
        if self.is_blank:
            return str(NOTHING_SEEN) % {"colour": BLACK if self.quality["brightness"] < DARKEST_SEEN else WHITE}
        return ""

    def shortfalls(self, asked: Thresholds) -> list[str]:
        """Return, in sentences, where it is below the quality `asked`; it is kept and counts all the same."""
        found = Measured(
            long_side_px=max(self.width, self.height), sharpness=self.quality.get("sharpness"),
            clipped_highlights=self.quality.get("clipped_highlights"),
            clipped_shadows=self.quality.get("clipped_shadows"),
        )  # fmt: skip
        return shortfalls(asked, found)

    @property
    def camera_name(self) -> str:
        """The camera, its maker said once: "Canon EOS 40D"."""
        if self.camera_model.casefold().startswith(self.make.casefold()):
            return self.camera_model
        return f"{self.make} {self.camera_model}".strip()


class DerivativeKind(models.TextChoices):
    """The pictures made from an original."""

    SCREEN = "screen", _("1600 px")
    THUMBNAIL = "thumbnail", _("320 px")


class Derivative(Frozen):
    """An upright picture made from an original, with nothing in it but pixels."""

    photo = models.ForeignKey(Photo, models.PROTECT, related_name="derivatives", verbose_name=_("photograph"))
    kind = models.CharField(_("kind"), max_length=10, choices=DerivativeKind.choices)
    file = models.FileField(_("file"), max_length=200)
    sha256 = models.CharField(_("hash"), max_length=64)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))

    class Meta:
        verbose_name = _("derived picture")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["photo", "kind"], name="derivative_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.photo} {self.kind}"
