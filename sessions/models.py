"""The room's tables, gathered from its slices."""

from sessions.plans.models import PlannedSession, TreatmentPlan
from sessions.preparation.models import CriticalStep, Deviation, Preparation, PreparationLine, Vial, VialMovement
from sessions.stock.models import LotMovement, StockLot
from sessions.treatment.models import InjectionZone, TreatmentSession

__all__ = [
    "CriticalStep",
    "Deviation",
    "InjectionZone",
    "LotMovement",
    "PlannedSession",
    "Preparation",
    "PreparationLine",
    "StockLot",
    "TreatmentPlan",
    "TreatmentSession",
    "Vial",
    "VialMovement",
]
