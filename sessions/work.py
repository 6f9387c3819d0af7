"""What this room puts on the list of work, gathered from its slices."""

from sessions.preparation import work as preparation
from sessions.stock import work as stock
from sessions.treatment import work as treatment

__all__ = ["preparation", "stock", "treatment"]
