"""The consent script: it promises only what is true."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.constraints import one_of
from protocols.consents.completeness import consent_gaps
from protocols.decisions.models import (
    Decision,
    Part,
    decision_constraints,
    decision_triggers,
    one_active,
    part_triggers,
)
from protocols.languages import CODES, LANGUAGES, language_name


class ConsentScriptVersion(Decision):
    """What the patient reads and hears before consenting."""

    kind = "consent_script"
    title_of_kind = _("Consent script")
    parts = "statements"
    one_for = "language"
    touches_consent = True

    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=12_000)

    class Meta:
        verbose_name = _("consent script version")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *decision_constraints("consent_script"),
            one_active("consent_script", "language"),
            models.UniqueConstraint(fields=["site", "language", "number"], name="consent_script_number_once"),
            one_of("language", list(CODES), name="consent_script_language_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = decision_triggers()

    def __str__(self) -> str:
        return f"{self.title} ({language_name(self.language)}) v{self.number}"

    def gaps(self) -> list[str]:
        """A consent without what the patient may expect isn't informed."""
        return consent_gaps([statement.text for statement in self.statements.all()])


class ExpectationStatement(Part):
    """A sentence that the patient confirms one by one."""

    version = models.ForeignKey(
        ConsentScriptVersion, models.PROTECT, related_name="statements", verbose_name=_("version")
    )
    text = models.CharField(_("statement"), max_length=300)

    class Meta:
        verbose_name = _("expectation statement")
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="expectation_statement_ordinal_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = part_triggers("protocols_consentscriptversion")

    def __str__(self) -> str:
        return self.text

    def describe(self) -> dict[str, Any]:
        """Return what is signed of this statement."""
        return {"ordinal": self.ordinal, "text": self.text}
