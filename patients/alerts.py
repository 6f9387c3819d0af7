"""What this room puts beside a patient's name."""

from patients.registry import alerts as registry
from patients.screening import alerts as screening

__all__ = ["registry", "screening"]
