"""What this room puts on the list of work, gathered from its slices."""

from sessions.plans import work as plans
from sessions.preparation import work as preparation
from sessions.stock import work as stock
from sessions.treatment import work as treatment

__all__ = ["plans", "preparation", "stock", "treatment"]
