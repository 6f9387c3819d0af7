"""A photo that takes over the process that decodes it finds nothing there, and can't stay."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from patients.photos import decoder_pool, ingest
from patients.photos.ingest import Accepted, DecoderUnavailable, Limits, Reason, Rejected, examine
from tests.patients.photos import files

TakeOver = Callable[[str], None]
Reject = Callable[..., Rejected]
SHORT = Limits(wall_seconds=0.6)

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def children(parent: int) -> dict[int, str]:
    """The processes whose parent is `parent`, with their state."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, of = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(of) == parent:
                found[int(folder.name)] = state
    return found


def what_it_finds(rejected: Reject, take_over: TakeOver, body: str) -> str:
    """Run `body`, which sets `found`, in the place of the decoder, and return what it found."""
    take_over(f"{body}\nreturn Refused(Reason.DAMAGED, str(found)[:190])")
    refusal = rejected(files.jpeg())
    assert refusal.reason == Reason.DAMAGED, refusal
    return refusal.detail


def attempt(expression: str) -> str:
    return f"try:\n    found = {expression}\nexcept Exception as error:\n    found = repr(error)"


@pytest.mark.parametrize(
    "expression",
    [
        "open('/etc/passwd').read()",
        "open('/tmp/left-behind', 'w')",
        "socket.socket()",
        "os.pipe()",
        "os.listdir('/')",
    ],
)  # fmt: skip
def test_it_can_open_no_file_and_no_connection(rejected: Reject, taken_over: TakeOver, expression: str) -> None:
    found = what_it_finds(rejected, taken_over, attempt(expression))
    assert "Too many open files" in found  # not one more


def test_it_can_not_raise_its_limits(rejected: Reject, taken_over: TakeOver) -> None:
    for limit in ("AS", "NOFILE", "CPU", "FSIZE"):
        expression = f"resource.setrlimit(resource.RLIMIT_{limit}, (2**40, 2**40))"
        assert "Error" in what_it_finds(rejected, taken_over, attempt(expression))


def test_it_is_not_root(rejected: Reject, taken_over: TakeOver) -> None:
    assert what_it_finds(rejected, taken_over, "found = os.geteuid()") != "0"


