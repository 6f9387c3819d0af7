"""Which deferred work comes first; no models here, for what registers effects before they are loaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Priority(models.IntegerChoices):
    """Which of several pieces of due work comes first."""

    FIRST = 0, _("first")
    AWAITED = 1, _("somebody waits for it")
    USUAL = 2, _("usual")
    LATER = 3, _("once nothing else waits")
