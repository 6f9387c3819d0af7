"""The form of a photo protocol."""

from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.numbers import WholeNumberField
from protocols.drafts.forms import DraftForm
from protocols.drafts.numbers import TenthsField
from protocols.drafts.rows import RowForm, RowsKind, rows_of
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.outlines import USUAL, Outline, alternative
from protocols.photos.services import PointDraft, ViewDraft
from protocols.photos.thresholds import (
    BASELINE_DAYS,
    BASELINE_WINDOW_DAYS,
    LONG_SIDE_PX,
    SHARPNESS,
    TENTH_PERCENT,
    Thresholds,
    thresholds_of,
)


class ViewForm(RowForm):
    """A view of the set."""

    beside = "protocols/photos/outline.html"

    name = forms.CharField(label=_("View"), max_length=60)
    code = forms.SlugField(label=_("Code"), max_length=24)
    instruction = forms.CharField(label=_("How it is taken"), max_length=300, required=False)
    outline = forms.ChoiceField(label=_("Outline drawing"), required=False, choices=[("", _("None")), *Outline.choices])
    required = forms.BooleanField(label=_("In every set"), required=False)

    def drawing(self) -> str:
        """Return the key of the drawing chosen, saved or not; "" for none."""
        chosen = str(self["outline"].value() or "")
        return chosen if chosen in Outline.values else ""

    def drawn_as(self) -> str:
        """Return what the drawing chosen shows, in words."""
        return alternative(self.drawing())


class PointForm(RowForm):
    """A point of the preparation."""

    text = forms.CharField(label=_("Point"), max_length=160)
    asks_note = forms.BooleanField(label=_("Ask for a note"), required=False)


def _threshold(label: Any, bounds: tuple[int, int], unit: Any, hint: Any) -> WholeNumberField:
    low, high = bounds
    return WholeNumberField(
        label=label, min_value=low, max_value=high, unit=unit, help_text=hint, required=False
    )  # fmt: skip


def _share(label: Any) -> TenthsField:
    low, high = (Decimal(bound) / 10 for bound in TENTH_PERCENT)
    return TenthsField(
        label=label, min_value=low, max_value=high, decimals=1, unit="%", required=False,
        help_text=_("Of all pixels. Left empty, it isn't looked at."),
    )  # fmt: skip


class PhotoProtocolForm(DraftForm):
    """The standard set of photographs."""

    touches_consent = True
    rows_class = rows_of(ViewForm)
    rows_title = _("Views, in the order in which they are taken")
    rows_hint = _("The code pairs a view with the same view of another set; keep it when the name changes.")
    row_name = _("View")
    row_add = _("Add a view")
    rows_style = "view"
    more_rows = (
        RowsKind(
            "points", rows_of(PointForm), _("Preparation, ticked point by point before the first picture"),
            _("One thing a point. Where something has to be written down, ask for a note."), _("Point"),
            _("Add a point"), "point",
        ),
    )  # fmt: skip
    after_rows = (
        "least_long_side_px", "least_sharpness", "most_highlights_tenth_percent", "most_shadows_tenth_percent",
    )  # fmt: skip

    title = forms.CharField(label=_("Title"), max_length=120)
    preparation = forms.CharField(
        label=_("Preparation, room, camera and light"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What is ticked for each patient stands point by point below the views."),
    )  # fmt: skip
    baseline_window_days = WholeNumberField(
        label=_("Baseline photographs at most"), min_value=BASELINE_DAYS[0], max_value=BASELINE_DAYS[1],
        unit=_("days"), help_text=_("Before session 1; older ones are taken again first."),
    )  # fmt: skip
    audit_window_days = WholeNumberField(
        label=_("Window of the month-6 photographs"),
        min_value=0,
        max_value=60,
        unit=_("days"),
        help_text=_("So many days before or after are in time."),
    )
    least_long_side_px = _threshold(
        _("Quality: least pixels on the long side"), LONG_SIDE_PX, "px", _("Left empty, it isn't looked at.")
    )
    least_sharpness = _threshold(
        _("Quality: least sharpness"), SHARPNESS, _("grey levels²"),
        _("The variance of the Laplacian at 1600 px. Left empty, it isn't looked at."),
    )  # fmt: skip
    most_highlights_tenth_percent = _share(_("Quality: most burnt-out highlights"))
    most_shadows_tenth_percent = _share(_("Quality: most black shadows"))

    def views(self) -> list[ViewDraft]:
        """Return the views as the services take them."""
        return [ViewDraft(**row) for row in self.rows.filled()] if self.rows is not None else []

    def points(self) -> list[PointDraft]:
        """Return the points of the preparation as the services take them."""
        return [PointDraft(**row) for row in self.rows_named("points").filled()]

    def thresholds(self) -> Thresholds:
        """Return the thresholds as the services take them."""
        return Thresholds(**{field.name: self.cleaned_data[field.name] for field in fields(Thresholds)})


def opened_with(version: PhotoProtocolVersion) -> dict[str, Any]:
    """Return how the form opens for `version`.

    What a version of before leaves open is offered as it is usual, for the author to read and change; the thresholds
    stay open, since nobody may have meant to ask for anything.
    """
    names = ("title", "preparation", "audit_window_days")
    rows = [
        {
            "name": view.name, "code": view.code, "instruction": view.instruction, "required": view.required,
            "outline": view.outline or USUAL.get(view.code, ""),
        }
        for view in version.views.all()
    ]  # fmt: skip
    return {
        "initial": {
            **{name: getattr(version, name) for name in names},
            "baseline_window_days": version.baseline_window_days or BASELINE_WINDOW_DAYS,
            **asdict(thresholds_of(version)),
        },
        "rows_initial": rows,
        "more_initial": {
            "points": [{"text": point.text, "asks_note": point.asks_note} for point in version.points.all()]
        },
    }
