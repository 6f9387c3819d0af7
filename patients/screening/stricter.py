"""What a version of the checklist decides more strictly than the safety floor: a pure rule."""

from dataclasses import replace

from django.utils.translation import gettext as _

from clinic.codes import known
from patients.screening.case import Candidate, Given
from patients.screening.findings import Finding
from patients.screening.outcomes import Outcome, worst


def tightened(finding: Finding, stricter: str, given: Given, candidate: Candidate | None) -> Finding:
    """Return `finding` as a version decides that is `stricter` where the floor asks a prescriber.

    Only what a clearance decides is changed, and never to something better: it comes to at least what the version
    says, and no clearance lifts it. Under a plain no the floor holds, so that a deferral that a physician has to look
    at can still end. `candidate` is the formulation that the finding is about.
    """
    by_prescriber = finding.clearable or finding.offered is not None or finding.clearance is not None
    if not stricter or given.is_no or not by_prescriber:
        return finding
    outcome = worst([finding.outcome, known(Outcome, stricter) or Outcome.STOP])
    if finding.clearance is not None and finding.outcome is Outcome.STOP:
        return finding  # a prescriber refused, which says more than the version
    words = _("Defer. This checklist is stricter than the safety floor here: no clearance lifts it.")
    if outcome is Outcome.STOP:
        words = _("Do not treat. This checklist is stricter than the safety floor here: no clearance lifts it.")
    if candidate is not None:
        words = _("%(formulation)s: %(words)s") % {"formulation": candidate.label, "words": words}
    return replace(finding, outcome=outcome, words=words, clearable=False, clearance=None, offered=None)
