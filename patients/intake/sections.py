"""The intake on the patient's pages."""

from datetime import datetime

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.pieces import Row, one
from patients.intake.models import Indication, Intake
from patients.intake.queries import intakes_of
from patients.intake.staging import Pathway, Scale, Stage
from patients.registry.identity import under_age
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section

EARLIER_SHOWN = 8
_READERS = (Permission.RECORD_INTAKE, Permission.VIEW_DOCUMENTS)


@patient_fact(
    100, *_READERS, step=True,
    latest=one(
        Intake.objects.filter(patient=OuterRef("pk")).order_by("-taken_at", "-id"),
        indication="indication", scale="scale", stage="stage", pathway="pathway", taken_at="taken_at",
    ),
)  # fmt: skip
def intake_fact(about: About, latest: Row | None) -> Fact:
    """What the patient comes for and the stage, as last recorded.

    None is asked for of a patient who isn't treated for being too young.
    """
    may_take = about.actor.may(Permission.RECORD_INTAKE) and not about.under_age
    url = reverse("intake_new", args=[about.patient.pk]) if may_take else ""
    if latest is None:
        label = _("Take the intake")
        return Fact(
            title=_("Intake"), missing=_("Not taken yet"), action=Link(label, url) if url else None,
            step=WayStep(
                label=_("Intake"), done=False, url=url, action=label if url else "",
                sentence=_("Take the intake: what the patient comes for, and the stage."),
            ),
        )  # fmt: skip
    intake = Intake(indication=latest["indication"], scale=latest["scale"], stage=latest["stage"])
    surgical = latest["pathway"] == Pathway.SURGICAL_ASSESSMENT
    taken_on = clock.local(datetime.fromisoformat(latest["taken_at"]), about.actor.site).date()
    return Fact(
        title=_("Intake"),
        text=str(intake),
        url=about.history("intake"),
        note=f"{Indication(intake.indication).label} · {day_text(taken_on)}",
        mark=Mark("stop", _("For surgical assessment")) if surgical else None,
        action=Link(_("New intake"), url) if url else None,
        step=_step(intake, surgical=surgical),
    )


def _step(intake: Intake, *, surgical: bool) -> WayStep:
    if not surgical:
        return WayStep(label=_("Intake"), done=True)
    sentence = _("%(stage)s: refer for surgical assessment. There is no treatment plan for this stage.")
    return WayStep(label=_("Intake"), done=False, stopped=True, ends=True, sentence=sentence % {"stage": intake})


@patient_section(100, *_READERS)
def intake_section(actor: Actor, patient: Patient, at: datetime) -> Section:
    """Why the patient comes and the stage, with what was recorded before; one query."""
    rows = list(intakes_of(patient).order_by("-taken_at", "-id")[: EARLIER_SHOWN + 1])
    current = rows[0] if rows else None
    may_record = actor.may(Permission.RECORD_INTAKE)
    young = under_age(patient, site=actor.site, on=clock.local(at, actor.site).date())
    url = reverse("intake_new", args=[patient.pk]) if may_record and not young else ""
    corrected = {row.corrects_id for row in rows if row.corrects_id}
    return Section(
        id="intake",
        title=_("Intake"),
        template="patients/intake/section.html",
        context={
            "current": current,
            "words": Stage(Scale(current.scale), current.stage).words if current else "",
            "surgical": current is not None and current.pathway == Pathway.SURGICAL_ASSESSMENT,
            "earlier": [{"intake": row, "corrected": row.pk in corrected} for row in rows[1:]],
            "correct_url": reverse("intake_correct", args=[current.pk]) if current and may_record else "",
        },
        action=SectionAction(_("New intake") if current else _("Take the intake"), url) if url else None,
    )
