"""What a question can be answered, and what a checklist can come to, from best to worst."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from protocols.checklists.outcomes import SEVERITY, Outcome, worst

__all__ = ["SEVERITY", "Answer", "Outcome", "worst"]


class Answer(models.TextChoices):
    """What was answered; unanswered is the absence of an answer, never "no"."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")
