"""What this room keeps on record, as people know it."""

from django.utils.translation import gettext_lazy as _

from clinic.trail.kinds import known_as

known_as(
    {
        "patients": (
            _("Patients"),
            ("patients.Patient", "patients.OtherName", "patients.ReportedFact", "patients.SourceIdentifier"),
        ),
        "intakes": (_("Intakes"), ("patients.Intake",)),
        "checklists": (_("Contraindication checklists"), ("patients.PatientChecklist", "patients.ChecklistAnswer")),
        "clearances": (_("Clearances"), ("patients.Clearance", "patients.ClearanceWithdrawal")),
        "consents": (_("Consents"), ("patients.Consent", "patients.ConsentWithdrawal")),
        "photographs": (
            _("Photographs"),
            ("patients.PhotoSet", "patients.Photo", "patients.Derivative", "patients.PreparationTick"),
        ),
        "paper": (
            _("Paper forms and scans"),
            (
                "patients.PaperForm", "patients.PaperFormEnd", "patients.PaperScan", "patients.PaperScanAside",
                "patients.PaperPage", "patients.PaperFiling", "patients.PaperFiledPage", "patients.PaperFilingEnd",
                "patients.PaperEntry",
            ),
        ),
    }
)  # fmt: skip
