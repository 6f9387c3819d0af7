"""What else is due under a plan: dates that the rooms to the right register, as the photo audit of month 6 does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from clinic.accounts.actors import Actor
from sessions.plans.models import TreatmentPlan


@dataclass(frozen=True, slots=True)
class PlanDate:
    """One thing that is due, and where it stands: `chip` is a kind of status, `url` "" where nothing opens."""

    name: str
    due_on: date | None
    chip: str
    state: str
    url: str = ""


Dates = Callable[[Actor, TreatmentPlan, date], Iterable[PlanDate]]
_registered: list[Dates] = []


def plan_dates(find: Dates) -> Dates:
    """Register a function `(actor, plan, today) -> dates` that stand between the loading sessions and maintenance.

    It does a constant number of queries.
    """
    _registered.append(find)
    return find


def dates_of(actor: Actor, plan: TreatmentPlan, today: date) -> list[PlanDate]:
    """Return what else is due under `plan`, in the order of the dates; what has none yet comes last."""
    found = [row for find in _registered for row in find(actor, plan, today)]
    return sorted(found, key=lambda row: (row.due_on is None, row.due_on or today))
