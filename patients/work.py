"""What this room puts on the list of work: each slice registers its own."""

from patients.consents import work as consents
from patients.intake import work as intake
from patients.paper import work as paper
from patients.photos import work as photos
from patients.screening import work as screening

__all__ = ["consents", "intake", "paper", "photos", "screening"]
