"""Beyond use is the earliest limit, with its reason, and never days by default."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions.preparation.beyond_use import IngredientLimits, beyond_use, end_of_day, limits, opened_until

BERLIN = "Europe/Berlin"
STARTED = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo(BERLIN))
FAR = date(2027, 6, 30)


def _answer(
    *ingredients: IngredientLimits, hours: int = 8, storage: str = "refrigerated", started: datetime = STARTED
) -> tuple[datetime, str]:
    limit = beyond_use(
        started_at=started, formulation_hours=hours, storage=storage, ingredients=ingredients, time_zone=BERLIN
    )
    return limit.at, limit.reason


def test_the_formulation_limits_from_the_beginning_of_preparation() -> None:
    assert _answer(IngredientLimits("Saline", FAR)) == (
        STARTED + timedelta(hours=8),
        "the formulation's limit of 8 h",
    )


@pytest.mark.parametrize(
    ("storage", "cap", "reason"),
    [
        ("room", 12, "the cap of 12 h for a preparation kept at room temperature"),
        ("refrigerated", 24, "the cap of 24 h for a refrigerated preparation"),
        # Only the database's owner can write one that isn't known.
        ("frozen", 12, "the shortest cap, 12 h, as it isn’t known how the preparation is kept"),
    ],
)
def test_a_formulation_that_says_days_is_capped_by_its_storage(storage: str, cap: int, reason: str) -> None:
    assert _answer(IngredientLimits("Saline", FAR), hours=336, storage=storage) == (
        STARTED + timedelta(hours=cap),
        reason,
    )


def test_at_the_cap_the_formulation_is_named() -> None:
    assert _answer(hours=24)[1] == "the formulation's limit of 24 h"


def test_an_ingredient_that_expires_today_ends_with_the_sites_day() -> None:
    at, reason = _answer(
        IngredientLimits("Saline", FAR), IngredientLimits("Dexpanthenol", date(2026, 11, 22)), hours=24
    )
    assert at == datetime(2026, 11, 23, 0, 0, tzinfo=ZoneInfo(BERLIN))
    assert at.astimezone(UTC) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert reason == "Dexpanthenol expires on 22 Nov 2026"


def test_the_earliest_of_two_expiries_limits() -> None:
    first = IngredientLimits("A", date(2026, 11, 22))
    assert _answer(IngredientLimits("B", date(2026, 11, 23)), first, hours=24)[1].startswith("A expires")


def test_an_opened_multi_dose_container_limits_at_the_same_time_of_the_day() -> None:
    opened = IngredientLimits("Lidocaine", FAR, opened_at=STARTED - timedelta(days=28, hours=-3), opened_limit_days=28)
    assert _answer(opened) == (
        STARTED + timedelta(hours=3),
        "Lidocaine may be used for 28 days once opened",
    )


@pytest.mark.parametrize(
    "ingredient",
    [
        IngredientLimits("Unlimited once opened", FAR, opened_at=STARTED - timedelta(days=400)),
        IngredientLimits("Never opened", FAR, opened_limit_days=1),
    ],
)
def test_without_an_opening_or_a_limit_opening_limits_nothing(ingredient: IngredientLimits) -> None:
    assert _answer(ingredient)[1] == "the formulation's limit of 8 h"


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)],
)
def test_days_end_on_the_sites_clocks_when_they_change(day: date, hours: int) -> None:
    before = end_of_day(day - timedelta(days=1), BERLIN)
    length = end_of_day(day, BERLIN).astimezone(UTC) - before.astimezone(UTC)
    assert length == timedelta(hours=hours)


def test_opened_days_keep_the_time_of_the_day_when_the_clocks_change() -> None:
    opened = datetime(2026, 10, 20, 9, 0, tzinfo=ZoneInfo(BERLIN))
    assert opened_until(opened, 7, BERLIN) == datetime(2026, 10, 27, 9, 0, tzinfo=ZoneInfo(BERLIN))


def test_all_limits_are_listed_the_earliest_first() -> None:
    found = limits(
        started_at=STARTED, formulation_hours=8, storage="room", time_zone=BERLIN,
        ingredients=[IngredientLimits("A", date(2026, 11, 22)), IngredientLimits("B", FAR)],
    )  # fmt: skip
    assert [limit.at for limit in found] == sorted(limit.at for limit in found)
    assert len(found) == 4


def test_there_is_no_default() -> None:
    with pytest.raises(ValueError, match="gives the hours"):
        _answer(hours=0)
