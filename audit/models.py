"""The room's tables, gathered from its slices."""

from audit.month6.models import PhotoAudit, ViewGrade
from audit.weekly.models import DeviationDecision, WeekReview

__all__ = ["DeviationDecision", "PhotoAudit", "ViewGrade", "WeekReview"]
