"""Changes of the schema, as Postgres itself notes them."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.frozen import Mutability, frozen_triggers


class SchemaChange(models.Model):
    """A change of a table, a trigger, a rule or a function: written by an event trigger (`clinic.roles.watching`)."""

    #: Nobody changes a row, and the application doesn't even add one: its rights and the triggers below say so.
    mutability: ClassVar[Mutability] = Mutability.MUTABLE

    at = models.DateTimeField(_("at"), db_default=Now())
    role = models.CharField(_("role"), max_length=63)
    #: What the program said that it was; empty for whoever isn't one of the clinic's own.
    program = models.CharField(_("program"), max_length=63, blank=True)
    command = models.CharField(_("command"), max_length=60)
    subject = models.CharField(_("subject"), max_length=300)
    #: The triggers of the table that were off when the command had ended.
    switched_off = models.TextField(_("switched off"), blank=True)

    class Meta:
        verbose_name = _("change of the schema")
        triggers: ClassVar[list[pgtrigger.Trigger]] = frozen_triggers()

    def __str__(self) -> str:
        return f"{self.command} {self.subject}"
