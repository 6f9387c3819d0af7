"""What dies is started again, the later the oftener it died; and everything ends in time."""

import errno
import signal
import subprocess
import time
from pathlib import Path

import pytest

from launch import supervisor as module
from launch.processes import Known, Register, spawn, started_at
from launch.supervisor import Service, Supervisor, keep_small

GENTLE = ((signal.SIGTERM, 5.0),)


class Clinic:
    """A supervisor over small shell programs, and what it told people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.supervisor = Supervisor(Register(folder / "processes.json"), self.said.append)

    def service(
        self,
        script: str,
        *,
        name: str = "worker",
        stop: tuple[tuple[signal.Signals, float], ...] = GENTLE,
        tier: int = 0,
    ) -> Service:
        log = self.folder / f"{name}.log"

        def start() -> subprocess.Popen[bytes]:
            return spawn(["sh", "-c", script], output=log, cwd=self.folder, end_with_us=None)

        return Service(name, start, log, stop, tier)

    def wait_for(self, text: str, name: str = "worker") -> None:
        deadline = time.monotonic() + 5
        while text not in (self.folder / f"{name}.log").read_text():
            assert time.monotonic() < deadline, f"{name} never said {text}"
            time.sleep(0.02)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def test_a_killed_program_is_started_again_at_once(clinic: Clinic) -> None:
    one = clinic.supervisor.start(clinic.service("sleep 60"))
    assert one.process is not None
    first = one.process
    first.kill()
    first.wait(timeout=5)
    clinic.supervisor.check()
    clinic.supervisor.check()
    try:
        assert one.process is not first
        assert one.ended() is None
        assert clinic.said == [
            f"The worker stopped (signal SIGKILL); starting it again at once. See {clinic.folder / 'worker.log'}"
        ]
        assert [each.pid for each in clinic.supervisor.register.read()] == [one.process.pid]
    finally:
        clinic.supervisor.stop()


def test_a_full_disk_ends_nothing_and_what_runs_is_noted_once_there_is_space(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = clinic.supervisor.start(clinic.service("sleep 60"))
    assert one.process is not None
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as while_full:
        while_full.setattr(Path, "write_text", lambda *_args, **_more: (_ for _ in ()).throw(full))
        one.process.kill()
        one.process.wait(timeout=5)
        for _ in range(3):
            clinic.supervisor.check()
    try:
        told = f"{clinic.folder / 'processes.json'} can't be written: No space left on device."
        assert [line.startswith(told) for line in clinic.said] == [False, True]
        assert clinic.supervisor.register.read() == []
        clinic.supervisor.check()
        assert [each.pid for each in clinic.supervisor.register.read()] == [one.process.pid]
    finally:
        clinic.supervisor.stop()


def test_what_keeps_dying_is_left_ever_longer_pauses(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    one = clinic.supervisor.start(clinic.service("exit 3"))
    pauses = []
    for _ in range(7):
        assert one.process is not None
        one.process.wait(timeout=5)
        clinic.supervisor.check()
        assert one.again_at is not None
        pauses.append(one.again_at - now)
        now = one.again_at
        clinic.supervisor.check()
    assert pauses == [0, 1, 3, 7, 15, 30, 30]
    assert clinic.supervisor.deaths("worker") == 7
    assert "exit code 3" in clinic.said[0]
    assert one.process is not None
    one.process.wait(timeout=5)


def test_a_minute_of_health_forgives_earlier_deaths(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    one = clinic.supervisor.start(clinic.service("sleep 60"))
    one.deaths = 4
    try:
        clinic.supervisor.check()
        assert clinic.supervisor.deaths("worker") == 4
        one.since -= 61
        clinic.supervisor.check()
        assert clinic.supervisor.deaths("worker") == 0
    finally:
        clinic.supervisor.stop()


def test_a_program_that_cannot_be_started_now_is_tried_again_later(clinic: Clinic) -> None:
    one = clinic.supervisor.start(clinic.service("exit 0"))
    assert one.process is not None
    one.process.wait(timeout=5)
    (clinic.folder / "worker.log").unlink()
    (clinic.folder / "worker.log").mkdir()
    clinic.supervisor.check()
    clinic.supervisor.check()
    assert "can't be started" in clinic.said[-1]
    assert one.again_at is not None


def test_stopping_asks_first_and_kills_what_does_not_listen(clinic: Clinic) -> None:
    soon = ((signal.SIGTERM, 0.5),)
    script = "trap '{}' TERM; echo up; while :; do sleep 0.05; done"
    polite = clinic.service(script.format("echo bye; exit 0"), name="web", stop=soon)
    stubborn = clinic.service(script.format(""), stop=soon)
    processes = [clinic.supervisor.start(each).process for each in (polite, stubborn)]
    clinic.wait_for("up", "web")
    clinic.wait_for("up")
    began = time.monotonic()
    clinic.supervisor.stop()
    assert time.monotonic() - began < 3
    assert [process.poll() if process else None for process in processes] == [0, -signal.SIGKILL]
    assert "bye" in (clinic.folder / "web.log").read_text()
    assert not clinic.supervisor.register.path.exists()


def test_stopping_leaves_no_grandchild(clinic: Clinic) -> None:
    service = clinic.service("sleep 61 & echo $!; trap 'exit 0' TERM; while :; do sleep 0.05; done")
    clinic.supervisor.start(service)
    clinic.wait_for("\n")
    grandchild = int((clinic.folder / "worker.log").read_text().split()[0])
    known = Known("grandchild", grandchild, started_at(grandchild))
    assert known.runs()
    clinic.supervisor.stop()
    assert not known.runs()


def test_services_end_before_the_database_that_they_use(clinic: Clinic) -> None:
    script = "trap 'echo {0} >> order; exit 0' TERM; echo up; while :; do sleep 0.02; done"
    clinic.supervisor.start(clinic.service(script.format("database"), name="database", tier=2))
    clinic.supervisor.start(clinic.service(script.format("redis"), name="redis", tier=1))
    clinic.supervisor.start(clinic.service(script.format("web"), name="web"))
    for name in ("database", "redis", "web"):
        clinic.wait_for("up", name)
    clinic.supervisor.stop()
    assert (clinic.folder / "order").read_text().split() == ["web", "redis", "database"]


def test_a_process_taken_over_is_looked_after_and_ended(clinic: Clinic) -> None:
    service = clinic.service("sleep 60")
    process = service.start()
    clinic.supervisor.adopt(service, Known("worker", process.pid, started_at(process.pid)))
    clinic.supervisor.check()
    assert clinic.said == []
    clinic.supervisor.stop()
    assert process.wait(timeout=5) == -signal.SIGTERM


def test_a_grown_log_is_moved_aside_and_a_few_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 10)
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        for number in range(5):
            writer.write(b"%d" % number * 12)
            writer.flush()
            keep_small(log)
        writer.write(b"now")
        writer.flush()
    assert log.read_bytes() == b"now"
    kept = {path.name: path.read_bytes()[:1] for path in tmp_path.glob("web.log.*")}
    assert kept == {"web.log.1": b"4", "web.log.2": b"3", "web.log.3": b"2"}


def test_a_small_or_missing_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    keep_small(log)
    log.write_text("x")
    keep_small(log)
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]
