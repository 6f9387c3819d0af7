"""Working through what is owed: each effect once, failures tried again and parked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.outbox.claims import Claim, LeaseLostError, claim, complete, fail, hold
from clinic.outbox.drain import drain
from clinic.outbox.models import Alert, OutboxEntry
from clinic.outbox.services import acknowledge, defer, try_again
from clinic.trail.models import Action, TrailEvent
from clinic.trail.unit import record
from tests.factories import make_actor, make_site

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def let_time_pass() -> None:
    """Move every pause and lease into the past, as the database's clock would."""
    OutboxEntry.objects.filter(retry_after__isnull=False).update(retry_after=AT - timedelta(days=900))
    OutboxEntry.objects.filter(lease_until__isnull=False).update(lease_until=AT - timedelta(days=900))


def test_due_work_is_done_once_oldest_first(known: Any) -> None:
    seen: list[str] = []
    known("test.note")(lambda payload, *, at: seen.append(payload["n"]))
    defer("test.note", key="2", payload={"n": "second"}, run_after=AT + timedelta(hours=1))
    defer("test.note", key="1", payload={"n": "first"}, run_after=AT)
    with clock.moved_to(AT + timedelta(days=1)):
        assert drain().done == 2
        assert drain().done == 0
    assert seen == ["first", "second"]
    assert OutboxEntry.objects.filter(done_at__isnull=False, leased_by="", lease_until=None).count() == 2


def test_work_is_not_done_before_its_time(known: Any) -> None:
    known("test.note")(lambda payload, *, at: None)
    defer("test.note", key="1", payload={}, run_after=AT)
    with clock.moved_to(AT - timedelta(seconds=1)):
        assert drain().done == 0
    with clock.moved_to(AT):
        assert drain().done == 1


def test_what_an_effect_writes_is_undone_with_its_failure(known: Any) -> None:
    def half(payload: Any, *, at: datetime) -> None:
        make_site("HALF")
        raise RuntimeError("in the middle")

    known("test.half")(half)
    defer("test.half", key="1", payload={})
    tally = drain()
    assert (tally.done, tally.failed, tally.parked) == (0, 1, 0)
    assert not Site.objects.filter(code="HALF").exists()
    entry = OutboxEntry.objects.get()
    assert entry.done_at is None
    assert entry.attempts == 1
    assert "in the middle" in entry.last_error


def test_what_an_effect_notes_in_the_trail_comes_with_it(known: Any, site: Site) -> None:
    actor = make_actor(site, Role.MANAGER)

    def noted(payload: Any, *, at: datetime) -> None:
        record(by=actor, action=Action.CHANGE, subject=site)

    known("test.noted")(noted)
    defer("test.noted", key="1", payload={})
    drain()
    assert TrailEvent.objects.filter(action=Action.CHANGE, object_id=str(site.pk)).count() == 1


def test_a_failure_waits_twice_as_long_each_time(known: Any) -> None:
    def broken(payload: Any, *, at: datetime) -> None:
        raise RuntimeError

    known("test.broken")(broken)
    defer("test.broken", key="1", payload={})
    waits = []
    for _ in range(3):
        drain()
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM retry_after - clock_timestamp())::float FROM clinic_outboxentry")
            waits.append(round(cursor.fetchone()[0]))
        assert drain().failed == 0, "not before the pause is over"
        let_time_pass()
    assert waits == [5, 10, 20]


def test_after_its_last_attempt_work_is_parked_with_one_alert(known: Any) -> None:
    def broken(payload: Any, *, at: datetime) -> None:
        raise RuntimeError("never works")

    known("test.broken", attempts=3)(broken)
    defer("test.broken", key="1", payload={})
    for _ in range(5):
        drain()
        let_time_pass()
    entry = OutboxEntry.objects.get()
    assert entry.attempts == 3
    assert entry.parked_at is not None
    assert entry.done_at is None
    alert = Alert.objects.get()
    assert alert.kind == "outbox.parked"
    assert "test.broken" in alert.text
    assert alert.subject == str(entry.pk)


def test_an_alert_doesnt_repeat_what_an_effect_said_of_a_patient(known: Any) -> None:
    def broken(payload: Any, *, at: datetime) -> None:
        raise RuntimeError("Alma Demo")

    known("test.broken", attempts=1)(broken)
    defer("test.broken", key="1", payload={})
    drain()
    assert "Alma" not in Alert.objects.get().text


