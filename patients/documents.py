"""What this room prints: each slice registers its kinds of document."""

from patients.consents import documents as consents
from patients.paper import documents as paper
from patients.photos import documents as photos
from patients.screening import documents as screening

__all__ = ["consents", "paper", "photos", "screening"]
