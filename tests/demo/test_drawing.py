"""The process that draws the demo's pictures: the same pictures, and nothing left when who asked for them is gone."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from demo import drawing
from demo.drawing import Drawing, drawn
from patients.photos.drawn import draw_scalp

SECONDS = 20
ASKED = [
    Drawing(
        view=view, stage="norwood III", density=0.5, seed=3, width=160, height=120,
        captured_at=datetime(2026, 5, 4, 9, tzinfo=UTC), camera="Station 1",
    )
    for view in ("top", "vertex")
]  # fmt: skip
ASKS_AND_WAITS = """
import time
from multiprocessing import active_children
from tests.demo.test_drawing import ASKED
from demo.drawing import drawn
if __name__ == "__main__":
    next(drawn(ASKED))
    print(active_children()[0].pid, flush=True)
    time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Tell whether a process ends within some seconds."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_the_pictures_are_those_that_are_asked_for_in_their_order() -> None:
    assert list(drawn(ASKED)) == [draw_scalp(**asdict(wanted)) for wanted in ASKED]


def test_a_program_that_ended_is_said_and_nothing_waits_for_it() -> None:
    drawing._artist.cache_clear()
    before = set(active_children())
    pictures = drawn(ASKED * 3)
    next(pictures)
    (artist,) = set(active_children()) - before
    assert artist.pid
    os.kill(artist.pid, signal.SIGKILL)
    try:
        with pytest.raises(OSError, match="draws the demo's pictures has ended"):
            list(pictures)
    finally:
        drawing._artist.cache_clear()


def test_it_ends_with_who_asked_even_when_that_is_killed() -> None:
    asking = subprocess.Popen([sys.executable, "-c", ASKS_AND_WAITS], stdout=subprocess.PIPE, text=True)
    try:
        assert asking.stdout
        pid = int(asking.stdout.readline())
    finally:
        asking.kill()
        asking.communicate()
    assert gone(pid)