def test_the_log_names_the_entry_and_not_what_the_error_says(known: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(payload: Any, *, at: datetime) -> None:
        raise RuntimeError("Alma Demo")

    known("test.broken")(broken)
    defer("test.broken", key="1", payload={})
    drain()
    assert f"outbox entry {OutboxEntry.objects.get().pk} (test.broken): RuntimeError" in caplog.text
    assert "Alma" not in caplog.text


def test_work_that_takes_its_worker_down_each_time_is_parked_too(known: Any) -> None:
    known("test.killer", attempts=2)(lambda payload, *, at: None)
    defer("test.killer", key="1", payload={})
    for number in range(2):
        assert claim(effects=["test.killer"], holder=f"dead-{number}", at=clock.now()) is not None
        let_time_pass()
    assert drain().parked == 1
    assert OutboxEntry.objects.get().parked_at is not None
    assert Alert.objects.count() == 1


def test_a_leased_entry_is_left_alone_until_the_lease_runs_out(known: Any) -> None:
    done: list[int] = []
    known("test.note")(lambda payload, *, at: done.append(1))
    defer("test.note", key="1", payload={})
    assert claim(effects=["test.note"], holder="somebody else", at=clock.now()) is not None
    assert drain().done == 0
    let_time_pass()
    assert drain().done == 1
    assert done == [1]


def test_who_lost_the_lease_can_neither_begin_nor_finish_nor_give_back(known: Any) -> None:
    known("test.note")(lambda payload, *, at: None)
    defer("test.note", key="1", payload={})
    first = claim(effects=["test.note"], holder="first", at=clock.now())
    assert first is not None
    let_time_pass()
    second = claim(effects=["test.note"], holder="second", at=clock.now())
    assert second is not None
    assert (first.id, second.attempts) == (second.id, 2)
    with pytest.raises(LeaseLostError):
        hold(first)
    with pytest.raises(LeaseLostError):
        complete(first)
    assert fail(first, error="late", park=True) is False
    hold(second)
    complete(second)
    with pytest.raises(LeaseLostError):
        complete(second)


def test_an_effect_that_this_worker_doesnt_know_waits_for_one_that_does(known: Any) -> None:
    OutboxEntry.objects.create(effect="test.newer", key="1", run_after=AT)
    assert drain().done == 0
    entry = OutboxEntry.objects.get()
    assert (entry.attempts, entry.parked_at) == (0, None)


def test_a_nul_byte_in_an_error_can_be_kept() -> None:
    OutboxEntry.objects.create(effect="e", key="k", run_after=AT, leased_by="me", lease_until=AT)
    pk = OutboxEntry.objects.get().pk
    assert fail(Claim(pk, "e", "k", {}, 1, "me"), error="odd\x00error", park=False)
    assert OutboxEntry.objects.get().last_error == "odderror"


def test_parked_work_is_taken_up_again_by_whoever_handles_alerts(known: Any, site: Site) -> None:
    works: list[bool] = [False]
    done: list[int] = []

    def sometimes(payload: Any, *, at: datetime) -> None:
        if not works[0]:
            raise RuntimeError
        done.append(1)

    known("test.sometimes", attempts=1)(sometimes)
    defer("test.sometimes", key="1", payload={})
    drain()
    entry = OutboxEntry.objects.get()
    operator, manager = make_actor(site, Role.OPERATOR), make_actor(site, Role.MANAGER)
    with pytest.raises(NotAllowed):
        try_again(by=operator, entry=entry, at=clock.now())
    works[0] = True
    try_again(by=manager, entry=entry, at=clock.now())
    assert drain().done == 1
    assert done == [1]
    with pytest.raises(Refused):
        try_again(by=manager, entry=entry, at=clock.now())


def test_an_alert_is_seen_to_once_and_the_trail_says_by_whom(site: Site) -> None:
    alert = Alert.objects.create(kind="test", key="1", text="look", raised_at=AT)
    manager, physician = make_actor(site, Role.MANAGER), make_actor(site, Role.PHYSICIAN)
    with pytest.raises(NotAllowed):
        acknowledge(by=make_actor(site, Role.FRONT_DESK), alert=alert, at=AT)
    acknowledge(by=manager, alert=alert, at=AT)
    with pytest.raises(Refused):
        acknowledge(by=physician, alert=alert, at=AT)
    alert.refresh_from_db()
    assert alert.acknowledged_by == manager.user
    entries = TrailEvent.objects.filter(object_type="clinic.Alert", object_id=str(alert.pk))
    assert entries.filter(actor=manager.user).count() == 1
