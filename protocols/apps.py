"""The room of documented decisions."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProtocolsConfig(AppConfig):
    """Registers the room's documents and work items."""

    name = "protocols"
    verbose_name = _("Protocols")

    def ready(self) -> None:
        for module in ("protocols.documents", "protocols.known", "protocols.work", "protocols.ticks"):
            import_module(module)
