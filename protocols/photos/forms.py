"""The form of a photo protocol."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.numbers import WholeNumberField
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import RowForm, rows_of
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.services import ViewDraft


class ViewForm(RowForm):
    """A view of the set."""

    name = forms.CharField(label=_("View"), max_length=60)
    code = forms.SlugField(label=_("Code"), max_length=24)
    instruction = forms.CharField(label=_("How it is taken"), max_length=300, required=False)
    required = forms.BooleanField(label=_("In every set"), required=False)


class PhotoProtocolForm(DraftForm):
    """The standard set of photographs."""

    touches_consent = True
    rows_class = rows_of(ViewForm)
    rows_title = _("Views, in the order in which they are taken")
    rows_hint = _("The code pairs a view with the same view of another set; keep it when the name changes.")
    row_name = _("View")
    row_add = _("Add a view")
    rows_style = "view"

    title = forms.CharField(label=_("Title"), max_length=120)
    preparation = forms.CharField(
        label=_("Preparing the patient"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    audit_window_days = WholeNumberField(
        label=_("Window of the month-6 photographs"),
        min_value=0,
        max_value=60,
        unit=_("days"),
        help_text=_("So many days before or after are in time."),
    )

    def views(self) -> list[ViewDraft]:
        """Return the views as the services take them."""
        return [ViewDraft(**row) for row in self.rows.filled()] if self.rows is not None else []


def opened_with(version: PhotoProtocolVersion) -> dict[str, Any]:
    """Return how the form opens for `version`."""
    names = ("title", "preparation", "audit_window_days")
    rows = [
        {"name": view.name, "code": view.code, "instruction": view.instruction, "required": view.required}
        for view in version.views.all()
    ]
    return {"initial": {name: getattr(version, name) for name in names}, "rows_initial": rows}
