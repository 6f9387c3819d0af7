"""How each place for checkpoints stands: when it last took one, and what it said when it didn't."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Mutability


class CheckpointPlace(models.Model):
    """A place that the settings name, or named once, by the database's clock. No fact of the record."""

    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    #: The folder's path, the bucket's name or the mailbox's address.
    name = models.CharField(_("name"), max_length=4_096, primary_key=True)
    took_at = models.DateTimeField(_("last checkpoint"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    said = models.CharField(_("what it says"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("place for checkpoints")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(failing_since__isnull=True, said="") | (Q(failing_since__isnull=False) & ~Q(said="")),
                name="checkpoint_place_fails_with_a_word",
            ),
        ]

    def __str__(self) -> str:
        return self.name
