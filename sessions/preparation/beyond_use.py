"""Until when a preparation may be used: the earliest of several limits, and which one it was.

The time counts from the beginning of preparation, as sterile compounding practice counts it. Nothing here
ever answers in days by default: the formulation must give its hours, and the caps below hold whatever it says. A site
that wants to keep vials longer needs a stability and facility basis for it, which is a decision to document.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Caps in hours by how the preparation is kept, as commonly quoted for Category 1 preparations (USP <797>, 2023):
#: 12 h at room temperature, 24 h refrigerated. To be confirmed against the rules that hold at the place.
CAP_HOURS = {"room": 12, "refrigerated": 24}


@dataclass(frozen=True, slots=True)
class IngredientLimits:
    """What limits one ingredient's lot: its expiry date and, once opened, its days; `name` is for people."""

    name: str
    expires_on: date
    opened_at: datetime | None = None
    opened_limit_days: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A moment before which the preparation must be used, and why."""

    at: datetime
    reason: str


def end_of_day(on: date, time_zone: str) -> datetime:
    """Return the moment at which the day `on` ends in `time_zone`: a lot may be used through its expiry day."""
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=ZoneInfo(time_zone))


def opened_until(opened_at: datetime, opened_limit_days: int, time_zone: str) -> datetime:
    """Return when an opened container ends: the same time of the day, so many days later, on the site's clocks."""
    return opened_at.astimezone(ZoneInfo(time_zone)) + timedelta(days=opened_limit_days)


def limits(
    *,
    started_at: datetime,
    formulation_hours: int,
    storage: str,
    ingredients: Iterable[IngredientLimits],
    time_zone: str,
) -> list[Limit]:
    """Return every limit of a preparation, the earliest first; of equal ones the formulation's own comes first.

    A storage that no cap is known for, which only the database's owner can write, gets the shortest. Raises ValueError
    for a formulation without hours: there is no default.
    """
    if formulation_hours < 1:
        raise ValueError("a formulation gives the hours that its preparations may be used")
    found = [
        Limit(
            started_at + timedelta(hours=formulation_hours),
            _("the formulation's limit of %(hours)d h") % {"hours": formulation_hours},
        ),
        _cap(started_at, storage),
    ]
    for ingredient in ingredients:
        found.append(
            Limit(
                end_of_day(ingredient.expires_on, time_zone),
                _("%(name)s expires on %(day)s")
                % {"name": ingredient.name, "day": date_format(ingredient.expires_on, "DATE_FORMAT")},
            )
        )
        if ingredient.opened_at is not None and ingredient.opened_limit_days is not None:
            found.append(
                Limit(
                    opened_until(ingredient.opened_at, ingredient.opened_limit_days, time_zone),
                    ngettext(
                        "%(name)s may be used for %(days)d day once opened",
                        "%(name)s may be used for %(days)d days once opened",
                        ingredient.opened_limit_days,
                    )
                    % {"name": ingredient.name, "days": ingredient.opened_limit_days},
                )
            )
    return sorted(found, key=lambda limit: limit.at)


def _cap(started_at: datetime, storage: str) -> Limit:
    hours = CAP_HOURS.get(storage, min(CAP_HOURS.values()))
    if storage == "room":
        reason = _("the cap of %(hours)d h for a preparation kept at room temperature")
    elif storage == "refrigerated":
        reason = _("the cap of %(hours)d h for a refrigerated preparation")
    else:
        reason = _("the shortest cap, %(hours)d h, as it isn’t known how the preparation is kept")
    return Limit(started_at + timedelta(hours=hours), reason % {"hours": hours})


def beyond_use(
    *,
    started_at: datetime,
    formulation_hours: int,
    storage: str,
    ingredients: Iterable[IngredientLimits],
    time_zone: str,
) -> Limit:
    """Return the limit that comes first: the preparation must be used before it."""
    return limits(
        started_at=started_at, formulation_hours=formulation_hours, storage=storage, ingredients=ingredients,
        time_zone=time_zone,
    )[0]  # fmt: skip
