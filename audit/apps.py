"""The room of the clinical review."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Registers the room's documents, work items, ticks and its say at the gate."""

    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        for module in ("audit.documents", "audit.sections", "audit.work", "audit.gate", "audit.ticks"):
            import_module(module)
