"""The room of the patients."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    """Registers the room's documents, work items and sections of the patient's page."""

    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        for module in ("patients.documents", "patients.sections", "patients.work"):
            import_module(module)
