"""Deferring work: a row in the business transaction, once per key."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from clinic import clock
from clinic.outbox import services
from clinic.outbox.models import OutboxEntry
from clinic.outbox.registry import UnknownEffectError
from clinic.outbox.services import defer
from clinic.trail.unit import OutsideUnitError

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def nothing(payload: Any, *, at: datetime) -> None:
    """Do nothing."""


def defer_and_fail(key: str) -> None:
    """Defer in a transaction (or savepoint) that is rolled back."""
    with transaction.atomic():
        defer("test.note", key=key, payload={})
        raise RuntimeError("the business failed")


@pytest.mark.django_db
def test_the_same_effect_and_key_twice_are_one_row(known: Any) -> None:
    known("test.note")(nothing)
    assert defer("test.note", key="a", payload={"n": 1}) is True
    assert defer("test.note", key="a", payload={"n": 2}) is False
    assert [entry.payload for entry in OutboxEntry.objects.all()] == [{"n": 1}]


@pytest.mark.django_db
def test_the_same_key_of_two_effects_are_two_rows(known: Any) -> None:
    known("test.one")(nothing)
    known("test.two")(nothing)
    defer("test.one", key="a", payload={})
    defer("test.two", key="a", payload={})
    assert OutboxEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_deferring_outside_a_transaction_is_refused(known: Any) -> None:
    known("test.note")(nothing)
    with pytest.raises(OutsideUnitError):
        defer("test.note", key="a", payload={})


@pytest.mark.django_db
def test_an_effect_that_nobody_registered_is_refused_at_once(known: Any) -> None:
    with pytest.raises(UnknownEffectError):
        defer("test.nobody", key="a", payload={})
    assert not OutboxEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_work_of_a_transaction_that_failed_is_not_owed(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(services, "wake", lambda: woken.append(1))
    known("test.note")(nothing)
    with pytest.raises(RuntimeError, match="business"):
        defer_and_fail("a")
    assert not OutboxEntry.objects.exists()
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_one_transaction_wakes_the_workers_once_after_its_commit(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(services, "wake", lambda: woken.append(OutboxEntry.objects.count()))
    known("test.note")(nothing)
    with transaction.atomic():
        for number in range(5):
            defer("test.note", key=str(number), payload={})
        assert woken == []
    assert woken == [5]


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_rolled_back_takes_its_wake_up_with_it_and_a_later_one_wakes(
    known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(services, "wake", lambda: woken.append(1))
    known("test.note")(nothing)
    with transaction.atomic():
        with pytest.raises(RuntimeError, match="business"):
            defer_and_fail("lost")
        defer("test.note", key="kept", payload={})
    assert list(OutboxEntry.objects.values_list("key", flat=True)) == ["kept"]
    assert woken == [1]


@pytest.mark.django_db
def test_the_due_time_is_the_clinics_clock_unless_given(known: Any) -> None:
    known("test.note")(nothing)
    with clock.moved_to(AT):
        defer("test.note", key="now", payload={})
        defer("test.note", key="later", payload={}, run_after=AT + timedelta(days=3))
    due = dict(OutboxEntry.objects.values_list("key", "run_after"))
    assert due == {"now": AT, "later": AT + timedelta(days=3)}


@pytest.mark.django_db(transaction=True)
def test_eight_transactions_at_once_with_the_same_key_write_one_row(
    known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "wake", lambda: None)
    known("test.note")(nothing)
    barrier = threading.Barrier(8)
    written: list[bool] = []

    def one() -> None:
        barrier.wait()
        with transaction.atomic():
            written.append(defer("test.note", key="same", payload={}))
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [False] * 7 + [True]
    assert OutboxEntry.objects.count() == 1


@pytest.mark.django_db
def test_postgres_refuses_an_entry_that_is_done_and_parked() -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="outbox_done_or_parked_not_both"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_outboxentry (effect, key, payload, run_after, attempts, leased_by, last_error, "
            "done_at, parked_at) VALUES ('e', 'k', '{}', now(), 0, '', '', now(), now())"
        )
