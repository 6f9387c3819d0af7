"""A clinic that is stopped in the middle of its work: where its record trail ended is noted outside the database."""

import os
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, transaction

from clinic.accounts.models import Site
from clinic.outbox.health import heartbeat
from clinic.outbox.models import Heartbeat
from clinic.outbox.services import defer
from clinic.trail.models import Action, ChainHead
from clinic.trail.unit import record, unit_of_work
from launch import services
from launch.places import ROOT, Data, Project
from launch.processes import Register
from launch.supervisor import Supervisor
from tests.factories import make_actor, make_site
from tests.faults.conftest import Stack, done_keys, owe, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.slow]
START_S = 60.0
#: Everything is gone by then, however busy it was.
STOP_S = 10.0


@unit_of_work
def entry_of(site: Site) -> None:
    by = make_actor(site)
    record(by=by, action=Action.READ, subject=site)


def newest_checkpoint(folder: Path) -> str:
    """Return the text of the newest checkpoint below `folder`, "" when there is none."""
    files = sorted(folder.rglob("*.txt"))
    return files[-1].read_text(encoding="utf-8") if files else ""


def end_of(site: Site) -> str:
    """Return how a checkpoint says where the site's chain ends now."""
    head = ChainHead.objects.get(site=site)
    return f"\nsite: {site.pk}\nepoch: {head.epoch}\nseq: {head.seq}\nhash: {head.hash}\n"


def test_a_stop_in_the_middle_of_slow_work_leaves_a_checkpoint_of_the_last_entry(stack: Stack, tmp_path: Path) -> None:
    begun, hold = tmp_path / "begun", tmp_path / "hold"
    hold.touch()
    project, data = Project(ROOT), Data(tmp_path)
    clinic = Supervisor(Register(tmp_path / "processes.json"), print)
    worker = clinic.start(replace(services.worker(project, data, {}), start=lambda: stack.worker(processes=1)))
    clinic.start(replace(services.beat(project, data, {}), start=stack.beat))
    owe("fault.slow", "slow", begun=str(begun), hold=str(hold))
    wait_for(begun.exists, within_s=START_S, why="the effect has begun")
    wait_for(Heartbeat.objects.filter(name=Heartbeat.Name.BEAT).exists, within_s=START_S, why="beat lives")
    site = make_site("N")
    entry_of(site)
    asked = time.monotonic()
    clinic.stop()
    assert time.monotonic() - asked < STOP_S
    assert worker.process is not None
    assert worker.process.returncode < 0, "the worker was at its work to the end"
    assert end_of(site) in newest_checkpoint(tmp_path / "checkpoints")
    assert end_of(site) in newest_checkpoint(tmp_path / "elsewhere")


def test_a_worker_alone_begins_no_other_work_and_writes_one_after_what_it_is_at(stack: Stack, tmp_path: Path) -> None:
    begun, hold = tmp_path / "begun", tmp_path / "hold"
    hold.touch()
    worker = stack.worker(processes=1)
    owe("fault.slow", "slow", begun=str(begun), hold=str(hold))
    wait_for(begun.exists, within_s=START_S, why="the effect has begun")
    owe("fault.quick", "next")
    site = make_site("N")
    entry_of(site)
    os.kill(worker.pid, signal.SIGTERM)
    threading.Timer(0.5, hold.unlink).start()
    assert worker.wait(timeout=STOP_S) == 0
    assert done_keys() == ["slow"], "what it was at is done, and nothing else was begun"
    assert end_of(site) in newest_checkpoint(tmp_path / "checkpoints")


def test_beat_writes_one_though_it_is_stopped_in_the_middle_of_a_statement(stack: Stack, tmp_path: Path) -> None:
    site = make_site("N")
    entry_of(site)
    heartbeat(Heartbeat.Name.BEAT)

    def beat_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            return cursor.fetchone() is not None

    with transaction.atomic():
        Heartbeat.objects.select_for_update().get(name=Heartbeat.Name.BEAT)
        beat = stack.beat()
        wait_for(beat_waits, within_s=START_S, why="beat gives a sign of life")
        os.kill(beat.pid, signal.SIGTERM)
        assert beat.wait(timeout=STOP_S) == 0
    assert end_of(site) in newest_checkpoint(tmp_path / "checkpoints")


def test_a_bucket_that_never_answers_takes_no_checkpoint_from_a_stop(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, data = Project(ROOT), Data(tmp_path)
    clinic = Supervisor(Register(tmp_path / "processes.json"), print)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as silent:
        for name, value in {
            "CLINIC_CHECKPOINT_BUCKET": "trail",
            "CLINIC_S3_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "here",
        }.items():
            monkeypatch.setenv(name, value)
        clinic.start(replace(services.worker(project, data, {}), start=lambda: stack.worker(processes=1)))
        clinic.start(replace(services.beat(project, data, {}), start=stack.beat))
        for name in (Heartbeat.Name.WORKER, Heartbeat.Name.BEAT):
            wait_for(Heartbeat.objects.filter(name=name).exists, within_s=START_S, why=f"{name} lives")
        site = make_site("N")
        entry_of(site)
        defer_checkpoint()
        asked = time.monotonic()
        clinic.stop()
        assert time.monotonic() - asked < STOP_S
    assert end_of(site) in newest_checkpoint(tmp_path / "checkpoints")
    assert end_of(site) in newest_checkpoint(tmp_path / "elsewhere")


def defer_checkpoint() -> None:
    """Let the worker be at a checkpoint by the clock when it is stopped."""
    with transaction.atomic():
        defer("clinic.checkpoint", key="now", payload={})
