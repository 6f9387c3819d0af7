"""What this room puts on the list of work: each slice registers its own."""

from patients.intake import work as intake
from patients.screening import work as screening

__all__ = ["intake", "screening"]
