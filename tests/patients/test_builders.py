"""The builders that other rooms stand on."""

from clinic import clock
from clinic.accounts.models import Site
from clinic.documents.models import SealedDocument
from patients.screening.models import ChecklistStatus
from patients.screening.queries import signed_checklist as checklist_of
from patients.screening.queries import verdict_now
from tests.patients.builders import cleared, registered_patient, signed_checklist
from tests.protocols.builders import approved_everything


def test_a_signed_checklist_without_findings_proceeds_and_is_sealed(site: Site) -> None:
    formulation = approved_everything(site).formulations[0]
    patient = registered_patient(site)
    checklist = signed_checklist(patient, formulation)
    assert (checklist.status, checklist.outcome) == (ChecklistStatus.SIGNED, "proceed")
    assert checklist_of(patient, clock.today(site)) == checklist
    assert SealedDocument.objects.get(kind="checklist").patient == patient


def test_a_clearance_counts_in_a_checklist_that_confirms_what_it_is_about(site: Site) -> None:
    formulation = approved_everything(site).formulations[0]
    patient = registered_patient(site)
    given = cleared(patient)
    told = {"drug": "apixaban 5 mg", "cleared": f"{given.pk}:yes"}
    checklist = signed_checklist(patient, formulation, answers={"anticoagulant": ("yes", told)})
    assert checklist.outcome == "proceed"


def test_a_clearance_given_after_the_signature_waits_for_somebody_to_confirm_it(site: Site) -> None:
    formulation = approved_everything(site).formulations[0]
    patient = registered_patient(site)
    checklist = signed_checklist(patient, formulation, answers={"anticoagulant": ("yes", {"drug": "apixaban"})})
    assert checklist.outcome == "clearance"
    cleared(patient)
    assert not verdict_now(checklist, checklist.on).may_proceed
