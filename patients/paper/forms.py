"""Forms of the paper path."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.accounts.models import Site
from clinic.web.forms import ClinicForm, PastDateField
from patients.paper.limits import LIMITS
from patients.photos.forms import ACCEPT as PHOTOGRAPHS
from protocols.consents.models import ConsentScriptVersion
from protocols.formulations.models import FormulationVersion
from protocols.languages import language_name

#: What the file chooser offers; the examination decides by content.
ACCEPT = f"application/pdf,.pdf,{PHOTOGRAPHS}"


class ChecklistPrintForm(ClinicForm):
    """A blank checklist: for which formulation?"""

    submit_label = _("Print the checklist")
    formulation = forms.TypedChoiceField(label=_("Formulation intended"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, formulations: Sequence[FormulationVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = {version.pk: version for version in formulations}
        choice: Any = self.fields["formulation"]
        choice.choices = [(number, str(version)) for number, version in self._offered.items()]

    @property
    def chosen(self) -> FormulationVersion:
        """The formulation chosen."""
        return self._offered[self.cleaned_data["formulation"]]


class ConsentPrintForm(ClinicForm):
    """A blank consent: in which language?"""

    submit_label = _("Print the consent")
    script = forms.TypedChoiceField(label=_("Language"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, scripts: Sequence[ConsentScriptVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = {script.pk: script for script in scripts}
        choice: Any = self.fields["script"]
        choice.choices = [
            (number, f"{language_name(script.language)} · {script.title} v{script.number}")
            for number, script in self._offered.items()
        ]
        choice.initial = next(iter(self._offered), None)

    @property
    def chosen(self) -> ConsentScriptVersion:
        """The script chosen."""
        return self._offered[self.cleaned_data["script"]]


class ScanForm(ClinicForm):
    """A scan or a photograph of paper that came back."""

    submit_label = _("Read the scan")
    file = forms.FileField(label=_("Scan"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}))

    def clean_file(self) -> Any:
        """Refuse a file above the limit before it is examined."""
        file = self.cleaned_data["file"]
        if file.size > LIMITS.max_bytes:
            raise ValidationError(
                gettext("This file has %(size)s; a scan may have at most %(most)s. Scan in grey at 300 dots per inch."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(LIMITS.max_bytes)},
            )
        return file


class FilingForm(ClinicForm):
    """To which form a scan belongs, and when the paper was signed."""

    submit_label = _("File it")
    code = forms.CharField(
        label=_("Code printed under the QR"), max_length=20, help_text=_("Eight letters and figures, as in 4F7K 2M9Q."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    #: The code whose name was compared with the scan.
    compared = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    day = PastDateField(label=_("Signed by pen on"))
    time = forms.TimeField(
        label=_("At"), help_text=_("The time that stands beside the signature."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip

    def __init__(self, *args: Any, site: Site, today: date, read_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site, self._read_code = site, read_code
        self._asked: list[int] = []
        day: Any = self.fields["day"]
        day.set_today(today)
        day.initial = today
        if read_code:
            self.leave_out("code")

    def ask_pages(self, pictures: Sequence[int], *, printed: int, here: Collection[int], single: bool) -> None:
        """Ask which of the `printed` pages each of the `pictures` is; `here` are those that came back before.

        A scan of a `single` picture is a page; of several one may be the back of a sheet.
        """
        pages = [(page, self._page_label(page, here)) for page in range(1, printed + 1)]
        choices = pages if single else [*pages, (0, gettext("Not a page of this form"))]
        for picture in pictures:
            label = gettext("Which page is it?") if single else gettext("Picture %(number)s of the scan")
            self.fields[f"page_{picture}"] = forms.TypedChoiceField(
                label=label % {"number": picture}, choices=choices, coerce=int, widget=forms.RadioSelect,
                help_text=gettext("The number stands at the foot of the page."),
            )  # fmt: skip
        self._asked = list(pictures)
        self.order_fields(["code", *(f"page_{picture}" for picture in pictures), "day", "time"])
        self.helper = self._fresh_helper()

    @staticmethod
    def _page_label(page: int, here: Collection[int]) -> str:
        told = gettext("Page %(number)s, here already") if page in here else gettext("Page %(number)s")
        return told % {"number": page}

    @property
    def pages(self) -> dict[int, int]:
        """Which page each picture is that was asked about."""
        return {picture: self.cleaned_data[f"page_{picture}"] for picture in self._asked}

    def to_compare(self, code: str) -> "FilingForm":
        """Return the form to be sent again, once the name that `code` means was compared with the scan."""
        self.carry("compared", code)
        return self

    @property
    def code_meant(self) -> str:
        """The code that the scan is filed by: the one read, else the one typed."""
        return self._read_code or self.cleaned_data["code"]

    @property
    def signed_at(self) -> datetime:
        """When the paper was signed, on the site's clocks."""
        day: date = self.cleaned_data["day"]
        at: time = self.cleaned_data["time"]
        return datetime.combine(day, at, tzinfo=ZoneInfo(self._site.time_zone))


class NotUsedForm(ClinicForm):
    """What became of a blank that isn't coming back."""

    submit_label = _("Record what became of it")
    reason = forms.CharField(
        label=_("What became of it?"), max_length=300,
        help_text=_("As in: spoiled and torn up; answered on the tablet."),
    )  # fmt: skip


class TakeBackForm(ClinicForm):
    """Why a filing was wrong."""

    submit_label = _("Take the filing back")
    reason = forms.CharField(
        label=_("What was wrong?"), max_length=300, help_text=_("As in: another patient's paper; signed at 14:20.")
    )


class AsideForm(ClinicForm):
    """Why a scan isn't filed."""

    submit_label = _("Set it aside")
    reason = forms.CharField(label=_("What is it, and why isn't it filed?"), max_length=300)
