"""The form of a consent script."""

from django import forms
from django.utils.translation import gettext_lazy as _

from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.languages import LANGUAGES


class StatementForm(RowForm):
    """A sentence that the patient confirms."""

    text = forms.CharField(label=_("Statement"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ConsentScriptForm(DocumentForm):
    """What the patient reads, and confirms one by one, in one language."""

    model = ConsentScriptVersion
    row_model = ExpectationStatement
    rows_class = rows_of(StatementForm)
    rows_title = _("Expectation statements, confirmed one by one")
    rows_hint = _("Promise only what is true: it slows loss, modestly improves density, regrows no lost follicles.")
    row_name = _("Statement")
    row_add = _("Add a statement")
    rows_style = "statement"

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    title = forms.CharField(label=_("Title"), max_length=120)
    body = forms.CharField(
        label=_("What the patient reads"), max_length=12_000, widget=forms.Textarea(attrs={"rows": 14})
    )