def test_it_sees_no_secret_of_ours(rejected: Reject, taken_over: TakeOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    names = what_it_finds(rejected, taken_over, "found = sorted(os.environ)")
    assert set(json.loads(names.replace("'", '"'))) <= {
        "GLIBC_TUNABLES", "LC_ALL", "LC_CTYPE", "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "__CF_USER_TEXT_ENCODING",
    }  # fmt: skip


def test_it_has_the_photo_the_way_back_and_no_other_descriptor(rejected: Reject, taken_over: TakeOver) -> None:
    body = """
found = []
for number in range(3, 64):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
found = len(found)
"""
    assert int(what_it_finds(rejected, taken_over, body)) == 3  # and the pipe that shows it is alive


@pytest.mark.parametrize("body", ["time.sleep(60)", "while True: pass", "signal.pause()"])
def test_one_that_hangs_is_ended_in_time(rejected: Reject, taken_over: TakeOver, body: str) -> None:
    taken_over(f"signal.setitimer(signal.ITIMER_REAL, 0)\n{body}")  # it may even stop its own alarm clock
    ingest.POOL.run(os.open(os.devnull, os.O_RDONLY), SHORT, lambda: None)  # the host's own start isn't measured
    began = time.monotonic()
    assert rejected(files.jpeg(), limits=SHORT).reason == Reason.TOO_SLOW
    assert time.monotonic() - began < 1.5


def test_one_that_runs_out_of_processor_time_is_ended(rejected: Reject, taken_over: TakeOver) -> None:
    taken_over("while True: pass")
    assert rejected(files.jpeg(), limits=Limits(cpu_seconds=1)).reason == Reason.TOO_SLOW


def test_one_that_wants_too_much_memory_is_refused(rejected: Reject, taken_over: TakeOver) -> None:
    taken_over("hoard = bytearray(600 * 1024 * 1024)")
    refusal = rejected(files.jpeg())
    assert refusal.reason == Reason.TOO_MUCH_MEMORY
    assert refusal.cost.peak_rss_bytes < 512 * 1024 * 1024


@pytest.mark.parametrize(
    "body",
    [
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.kill(os.getpid(), signal.SIGABRT)",
        "os._exit(3)",
        "sys.exit(1)",
        "raise KeyError('new way')",
        "import ctypes; ctypes.string_at(0)",
    ],
)  # fmt: skip
def test_one_that_dies_is_refused(rejected: Reject, taken_over: TakeOver, body: str) -> None:
    taken_over(body)
    assert rejected(files.jpeg()).reason == Reason.DECODER_FAILED


def test_one_that_floods_is_stopped(rejected: Reject, taken_over: TakeOver) -> None:
    body = """
while True:
    for number in range(3, 16):
        try:
            os.write(number, bytes(65536))
        except OSError:
            pass
"""
    taken_over(body)
    began = time.monotonic()
    refusal = rejected(files.jpeg())
    assert (refusal.reason, refusal.detail) == (Reason.DECODER_FAILED, "flood")
    assert time.monotonic() - began < 4


def test_one_that_lies_is_not_believed(rejected: Reject, taken_over: TakeOver) -> None:
    taken_over("decoder_host.answer.write = lambda outcome: b'\\x00\\x00\\x00\\x02{}'\nreturn None")
    refusal = rejected(files.jpeg())
    assert (refusal.reason, refusal.detail) == (Reason.DECODER_FAILED, "answer")


@linux
def test_nothing_is_left_running(rejected: Reject, taken_over: TakeOver) -> None:
    body = """
if os.fork() == 0:
    time.sleep(60)
os._exit(0)
"""
    before = set(children(os.getpid()))
    taken_over(body)
    assert rejected(files.jpeg()).reason == Reason.DECODER_FAILED
    hosts = {pid: state for pid, state in children(os.getpid()).items() if pid not in before}
    assert len(hosts) == 1
    assert "Z" not in hosts.values()
    assert not children(next(iter(hosts)))
    sleepers = [
        folder.name
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and b"os.fork() == 0" in _command_line(folder) and int(folder.name) not in hosts
    ]
    assert not sleepers
    ingest.POOL.close()
    assert set(children(os.getpid())) == before


def _command_line(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_after_a_bad_photo_the_next_is_decoded(tmp_path: Path, taken_over: TakeOver) -> None:
    taken_over(
        "if b'Test Camera' in data:\n    os.kill(os.getpid(), signal.SIGSEGV)\nreturn Refused(Reason.EMPTY, 'ok')"
    )
    path = tmp_path / "photo"
    reasons = []
    for data in (files.jpeg(), files.jpeg(exif=b""), files.jpeg(), files.jpeg(exif=b"")):
        path.write_bytes(data)
        outcome = examine(path)
        assert isinstance(outcome, Rejected)
        reasons.append(outcome.reason)
    assert reasons == [Reason.DECODER_FAILED, Reason.EMPTY] * 2


def test_threads_decode_side_by_side(tmp_path: Path) -> None:
    path, outcomes = tmp_path / "photo", []
    path.write_bytes(files.jpeg(files.picture(1200, 900)))
    threads = [threading.Thread(target=lambda: outcomes.append(examine(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 4


def test_a_host_that_was_killed_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = decoder_pool.DecoderPool()
    monkeypatch.setattr(ingest, "POOL", pool)
    path = tmp_path / "photo"
    path.write_bytes(files.jpeg())
    assert isinstance(examine(path), Accepted)
    (host,) = pool._idle
    host.process.kill()
    host.process.wait()
    assert isinstance(examine(path), Accepted)
    pool.close()


def test_a_decoder_that_can_not_start_is_not_the_photos_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "POOL", decoder_pool.DecoderPool())
    monkeypatch.setattr(decoder_pool, "PROGRAM", "raise SystemExit('no Pillow here')")
    path = tmp_path / "photo"
    path.write_bytes(files.jpeg())
    with pytest.raises(DecoderUnavailable, match="no Pillow here"):
        examine(path)


@linux
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
def test_hosts_end_with_the_process_that_started_them(tmp_path: Path, way: signal.Signals) -> None:
    path = tmp_path / "photo"
    path.write_bytes(files.jpeg())
    script = (
        "import sys, time; from pathlib import Path\n"
        "from patients.photos import ingest\n"
        f"ingest.examine(Path({str(path)!r}))\n"
        "print(ingest.POOL._idle[0].process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        host = int(worker.stdout.readline())
        worker.send_signal(way)
        worker.wait(10)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{host}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{host}").exists()


def test_a_forked_worker_starts_hosts_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(files.jpeg())
    script = (
        "import os; from pathlib import Path\n"
        "from patients.photos import ingest\n"
        f"path = Path({str(path)!r})\n"
        "ingest.examine(path); mine = ingest.POOL._idle[0].process.pid\n"
        "child = os.fork()\n"
        "assert bool(ingest.POOL._idle) == bool(child)\n"
        "assert type(ingest.examine(path)).__name__ == 'Accepted'\n"
        "assert (ingest.POOL._idle[0].process.pid == mine) == bool(child)\n"
        "if child: raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=settings.BASE_DIR,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
