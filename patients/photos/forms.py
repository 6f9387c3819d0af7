"""Forms of the photo station."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, PastDateField
from patients.photos.models import Photo, PreparationTick, Purpose
from patients.photos.wording import BELOW_REASON, NO_BASELINE, NOTHING_SEEN_REASON, TOO_SMALL_REASON
from protocols.photos.models import PreparationPoint

#: What the file chooser offers; the examination decides by content.
ACCEPT = "image/jpeg,image/heic,image/heif,image/avif,image/webp,image/png,image/tiff,.heic,.heif,.avif,.mpo,.tif,.tiff"


class PhotoSetForm(ClinicForm):
    """A new set; month 6 is offered where there is a baseline to compare it with (`has_baseline`)."""

    submit_label = _("Open the set")
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices, widget=forms.RadioSelect)
    taken_on = PastDateField(label=_("Taken on"))

    def __init__(self, *args: Any, today: date, has_baseline: bool, purpose: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day: Any = self.fields["taken_on"]
        day.set_today(today)
        day.initial = today
        purposes: Any = self.fields["purpose"]
        # A page from before that sends month 6 all the same hears from the service why there is none.
        if not has_baseline and self.data.get("purpose") != Purpose.MONTH_6:
            purposes.help_text = NO_BASELINE
            purposes.choices = [choice for choice in Purpose.choices if choice[0] != Purpose.MONTH_6]
        purposes.initial = purpose if purpose in dict(purposes.choices) else None


class DayForm(ClinicForm):
    """The day of an open set, corrected."""

    submit_label = _("Change the day")
    taken_on = PastDateField(label=_("Taken on"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_day_%s", **kwargs)
        day: Any = self.fields["taken_on"]
        day.set_today(today)


class GiveUpForm(ClinicForm):
    """Giving an open set up, for good."""

    submit_label = _("Give this set up")
    reason = forms.CharField(label=_("Why is it given up?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class PreparationForm(ClinicForm):
    """The points of the preparation, each ticked by who sees it fulfilled; what isn't ticked isn't said."""

    submit_label = _("Save the preparation")

    def __init__(
        self, *args: Any, points: Sequence[PreparationPoint], ticks: Mapping[int, PreparationTick], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, auto_id="id_preparation_%s", **kwargs)
        self.points, self.ticks = points, ticks
        for point in points:
            tick = ticks.get(point.pk)
            self.fields[f"point_{point.pk}"] = forms.BooleanField(
                label=point.text, required=False, initial=tick is not None
            )
            if point.asks_note:
                self.fields[f"note_{point.pk}"] = forms.CharField(
                    label=_("Note"), required=False, max_length=200, initial=tick.note if tick else "",
                    widget=forms.TextInput(attrs={"autocomplete": "off"}),
                )  # fmt: skip
        self.helper = self._fresh_helper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for point in self.points:
            if cleaned.get(f"note_{point.pk}") and not cleaned.get(f"point_{point.pk}"):
                self.add_error(f"point_{point.pk}", gettext("Tick the point that the note belongs to."))
        return cleaned

    def ticked(self) -> dict[int, str]:
        """Return the notes of the points that are ticked, by the point's number."""
        return {
            point.pk: self.cleaned_data.get(f"note_{point.pk}", "")
            for point in self.points if self.cleaned_data[f"point_{point.pk}"]
        }  # fmt: skip


class PhotoForm(ClinicForm):
    """One photograph of one view; `view_code` keeps the ids of the page's several forms apart."""

    submit_label = _("Upload")
    file = forms.FileField(label=_("Photograph"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}))
    retake_reason = forms.CharField(label=_("Why is it taken again?"), max_length=300, required=False)

    def __init__(
        self, *args: Any, view_code: str, retake_of: Photo | None = None, below: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, auto_id=f"id_{view_code}_%s", **kwargs)
        if retake_of is None:
            self.leave_out("retake_reason")
        elif retake_of.is_small:
            self.fields["retake_reason"].initial = TOO_SMALL_REASON
        elif retake_of.is_blank:
            self.fields["retake_reason"].initial = NOTHING_SEEN_REASON
        elif below:
            self.fields["retake_reason"].initial = BELOW_REASON

    def clean_file(self) -> Any:
        """Refuse a file above the limit before it is examined."""
        file = self.cleaned_data["file"]
        if file.size > settings.PHOTO_MAX_BYTES:
            raise ValidationError(
                gettext("This file has %(size)s; a photograph may have at most %(most)s. Export it smaller."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(settings.PHOTO_MAX_BYTES)},
            )
        return file
