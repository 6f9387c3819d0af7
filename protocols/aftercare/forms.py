"""The form of an aftercare leaflet."""

from django import forms
from django.utils.translation import gettext_lazy as _

from protocols.aftercare.models import Advice, AftercareLeafletVersion, LeafletParagraph
from protocols.drafts.pages import DocumentForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.languages import LANGUAGES


class ParagraphForm(RowForm):
    """A paragraph."""

    advice = forms.ChoiceField(label=_("Part"), choices=Advice.choices)
    text = forms.CharField(label=_("Text"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def has_changed(self) -> bool:
        """Whether anything is said: a part alone, which is always chosen, is no paragraph."""
        return "text" in self.changed_data


class LeafletForm(DocumentForm):
    """The leaflet in one language."""

    model = AftercareLeafletVersion
    row_model = LeafletParagraph
    rows_class = rows_of(ParagraphForm)
    rows_title = _("What it says")
    rows_hint = _(
        "Short sentences, as the patient reads them at home. Paragraphs of the same part are printed together."
    )
    row_name = _("Paragraph")
    row_add = _("Add a paragraph")
    rows_style = "text"

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    title = forms.CharField(label=_("Title"), max_length=120)
    telephone = forms.CharField(
        label=_("Telephone for questions"),
        max_length=120,
        required=False,
        help_text=_("With the hours in which somebody answers. Needed before the leaflet can be reviewed."),
    )
