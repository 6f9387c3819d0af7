"""What this room puts beside a patient's name."""

from patients.screening import alerts as screening

__all__ = ["screening"]
