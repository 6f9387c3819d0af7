"""What the commands accept, and how they say no."""

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from launch import cli
from launch.failure import SYSTEM_LACKS, Failure


def test_run_has_a_usual_port_and_loads_the_demo_unless_told_otherwise() -> None:
    options = cli.run_options([])
    assert (options.port, options.data, options.empty) == (8000, None, False)


def test_run_takes_port_data_folder_and_empty() -> None:
    options = cli.run_options(["--port", "9000", "--data", "/srv/clinic", "--empty"])
    assert (options.port, options.data, options.empty) == (9000, "/srv/clinic", True)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web", "80.0", ""])
def test_a_port_that_is_none_is_refused_in_words(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.run_options(["--port", port])
    assert stop.value.code == 2
    assert "port" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  "])
def test_a_folder_without_a_name_is_refused_in_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.run_options(["--data", name])
    assert stop.value.code == 2
    assert "the folder has no name" in capsys.readouterr().err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.run_options(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--port", "--data", "--empty", "DATABASE_URL", "REDIS_URL"))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A list whose exception `bin/run` raises."""
    raised: list[BaseException] = []

    def run(arguments: Sequence[str]) -> int:
        raise raised[0]

    monkeypatch.setitem(cli.COMMANDS, "run", run)
    monkeypatch.setattr(cli.signal, "signal", lambda signum, handler: None)
    return raised


def test_a_failure_is_one_line_with_its_log_and_exit_code(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(Failure("This machine lacks Pango.", code=SYSTEM_LACKS, log=Path("/data/log/setup.log")))
    assert cli.main(["run"]) == 3
    assert capsys.readouterr().err == "bin/run: This machine lacks Pango. Details: /data/log/setup.log\n"


def test_a_full_disk_is_one_line_too(failing: list[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing.append(OSError(errno.ENOSPC, "No space left on device", "/data/run/clinic.lock"))
    assert cli.main(["run"]) == 1
    assert capsys.readouterr().err == "bin/run: No space left on device: /data/run/clinic.lock\n"
