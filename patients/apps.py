"""The room of the patients."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    """Registers the room's documents, work items, sections of the patient's page and what stands beside the name."""

    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        for module in ("patients.alerts", "patients.documents", "patients.known", "patients.sections", "patients.work"):
            import_module(module)
