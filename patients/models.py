"""The room's tables, gathered from its slices."""

from patients.consents.models import Consent, ConsentWithdrawal
from patients.intake.models import Intake
from patients.paper.models import (
    PaperEntry,
    PaperFiledPage,
    PaperFiling,
    PaperFilingEnd,
    PaperForm,
    PaperFormEnd,
    PaperPage,
    PaperScan,
    PaperScanAside,
)
from patients.photos.models import Derivative, Photo, PhotoSet, PreparationTick
from patients.registry.models import (
    NamePair,
    NameToken,
    OtherName,
    Patient,
    RecordNumberCounter,
    ReportedFact,
    SourceIdentifier,
)
from patients.screening.models import ChecklistAnswer, Clearance, ClearanceWithdrawal, PatientChecklist

__all__ = [
    "ChecklistAnswer",
    "Clearance",
    "ClearanceWithdrawal",
    "Consent",
    "ConsentWithdrawal",
    "Derivative",
    "Intake",
    "NamePair",
    "NameToken",
    "OtherName",
    "PaperEntry",
    "PaperFiledPage",
    "PaperFiling",
    "PaperFilingEnd",
    "PaperForm",
    "PaperFormEnd",
    "PaperPage",
    "PaperScan",
    "PaperScanAside",
    "Patient",
    "PatientChecklist",
    "Photo",
    "PhotoSet",
    "PreparationTick",
    "RecordNumberCounter",
    "ReportedFact",
    "SourceIdentifier",
]
