"""The room of the clinical review."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Registers the room's documents, work items, ticks and its say at the gate."""

    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        for name in ("documents", "known", "sections", "work", "gate", "plan_dates", "ticks"):
            import_module(f"audit.{name}")
