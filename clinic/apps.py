"""The ground floor's app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClinicConfig(AppConfig):
    """Registers the start-up checks and what the ground floor itself defers, prints and lists."""

    name = "clinic"
    label = "clinic"
    verbose_name = _("Clinic")

    def ready(self) -> None:
        for module in (
            "clinic.checks",
            "clinic.checkpoints.effects",
            "clinic.checkpoints.work",
            "clinic.documents.effects",
            "clinic.outbox.housekeeping",
            "clinic.outbox.work",
            "clinic.prepared",
            "clinic.roles.keeping",
            "clinic.certifying.documents",
            "clinic.trail.documents",
            "clinic.trail.known",
        ):
            import_module(module)
