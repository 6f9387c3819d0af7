"""Sealed documents and their renderings: one each, and another one where the file store has lost the first."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Frozen, Mutability, frozen_triggers

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
CODE_PATTERN = rf"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"


class TextSha256(models.Func):
    """The SHA-256 of a text's UTF-8 bytes, in hexadecimal, computed by Postgres."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField(max_length=64)


class SealedDocument(Frozen):
    """What a document said when it was sealed: the exact text of its snapshot and the hash of that text.

    `content` is canonical JSON with everything that the document displays, signatures included; nothing
    on the printed page is ever looked up elsewhere.
    """

    held_for_update = True
    hashed_when_added = False
    mutability = Mutability.FROZEN

    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    site = models.ForeignKey("clinic.Site", on_delete=models.PROTECT, related_name="sealed_documents")
    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sealed_documents",
    )
    subject_type = models.CharField(_("subject type"), max_length=100)
    subject_id = models.CharField(_("subject id"), max_length=64)
    subject_version = models.CharField(_("subject version"), max_length=40, blank=True, default="")
    content = models.TextField(_("content"))
    content_sha256 = models.CharField(_("content hash"), max_length=64, validators=[RegexValidator(SHA256_PATTERN)])
    sealed_at = models.DateTimeField(_("sealed at"))
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_by_name = models.CharField(_("sealed by"), max_length=200)
    template_version = models.CharField(_("template version"), max_length=64)

    class Meta:
        verbose_name = _("sealed document")
        verbose_name_plural = _("sealed documents")
        triggers = frozen_triggers()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "content_sha256"],
                name="sealed_document_content_once",
            ),
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="sealed_document_code_form"),
            models.CheckConstraint(
                condition=Q(content_sha256=TextSha256("content")), name="sealed_document_hash_of_content"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="sealed_document_subject"),
            models.Index(fields=["site", "-sealed_at"], name="sealed_document_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    @property
    def rendering(self) -> "Rendering | None":
        """The PDF that is handed out: the last one that was made. One query, or none where `renderings` are there."""
        return max(self.renderings.all(), key=lambda each: each.pk, default=None)


class Rendering(Frozen):
    """A PDF of a sealed document: where it lies, and the hash of its exact bytes.

    It is made once. Where the file store has lost it, another one is made that `replaces` it: the bytes are others, so
    it is a rendering of its own, and copies of the first one go on being genuine.
    """

    hashed_when_added = False
    mutability = Mutability.FROZEN

    document = models.ForeignKey(SealedDocument, on_delete=models.PROTECT, related_name="renderings")
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by",
        verbose_name=_("made instead of"),
    )  # fmt: skip
    file = models.FileField(_("file"), max_length=200)
    sha256 = models.CharField(_("file hash"), max_length=64, validators=[RegexValidator(SHA256_PATTERN)])
    bytes = models.PositiveIntegerField(_("bytes"))
    pages = models.PositiveIntegerField(_("pages"))
    rendered_at = models.DateTimeField(_("rendered at"))
    renderer = models.CharField(_("renderer"), max_length=200)
    signed = models.BooleanField(_("signed"))

    class Meta:
        verbose_name = _("rendering")
        verbose_name_plural = _("renderings")
        triggers = frozen_triggers()
        constraints = [
            models.UniqueConstraint(fields=["document"], condition=Q(replaces=None), name="rendering_first_once"),
            models.CheckConstraint(condition=Q(sha256__regex=SHA256_PATTERN), name="rendering_sha256_form"),
            models.CheckConstraint(condition=Q(bytes__gt=0, pages__gt=0), name="rendering_not_empty"),
        ]

    def __str__(self) -> str:
        return self.file.name or ""
