"""Redis lost, workers killed, beats doubled: what is owed is done, once, and the pages never wait for it."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from clinic import clock
from clinic.outbox import wake as wake_module
from clinic.outbox.health import health
from clinic.outbox.models import Alert, DueTick, OutboxEntry
from tests.faults.conftest import (
    RedisServer,
    Stack,
    done_keys,
    free_port,
    let_leases_run_out,
    open_entries,
    owe,
    point_wake_at,
    wait_for,
)

pytestmark = [pytest.mark.fault, pytest.mark.slow]
#: Starting Celery on a small, busy machine.
START_S = 60.0


def all_done() -> bool:
    """Whether nothing is owed any more."""
    return open_entries() == 0


@pytest.fixture
def tar_pit() -> Iterator[str]:
    """The address of something that takes a connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_a_commit_waits_less_than_a_second_for_a_lost_redis_and_the_next_not_at_all(
    kind: str, tar_pit: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_wake_at(monkeypatch, tar_pit if kind == "silent" else f"redis://127.0.0.1:{free_port()}/0")
    owe("fault.quick", "warm-up")
    monkeypatch.setattr(wake_module, "_quiet_until", 0.0)
    caplog.clear()
    times = []
    for number in range(5):
        begun = time.monotonic()
        owe("fault.quick", str(number))
        times.append(time.monotonic() - begun)
    assert times[0] < 1.0
    assert max(times[1:]) < 0.2
    assert OutboxEntry.objects.count() == 6
    assert caplog.text.count("no worker could be woken") == 1


def test_work_deferred_while_redis_was_away_is_done_once_it_is_back(stack: Stack, redis: RedisServer) -> None:
    redis.kill()
    owe("fault.quick", *[f"{number:02}" for number in range(20)])
    redis.start()
    stack.worker()
    stack.beat()
    wait_for(all_done, within_s=START_S + 15, why="the work is done")
    assert done_keys() == [f"{number:02}" for number in range(20)]


def test_a_commit_wakes_the_worker_without_any_beat(stack: Stack) -> None:
    stack.worker()
    owe("fault.quick", "first")
    wait_for(all_done, within_s=START_S, why="the first work is done")
    begun = time.monotonic()
    owe("fault.quick", "second")
    wait_for(all_done, within_s=10, why="the second work is done")
    assert time.monotonic() - begun < 5, "beat would have come later than this"


def test_a_flushed_redis_loses_nothing(stack: Stack, redis: RedisServer) -> None:
    stack.worker()
    stack.beat()
    owe("fault.quick", "before")
    wait_for(all_done, within_s=START_S, why="the stack works")
    for round_number in range(3):
        owe("fault.quick", f"flushed-{round_number}")
        assert redis.ask(b"FLUSHALL") == b"+OK"
    wait_for(all_done, within_s=30, why="the work is done after the flush")
    assert done_keys() == ["before", "flushed-0", "flushed-1", "flushed-2"]


def test_redis_killed_under_worker_and_beat_three_times(stack: Stack, redis: RedisServer) -> None:
    worker, beat = stack.worker(), stack.beat()
    owe("fault.quick", "before")
    wait_for(all_done, within_s=START_S, why="the stack works")
    for round_number in range(3):
        redis.kill()
        owe("fault.quick", f"away-{round_number}")
        time.sleep(2)
        redis.start()

        def supervised() -> bool:
            # Celery's worker can die when Redis does: whoever supervises it starts it anew.
            nonlocal worker
            if worker.poll() is not None:
                worker = stack.worker()
            return all_done()

        wait_for(supervised, within_s=START_S + 60, why="the work is done after Redis came back")
    assert beat.poll() is None, "beat lives on"
    assert done_keys() == ["away-0", "away-1", "away-2", "before"]


def test_beat_gives_signs_of_life_without_redis(stack: Stack, redis: RedisServer) -> None:
    stack.beat()
    wait_for(lambda: health()["beat"], within_s=START_S, why="beat lives")
    redis.kill()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_heartbeat SET at = at - interval '1 hour'")
    assert health()["beat"] is False
    wait_for(lambda: health()["beat"], within_s=30, why="beat lives without Redis")


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done_and_the_next_does_it_once(
    stack: Stack, tmp_path: Path
) -> None:
    begun, hold = tmp_path / "begun", tmp_path / "hold"
    hold.touch()
    worker = stack.worker(processes=1)
    owe("fault.slow", "slow", begun=str(begun), hold=str(hold))
    wait_for(begun.exists, within_s=START_S, why="the effect has begun")
    stack.kill(worker)
    assert done_keys() == [], "what was not committed is not there"
    time.sleep(4)
    entry = OutboxEntry.objects.get()
    assert (entry.attempts, entry.done_at) == (1, None)
    assert entry.lease_until is not None
    hold.unlink()
    let_leases_run_out()
    stack.worker(processes=1)
    stack.beat()
    wait_for(all_done, within_s=START_S + 15, why="another worker has done it")
    assert done_keys() == ["slow"]
    assert OutboxEntry.objects.get().attempts == 2


def test_a_slow_but_living_worker_keeps_its_work_though_its_lease_ran_out(stack: Stack, tmp_path: Path) -> None:
    begun, hold = tmp_path / "begun", tmp_path / "hold"
    hold.touch()
    stack.worker(processes=1)
    owe("fault.slow", "slow", begun=str(begun), hold=str(hold))
    wait_for(begun.exists, within_s=START_S, why="the effect has begun")
    pid = begun.read_text()
    with connection.cursor() as cursor:
        # The living worker holds the row; only a time far ahead on the clock can show that it isn't handed on.
        cursor.execute("SELECT id FROM clinic_outboxentry FOR UPDATE SKIP LOCKED")
        assert cursor.fetchall() == []
    stack.worker(processes=1)
    owe("fault.quick", "meanwhile")
    wait_for(lambda: done_keys() == ["meanwhile"], within_s=START_S, why="the second worker works")
    assert begun.read_text() == pid
    hold.unlink()
    wait_for(all_done, within_s=15, why="the slow work is done")
    assert done_keys() == ["meanwhile", "slow"]


def test_two_workers_with_four_processes_do_each_of_300_once(stack: Stack) -> None:
    owe("fault.quick", *[f"{number:03}" for number in range(300)])
    stack.worker()
    stack.worker()
    stack.beat()
    wait_for(all_done, within_s=START_S + 60, why="all work is done")
    assert done_keys() == [f"{number:03}" for number in range(300)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM fault_log")
        assert cursor.fetchone()[0] > 1, "more than one process took part"


def test_work_that_crashes_its_worker_each_time_is_parked_and_others_go_on(stack: Stack) -> None:
    stack.worker(processes=2)
    stack.beat()
    owe("fault.deadly", "deadly")
    owe("fault.quick", "other")

    def parked() -> bool:
        let_leases_run_out()
        return OutboxEntry.objects.filter(effect="fault.deadly", parked_at__isnull=False).exists()

    wait_for(parked, within_s=START_S + 60, why="the deadly work is parked")
    wait_for(all_done, within_s=30, why="the other work is done")
    assert done_keys() == ["other"], "nothing of the deadly work was kept"
    assert Alert.objects.get().kind == "outbox.parked"
    assert OutboxEntry.objects.get(effect="fault.deadly").attempts == 3


def test_two_beats_write_each_tick_once_and_its_work_is_done(stack: Stack) -> None:
    stack.worker()
    stack.beat()
    stack.beat()

    def ticked() -> bool:
        return DueTick.objects.filter(name="clinic.clear_sign_ins").exists() and all_done()

    wait_for(ticked, within_s=START_S + 30, why="the tick is written and done")
    time.sleep(12)
    assert DueTick.objects.filter(name="clinic.clear_sign_ins").count() == 1
    assert OutboxEntry.objects.filter(effect="clinic.clear_sign_ins", done_at__isnull=False).count() == 1
    assert clock.now() >= DueTick.objects.get(name="clinic.clear_sign_ins").due_at


def test_a_worker_asked_to_stop_in_the_middle_of_much_work_stops_within_ten_seconds(stack: Stack) -> None:
    worker = stack.worker()
    owe("fault.quick", *[f"{number:04}" for number in range(3000)])
    wait_for(lambda: len(done_keys()) > 10, within_s=START_S, why="the work goes on")
    begun = time.monotonic()
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(timeout=20)
    assert time.monotonic() - begun < 10
    keys = done_keys()
    assert len(keys) == len(set(keys)) == OutboxEntry.objects.filter(done_at__isnull=False).count()


def test_health_tells_the_truth_about_the_stack(
    stack: Stack, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinic.outbox import health as health_module

    monkeypatch.setattr(health_module, "_redis_answers", lambda: redis.ask(b"PING") == b"+PONG")
    assert health()["ok"] is False
    worker = stack.worker()
    stack.beat()
    wait_for(lambda: health()["ok"], within_s=START_S, why="all is well")
    stack.kill(worker)
    wait_for(lambda: not health()["ok"], within_s=45, why="the lost worker is noticed")
    assert health()["worker"] is False
    assert health()["beat"] is True
    stack.worker()
    wait_for(lambda: health()["ok"], within_s=START_S, why="all is well again")
