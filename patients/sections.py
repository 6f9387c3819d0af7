"""What the patient's page is made of, from this room: each slice registers its own."""

from patients.consents import sections as consents
from patients.intake import sections as intake
from patients.paper import sections as paper
from patients.photos import sections as photos
from patients.registry import page_sections as registry
from patients.screening import sections as screening

__all__ = ["consents", "intake", "paper", "photos", "registry", "screening"]
