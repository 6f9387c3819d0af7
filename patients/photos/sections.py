"""Photo sets on the patient's pages."""

from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.pieces import Row, each, how_many, one
from patients.photos.models import PhotoSet, Purpose
from patients.registry.identity import under_age
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section

SHOWN = 6
_BASELINES = PhotoSet.objects.filter(patient=OuterRef("pk"), purpose=Purpose.BASELINE)
#: The baselines that somebody called complete, the latest first; one with `gaps` can't be compared.
FINISHED_BASELINES = each(
    _BASELINES.filter(completed_at__isnull=False).with_gaps().order_by("-taken_on", "-id"),
    pk="pk", on="taken_on", gaps="gaps", amended=is_amended(PhotoSet),
)  # fmt: skip


@patient_fact(
    400, Permission.VIEW_PHOTOS, step=True,
    finished=FINISHED_BASELINES,
    going=one(_BASELINES.still_open(), pk="pk", on="taken_on"),
    sets=how_many(PhotoSet.objects.filter(patient=OuterRef("pk")), of="patient"),
)  # fmt: skip
def baseline_fact(about: About, finished: list[Row], going: Row | None, sets: int) -> Fact:
    """Whether there is a baseline that counts, and how many sets there are."""
    may_take = about.actor.may(Permission.TAKE_PHOTOS) and not about.patient.deceased and not about.under_age
    new = reverse("photo_set_new", args=[about.patient.pk])
    # One that can be compared comes before one that can't, however old it is.
    complete = min(finished, key=lambda row: row["gaps"], default=None)
    done = complete is not None and not complete["gaps"]
    step_url = reverse("photo_set", args=[going["pk"]]) if going else f"{new}?purpose={Purpose.BASELINE}"
    shown = complete if done else going or complete
    mark = None
    if shown is not None:
        mark = Mark("done", _("Complete")) if done else Mark("wait", _("Open"))
        if not done and not going:
            mark = Mark("ask", _("Too small to compare"))
        elif shown.get("amended"):
            mark = Mark("ask", _("Amended"))
    others = sets - 1 if shown else sets
    return Fact(
        title=_("Baseline photographs"),
        text=day_text(date.fromisoformat(shown["on"])) if shown else "",
        missing=_("Not taken yet"),
        url=reverse("photo_set", args=[shown["pk"]]) if shown else "",
        more=Link(_("Other sets: %(number)s") % {"number": others}, about.history("photographs")) if others else None,
        mark=mark,
        action=Link(_("New set"), new) if may_take else None,
        step=WayStep(
            label=_("Baseline photographs"), done=done, url=step_url if may_take else "",
            sentence=_("Take the baseline photographs, every required view."), action=_("Baseline photographs"),
        ),
    )  # fmt: skip


def _sets_of(patient: Patient) -> Any:
    return PhotoSet.objects.filter(patient=patient).with_gaps().annotate(amended=is_amended(PhotoSet))


@patient_section(400, Permission.VIEW_PHOTOS)
def photographs(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest photo sets; one query."""
    sets = list(_sets_of(patient).order_by("-taken_on", "-id")[:SHOWN])
    young = under_age(patient, site=actor.site, on=clock.local(at, actor.site).date())
    may_take = actor.may(Permission.TAKE_PHOTOS) and not patient.deceased and not young
    return Section(
        id="photographs",
        title=_("Photographs"),
        template="patients/photos/section.html",
        context={"sets": sets},
        action=SectionAction(_("New set"), reverse("photo_set_new", args=[patient.pk])) if may_take else None,
    )
