"""Which plans rest on a formulation that is in force: their sessions stop once it is retired."""

from django.utils.translation import ngettext

from protocols.decisions.uses import register_resting
from protocols.models import FormulationVersion
from sessions.plans.models import TreatmentPlan


def _plans_resting(version: FormulationVersion) -> str:
    """Say how many plans at its site rest on the formulation of `version`; "" for none. One query."""
    running = TreatmentPlan.objects.for_site(version.site).filter(formulation=version.formulation_id, ended_at=None)
    number = running.count()
    if not number:
        return ""
    return ngettext(
        "%(number)s treatment plan rests on this formulation: its next session doesn't go on until another version is "
        "approved, or a plan made with another formulation.",
        "%(number)s treatment plans rest on this formulation: their next sessions don't go on until another version is "
        "approved, or plans made with another formulation.",
        number,
    ) % {"number": number}


register_resting(FormulationVersion, _plans_resting)
