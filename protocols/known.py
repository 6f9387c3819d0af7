"""What this room keeps on record, as people know it."""

from django.utils.translation import gettext_lazy as _

from clinic.trail.kinds import known_as

known_as(
    {
        "formulations": (
            _("Protocols: formulations"),
            (
                "protocols.Formulation", "protocols.FormulationVersion", "protocols.FormulationLine",
                "protocols.FormulationStep", "protocols.StorageLimit",
            ),
        ),
        "ingredients": (_("Protocols: ingredients"), ("protocols.Ingredient",)),
        "treatment-protocols": (
            _("Protocols: treatment"),
            ("protocols.TreatmentProtocolVersion", "protocols.AnaesthesiaChoice"),
        ),
        "checklist-versions": (
            _("Protocols: the checklist’s questions"),
            ("protocols.ChecklistVersion", "protocols.ChecklistItem"),
        ),
        "consent-scripts": (
            _("Protocols: consent scripts"),
            ("protocols.ConsentScriptVersion", "protocols.ExpectationStatement"),
        ),
        "photo-protocols": (
            _("Protocols: photographs"),
            ("protocols.PhotoProtocolVersion", "protocols.PhotoView", "protocols.PreparationPoint"),
        ),
        "leaflets": (
            _("Protocols: aftercare leaflets"),
            ("protocols.AftercareLeafletVersion", "protocols.LeafletParagraph"),
        ),
        "responses": (
            _("Protocols: responses to complications"),
            ("protocols.ComplicationResponseVersion", "protocols.ResponseStep"),
        ),
        "prp-protocols": (_("Protocols: PRP"), ("protocols.PrpProtocolVersion", "protocols.PrpSpin")),
        "combined-protocols": (
            _("Protocols: combined sessions"),
            ("protocols.CombinedProtocolVersion", "protocols.CombinedZone"),
        ),
        "audit-rules": (_("Protocols: audit rules"), ("protocols.AuditRulesVersion", "protocols.AuditLimit")),
        "jurisdiction": (
            _("Protocols: jurisdiction table"),
            ("protocols.JurisdictionTableVersion", "protocols.JurisdictionEntry"),
        ),
        "risk-changes": (
            _("Protocols: changes that bear on risk"),
            ("protocols.RiskChange", "protocols.ReadReceipt"),
        ),
        "arrangements": (_("Protocols: opening of the site"), ("protocols.SetUp", "protocols.SetUpEnd")),
    }
)  # fmt: skip
