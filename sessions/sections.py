"""What this room adds to the patient's page."""

from sessions.plans import sections as plans

__all__ = ["plans"]
