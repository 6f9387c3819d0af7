"""What this room keeps on record, as people know it."""

from django.utils.translation import gettext_lazy as _

from clinic.trail.kinds import known_as

known_as(
    {
        "weeks": (_("Weekly audits"), ("audit.WeekReview", "audit.DeviationDecision")),
        "photo-audits": (_("Month-6 photo audits"), ("audit.PhotoAudit", "audit.ViewGrade")),
    }
)
