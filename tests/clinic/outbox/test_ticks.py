"""Ticks: written once per period, whoever looks and however late."""

import threading
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.outbox import services
from clinic.outbox.drain import drain
from clinic.outbox.models import DueTick, OutboxEntry
from clinic.outbox.registry import Every, Tick, due_at
from clinic.outbox.ticks import periods_back_from, write_due_ticks
from tests.factories import make_site

BERLIN = ZoneInfo("Europe/Berlin")


def nothing(payload: Any, *, at: datetime) -> None:
    """Do nothing."""


def day(number: int, hour: int = 12) -> datetime:
    """Return noon (or `hour`), UTC, of a day in March 2026."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def periods(name: str) -> list[str]:
    """Return the periods written, in order of their due times."""
    return list(DueTick.objects.filter(name=name).order_by("due_at").values_list("period", flat=True))


@pytest.mark.django_db
def test_a_daily_tick_falls_due_once_a_day_in_the_sites_own_time(known_ticks: Any) -> None:
    known_ticks("test.daily", every="day", at=time(3, 0))(nothing)
    make_site("BER", time_zone="Europe/Berlin")
    make_site("NYC", time_zone="America/New_York")
    # 02:30 UTC is 03:30 in Berlin and still the evening before in New York.
    assert write_due_ticks(at=datetime(2026, 3, 2, 2, 30, tzinfo=UTC)) == 2
    assert set(DueTick.objects.values_list("site__code", "period", "due_at")) == {
        ("BER", "2026-03-02", datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
        ("NYC", "2026-03-01", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
    }
    assert write_due_ticks(at=datetime(2026, 3, 2, 7, 59, tzinfo=UTC)) == 0
    assert write_due_ticks(at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) == 1


@pytest.mark.django_db
def test_missed_days_are_made_good_in_order(known_ticks: Any) -> None:
    seen: list[str] = []
    known_ticks("test.daily", every="day", at=time(3, 0))(lambda payload, *, at: seen.append(payload["period"]))
    make_site("BER")
    write_due_ticks(at=day(2))
    assert write_due_ticks(at=day(6)) == 4
    with clock.moved_to(day(6)):
        drain()
    assert seen == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]


@pytest.mark.django_db
def test_a_tick_that_wants_only_the_latest_runs_once_after_a_gap(known_ticks: Any) -> None:
    known_ticks("test.daily", every="day", at=time(3, 0), latest_only=True)(nothing)
    make_site("BER")
    write_due_ticks(at=day(2))
    assert write_due_ticks(at=day(20)) == 1
    assert periods("test.daily") == ["2026-03-02", "2026-03-20"]


@pytest.mark.django_db
def test_the_effect_learns_its_period_site_and_due_time(known_ticks: Any) -> None:
    seen: list[Any] = []
    known_ticks("test.weekly", every="week", at=time(6, 0))(lambda payload, *, at: seen.append((payload, at)))
    site = make_site("BER")
    write_due_ticks(at=day(4))
    with clock.moved_to(day(4)):
        drain()
    [(payload, at)] = seen
    assert payload["site_id"] == site.pk
    assert payload["period"] == "2026-W10"
    assert due_at(payload) == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert at == day(4)


@pytest.mark.django_db
def test_a_tick_of_the_whole_clinic_is_written_once_for_all_sites(known_ticks: Any) -> None:
    known_ticks("test.clinic", every="day", per_site=False)(nothing)
    make_site("BER")
    make_site("NYC")
    assert write_due_ticks(at=day(2)) == 1
    assert DueTick.objects.get().site is None


@pytest.mark.django_db
def test_a_clinic_without_a_site_has_no_ticks_per_site(known_ticks: Any) -> None:
    known_ticks("test.daily", every="day")(nothing)
    assert write_due_ticks(at=day(2)) == 0


@pytest.mark.django_db
def test_a_month_of_an_hourly_tick_is_made_good_in_several_looks(known_ticks: Any) -> None:
    known_ticks("test.hourly", every="hour", at=time(0, 15))(nothing)
    make_site("BER")
    write_due_ticks(at=day(1, 0))
    written = [write_due_ticks(at=day(31, 0)) for _ in range(3)]
    assert written == [500, 220, 0]
    assert len(set(periods("test.hourly"))) == 721
    assert OutboxEntry.objects.count() == 721


@pytest.mark.django_db(transaction=True)
def test_four_beats_at_the_same_moment_write_every_tick_once(known_ticks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "wake", lambda: None)
    known_ticks("test.daily", every="day", at=time(3, 0))(nothing)
    known_ticks("test.clinic", every="hour", per_site=False)(nothing)
    make_site("BER")
    write_due_ticks(at=day(1))
    counts: list[int] = []
    barrier = threading.Barrier(4)

    def one() -> None:
        barrier.wait()
        counts.append(write_due_ticks(at=day(11)))
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 10 + 240
    assert DueTick.objects.count() == OutboxEntry.objects.count() == 1 + 10 + 1 + 240


@pytest.mark.parametrize(
    ("every", "at", "expected"),
    [
        (Every.DAY, datetime(2026, 3, 1, 1, 59, tzinfo=UTC), ["2026-02-28", "2026-02-27"]),
        (Every.WEEK, datetime(2026, 1, 1, 12, 0, tzinfo=UTC), ["2026-W01", "2025-W52"]),
        (Every.WEEK, datetime(2027, 1, 3, 12, 0, tzinfo=UTC), ["2026-W53", "2026-W52"]),
        (Every.MONTH, datetime(2026, 1, 15, 12, 0, tzinfo=UTC), ["2026-01", "2025-12"]),
        (Every.MONTH, datetime(2026, 1, 1, 1, 0, tzinfo=UTC), ["2025-12", "2025-11"]),
        (Every.HOUR, datetime(2026, 3, 1, 0, 0, tzinfo=UTC), ["2026-03-01T00", "2026-02-28T23"]),
    ],
)
def test_periods_are_named_by_the_calendar(every: Every, at: datetime, expected: list[str]) -> None:
    tick = Tick(name="t", every=every, at=time(3, 0), per_site=True, latest_only=False)
    assert [name for name, _due in islice(periods_back_from(at, tick, BERLIN), 2)] == expected


@pytest.mark.parametrize("hour", [2, 3])
def test_the_days_on_which_clocks_change_have_one_tick_each(hour: int) -> None:
    tick = Tick(name="t", every=Every.DAY, at=time(hour, 30), per_site=True, latest_only=False)
    for last, count in ((datetime(2026, 4, 2, tzinfo=UTC), 7), (datetime(2026, 10, 28, tzinfo=UTC), 7)):
        found = list(islice(periods_back_from(last, tick, BERLIN), count))
        assert len({name for name, _due in found}) == count
        assert all(later > earlier for (_, later), (_, earlier) in pairwise(found))


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda value: value.replace(tzinfo=UTC)),  # noqa: DTZ001
    every=st.sampled_from(list(Every)),
    due=st.times(),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "UTC"]),
)
def test_the_latest_period_is_due_and_the_one_after_it_is_not(at: datetime, every: Every, due: time, zone: str) -> None:
    tick = Tick(name="t", every=every, at=due.replace(second=0, microsecond=0), per_site=True, latest_only=False)
    (_, latest), (_, before) = islice(periods_back_from(at, tick, ZoneInfo(zone)), 2)
    longest = {Every.FIVE_MINUTES: 1, Every.HOUR: 1, Every.DAY: 25, Every.WEEK: 7 * 24 + 1, Every.MONTH: 31 * 24 + 1}[
        every
    ]
    assert before < latest <= at < latest + timedelta(hours=longest)
