"""A demo that can't be loaded is told in one message, with what to do."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from launch.failure import Failure
from launch.run import Clinic


class Application:
    """Runs a command that fails as `seed_demo` does."""

    def __init__(self, says: str) -> None:
        self.says = says

    def show(self, *arguments: str, errors: IO[bytes] | None = None) -> int:
        """Say it where errors go."""
        return subprocess.run(["sh", "-c", f"echo '{self.says}' >&2; exit 1"], stderr=errors, check=False).returncode


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("CommandError: The demo clinic is in the way.", "The demo clinic is in the way."),
        ("OSError: No space left on device", "the disk is full (no space left on device)."),
    ],
)
def test_it_is_one_message(tmp_path: Path, capfd: pytest.CaptureFixture[str], says: str, told: str) -> None:
    log = tmp_path / "setup.log"
    clinic: Any = Clinic.__new__(Clinic)
    clinic.data = SimpleNamespace(state=tmp_path, setup_log=log)
    clinic.console = SimpleNamespace(say=lambda line: None, log=log)
    with pytest.raises(Failure) as failure:
        clinic._load_demo(Application(says))
    assert str(failure.value) == f"Loading the demo clinic failed: {told} Run bin/run again. Details: {log}"
    assert capfd.readouterr().err == ""
    assert says in log.read_text()
