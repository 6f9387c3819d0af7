"""What comes first of what is due, and that nothing waits for ever."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents import registry as documents_registry
from clinic.documents.services import seal
from clinic.outbox import drain as drain_module
from clinic.outbox.claims import claim
from clinic.outbox.drain import TURN_OF_THE_OLDEST, drain
from clinic.outbox.models import OutboxEntry
from clinic.outbox.priorities import Priority
from clinic.outbox.registry import effect_named, ticks
from clinic.outbox.services import defer
from clinic.outbox.ticks import write_due_ticks
from clinic.trail.unit import unit_of_work
from tests.factories import make_actor

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_first_claim_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_module, "_claims", count(1))


@pytest.fixture
def done(known: Any) -> list[str]:
    """What was done, in its order, by effects of each priority."""
    seen: list[str] = []
    for priority in Priority:
        known(f"test.{priority.name.lower()}", priority=priority)(lambda payload, *, at: seen.append(payload["n"]))
    return seen


def owe(name: str, number: str, *, minutes: int = 0) -> None:
    defer(f"test.{name}", key=number, payload={"n": number}, run_after=AT + timedelta(minutes=minutes))


def work(*, most: int) -> None:
    """Do what is due, until so much of it is done."""
    with clock.moved_to(AT + timedelta(days=1)):
        for _number in range(most):
            oldest = next(drain_module._claims) % TURN_OF_THE_OLDEST == 0
            claimed = claim(effects=drain_module.effect_names(), holder=f"h{_number}", at=clock.now(), oldest=oldest)
            if claimed is None:
                return
            drain_module._work_on(claimed, effect_named(claimed.effect), drain_module.Tally())


def test_a_checkpoint_and_what_somebody_waits_for_come_before_a_backlog(done: list[str]) -> None:
    for number in range(50):
        owe("usual", f"pdf {number}")
    owe("awaited", "blank", minutes=5)
    owe("first", "checkpoint", minutes=9)
    work(most=3)
    assert done == ["checkpoint", "blank", "pdf 0"]


def test_of_the_same_priority_the_oldest_comes_first(done: list[str]) -> None:
    owe("awaited", "second", minutes=2)
    owe("awaited", "first", minutes=1)
    work(most=2)
    assert done == ["first", "second"]


def test_work_of_the_first_priority_is_not_done_before_its_time(done: list[str]) -> None:
    owe("first", "later", minutes=2)
    owe("usual", "now")
    with clock.moved_to(AT):
        assert drain().done == 1
    assert done == ["now"]


def test_a_stream_that_comes_first_does_not_starve_the_rest(done: list[str]) -> None:
    for number in range(3):
        owe("usual", f"pdf {number}")
    for number in range(40):
        owe("first", f"urgent {number}", minutes=1)
    work(most=12)
    assert [done.index(f"pdf {number}") for number in range(3)] == [3, 7, 11]


def test_whoever_defers_may_say_another_priority(known: Any) -> None:
    known("test.note")(lambda payload, *, at: None)
    defer("test.note", key="1", payload={})
    defer("test.note", key="2", payload={}, priority=Priority.AWAITED)
    assert list(OutboxEntry.objects.order_by("key").values_list("priority", flat=True)) == [
        Priority.USUAL, Priority.AWAITED,
    ]  # fmt: skip


def test_a_checkpoint_comes_first(site: Site) -> None:
    assert {tick.name for tick in ticks() if effect_named(tick.name).priority == Priority.FIRST} == {
        "clinic.checkpoint"
    }
    write_due_ticks(at=AT)
    assert OutboxEntry.objects.get(effect="clinic.checkpoint").priority == Priority.FIRST


def test_blanks_and_labels_are_waited_for(site: Site) -> None:
    awaited = {kind.name for kind in documents_registry.kinds() if kind.awaited}
    assert {"label", "paper_checklist"} <= awaited
    assert not {"treatment_session", "photo_set", "trail_extract"} & awaited
    by = make_actor(site, Role.MANAGER)

    @unit_of_work
    def sealed(kind: str) -> None:
        seal(by=by, kind=kind, subject=site, content={"sections": []}, at=AT)

    for kind in ("trail_extract", "paper_checklist"):
        sealed(kind)
    assert list(OutboxEntry.objects.order_by("id").values_list("priority", flat=True)) == [
        Priority.USUAL, Priority.AWAITED,
    ]  # fmt: skip


def test_a_priority_that_nobody_knows_is_refused(done: list[str]) -> None:
    owe("usual", "1")
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxEntry.objects.update(priority=9)


@pytest.mark.parametrize(("order", "index"), [
    ("priority, run_after, id", "outbox_first"), ("run_after, id", "outbox_undone"),
])  # fmt: skip
def test_a_claim_follows_an_index(known: Any, order: str, index: str) -> None:
    from clinic.outbox import claims

    known("test.note")(lambda payload, *, at: None)
    OutboxEntry.objects.bulk_create(
        OutboxEntry(
            effect="test.note", key=str(number), run_after=AT, priority=number % 3, done_at=AT if number % 4 else None
        )
        for number in range(4_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clinic_outboxentry")
        statement = claims._FIRST if index == "outbox_first" else claims._OLDEST
        assert f"ORDER BY {order}" in statement
        cursor.execute(f"EXPLAIN {statement}", {"effects": ["test.note"], "at": AT, "lease_s": 30, "holder": "x"})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan
    assert "Sort" not in plan
