"""The form of a consent script."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from protocols.consents.models import ConsentScriptVersion
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import RowForm, rows_of


class StatementForm(RowForm):
    """A sentence that the patient confirms."""

    text = forms.CharField(label=_("Statement"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ConsentScriptForm(DraftForm):
    """What the patient reads, and confirms one by one."""

    rows_class = rows_of(StatementForm)
    rows_title = _("Expectation statements, confirmed one by one")
    rows_hint = _("Promise only what is true: it slows loss, modestly improves density, regrows no lost follicles.")
    row_name = _("Statement")
    row_add = _("Add a statement")
    rows_style = "statement"

    title = forms.CharField(label=_("Title"), max_length=120)
    body = forms.CharField(
        label=_("What the patient reads"), max_length=12_000, widget=forms.Textarea(attrs={"rows": 14})
    )

    def statements(self) -> list[str]:
        """Return the statements as the services take them."""
        return [row["text"] for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: ConsentScriptVersion) -> dict[str, Any]:
    """Return how the form opens for `version`."""
    rows = [{"text": statement.text} for statement in version.statements.all()]
    return {"initial": {"title": version.title, "body": version.body}, "rows_initial": rows}
