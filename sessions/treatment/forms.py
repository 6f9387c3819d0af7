"""Forms of the treatment room: few fields each, large, and in mL."""

import uuid
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.amounts import millilitre_text
from clinic.dates import day_text
from clinic.web.forms import ClinicForm, VolumeField
from clinic.web.numbers import WholeNumberField
from sessions.plans.forms import day_to_come
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
from sessions.treatment.queries import day_of_injections
from sessions.treatment.reconciliation import LEAST_PER_SITE_UL, LEAST_REASON, MOST_PER_SITE_UL, is_outside


class VialForm(ClinicForm):
    """The vial for this session."""

    submit_label = _("Use this vial")
    code = forms.CharField(
        label=_("Code on the vial's label"),
        max_length=120,
        help_text=_("Scan the label, or type its six characters."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """Take the code out of a scanned address too."""
        return str(self.cleaned_data["code"]).rstrip("/").rsplit("/", 1)[-1]


class TakeOverForm(ClinicForm):
    """Going on in somebody else's place."""

    submit_label = _("Take the session over")
    reason = forms.CharField(
        label=_("Why do you go on with it?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever performed the first part stays on record beside you."),
    )  # fmt: skip


#: What an ordinary entry and a late one have in common.
TYPED = ("zone", "points", "volume_per_site", "submission_key")


class ZoneForm(ClinicForm):
    """One entry of the injection map: a new one, or with `entry` the correction of that."""

    submit_label = _("Add the zone")
    zone = forms.ChoiceField(label=_("Zone"), choices=[("", _("Choose a zone")), *Zone.choices])
    points = WholeNumberField(label=_("Points"), min_value=1, max_value=300, tell_bounds=False)
    volume_per_site = VolumeField(label=_("Volume per site"), min_ul=LEAST_PER_SITE_UL, max_ul=MOST_PER_SITE_UL)
    reason = forms.CharField(
        label=_("Why outside of the protocol"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Stays only while the volume is outside."),
    )  # fmt: skip

    def __init__(self, *args: Any, row: TreatmentSession, entry: InjectionZone | None = None, **kwargs: Any) -> None:
        if entry is not None:
            kwargs["initial"] = {
                "zone": entry.zone, "points": entry.points, "volume_per_site": entry.volume_per_site_ul,
                "reason": entry.deviation_reason,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.entry = entry
        protocol = row.protocol_version
        least_ul, most_ul = protocol.site_volume_min_ul, protocol.site_volume_max_ul
        if entry is None or not is_outside(entry.volume_per_site_ul, least_ul=least_ul, most_ul=most_ul):
            self.leave_out("reason")
        else:
            self.fields["reason"].depends = True  # type: ignore[attr-defined]
        #: Said below the row of fields.
        self.allowed = _("Protocol: %(least)s to %(most)s mL per site.") % {
            "least": millilitre_text(least_ul),
            "most": millilitre_text(most_ul),
        }

    def carry_version(self, row_version: int) -> None:
        """Let the same entry be sent again as another one."""
        super().carry_version(row_version)
        self.carry("submission_key", uuid.uuid4())


class LateZoneForm(ZoneForm):
    """Points that were injected before something stopped the session: when, and why they are entered only now."""

    injected_at = forms.TimeField(
        label=_("Injected at"), input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    late_reason = forms.CharField(
        label=_("Why is it entered only now?"), min_length=LEAST_REASON, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Stays beside the row, and is signed with it."),
    )  # fmt: skip

    def __init__(self, *args: Any, row: TreatmentSession, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self._site, self._on = row.site, day_of_injections(row)
        begun = clock.local(row.vial_at or row.started_at, row.site)
        told = {"day": day_text(self._on), "from": f"{begun:%H:%M}"}
        self.fields["injected_at"].help_text = (
            gettext("On %(day)s, not before %(from)s.") if begun.date() == self._on else gettext("On %(day)s.")
        ) % told

    @classmethod
    def of(cls, typed: ZoneForm, row: TreatmentSession) -> "LateZoneForm":
        """Return the form with what was typed in the ordinary one, and as the same submission."""
        return cls(row=row, initial={name: typed[name].value() for name in TYPED})

    @property
    def moment(self) -> datetime:
        """The beginning of the minute that was typed, on the session's day."""
        return datetime.combine(self._on, self.cleaned_data["injected_at"], ZoneInfo(self._site.time_zone))


class ExplainForm(ClinicForm):
    """Why the volume of one entry departs from the protocol."""

    submit_label = _("Save the reason")
    reason = forms.CharField(
        label=_("Why was it given outside of the protocol?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, entry_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry_id = entry_id


class RestForm(ClinicForm):
    """What was wasted and what is left."""

    submit_label = _("Save amounts")
    wasted = VolumeField(label=_("Wasted"), max_ul=100_000)
    remaining = VolumeField(label=_("Left in the vial"), max_ul=100_000)
    anaesthesia = forms.CharField(label=_("Anaesthesia given"), max_length=300, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class NotProceededForm(ClinicForm):
    """The session did not proceed."""

    submit_label = _("Record: did not proceed")
    reason = forms.CharField(label=_("Why?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    next_on = forms.DateField(
        label=_("Next date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["next_on"].widget.attrs["min"] = today.isoformat()

    def clean_next_on(self) -> date | None:
        """Refuse a day that the service would refuse, beside whatever else is wrong."""
        day = self.cleaned_data["next_on"]
        return day_to_come(day, self.today) if day is not None else None


class EmptyForm(ClinicForm):
    """A button."""


class EntryForm(ClinicForm):
    """Which entry of the map to take out."""

    entry = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
