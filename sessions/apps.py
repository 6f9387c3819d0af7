"""The room of what was done. Its label differs from its folder: Django's own sessions app has that label."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    """Registers the room's documents and work items."""

    name = "sessions"
    label = "treatment_sessions"
    verbose_name = _("Sessions")

    def ready(self) -> None:
        for name in ("documents", "known", "sections", "work", "plans.resting", "treatment.uses"):
            import_module(f"sessions.{name}")
