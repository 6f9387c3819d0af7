"""Forms of the photo station."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.web.forms import ClinicForm, PastDateField
from patients.photos.models import Photo, Purpose
from patients.photos.wording import TOO_SMALL_REASON

#: What the file chooser offers; the examination decides by content.
ACCEPT = "image/jpeg,image/heic,image/heif,image/avif,image/webp,image/png,image/tiff,.heic,.heif,.avif,.mpo,.tif,.tiff"


class PhotoSetForm(ClinicForm):
    """A new set."""

    submit_label = _("Open the set")
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices, widget=forms.RadioSelect)
    taken_on = PastDateField(label=_("Taken on"))

    def __init__(self, *args: Any, today: date, purpose: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day: Any = self.fields["taken_on"]
        day.set_today(today)
        day.initial = today
        self.fields["purpose"].initial = purpose or None


class DayForm(ClinicForm):
    """The day of an open set, corrected."""

    submit_label = _("Change the day")
    taken_on = PastDateField(label=_("Taken on"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_day_%s", **kwargs)
        day: Any = self.fields["taken_on"]
        day.set_today(today)


class PhotoForm(ClinicForm):
    """One photograph of one view; `view_code` keeps the ids of the page's several forms apart."""

    submit_label = _("Upload")
    file = forms.FileField(label=_("Photograph"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}))
    retake_reason = forms.CharField(label=_("Why is it taken again?"), max_length=300, required=False)

    def __init__(self, *args: Any, view_code: str, retake_of: Photo | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_{view_code}_%s", **kwargs)
        if retake_of is None:
            self.leave_out("retake_reason")
        elif not retake_of.comparable:
            self.fields["retake_reason"].initial = TOO_SMALL_REASON

    def clean_file(self) -> Any:
        """Refuse a file above the limit before it is examined."""
        file = self.cleaned_data["file"]
        if file.size > settings.PHOTO_MAX_BYTES:
            raise ValidationError(
                gettext("This file has %(size)s; a photograph may have at most %(most)s. Export it smaller."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(settings.PHOTO_MAX_BYTES)},
            )
        return file
