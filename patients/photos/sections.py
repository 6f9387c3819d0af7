"""Photo sets on the patient's page."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from patients.photos.models import PhotoSet, Purpose
from patients.registry.models import Patient
from patients.registry.sections import Section, SectionAction, WayStep, patient_section

SHOWN = 6


@patient_section(400, Permission.VIEW_PHOTOS, step=True)
def photographs(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest photo sets, and whether there is a baseline; one query."""
    sets = list(PhotoSet.objects.filter(patient=patient).with_gaps().order_by("-taken_on", "-id")[:SHOWN])
    baselines = [row for row in sets if row.purpose == Purpose.BASELINE]
    done = any(row.completed_at and not row.gaps for row in baselines)
    going = next((row for row in baselines if row.completed_at is None), None)
    new = reverse("photo_set_new", args=[patient.pk])
    may_take = actor.may(Permission.TAKE_PHOTOS) and not patient.deceased
    step_url = reverse("photo_set", args=[going.pk]) if going else f"{new}?purpose={Purpose.BASELINE}"
    return Section(
        title=_("Photographs"),
        template="patients/photos/section.html",
        context={"sets": sets},
        action=SectionAction(_("New set"), new) if may_take else None,
        step=WayStep(
            _("Baseline photographs"), done=done, sentence=_("Take the baseline photographs, every required view."),
            url=step_url if may_take else "", action=_("Baseline photographs"),
        ),
    )  # fmt: skip
