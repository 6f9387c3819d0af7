"""What this room keeps on record, as people know it."""

from django.utils.translation import gettext_lazy as _

from clinic.trail.kinds import known_as

known_as(
    {
        "plans": (_("Treatment plans"), ("treatment_sessions.TreatmentPlan", "treatment_sessions.PlannedSession")),
        "stock": (_("Stock"), ("treatment_sessions.StockLot", "treatment_sessions.LotMovement")),
        "preparations": (
            _("Preparations and vials"),
            (
                "treatment_sessions.Preparation", "treatment_sessions.PreparationLine",
                "treatment_sessions.CriticalStep", "treatment_sessions.Deviation", "treatment_sessions.Vial",
                "treatment_sessions.VialMovement",
            ),
        ),
        "sessions": (
            _("Treatment sessions"),
            ("treatment_sessions.TreatmentSession", "treatment_sessions.InjectionZone"),
        ),
    }
)  # fmt: skip
