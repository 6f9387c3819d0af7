"""The commands find a Python that works, whatever stands in its way on PATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launch.places import ROOT


class Machine:
    """A checkout without an environment, on a machine whose PATH holds what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bin"
        self.checkout = folder / "checkout"
        self.path.mkdir()
        for part in ("bin", "launch"):
            (self.checkout / part).mkdir(parents=True)
        (self.checkout / "bin" / "run").write_text((ROOT / "bin" / "run").read_text())
        (self.checkout / "launch" / "python.sh").write_text((ROOT / "launch" / "python.sh").read_text())
        (self.checkout / "launch" / "__main__.py").write_text("import sys; print('by', sys.executable, sys.argv[1:])")
        for tool in ("sh", "dirname", "readlink", "cat"):
            self.link(tool, self._which(tool))

    def _which(self, tool: str) -> str:
        return next(f"{folder}/{tool}" for folder in ("/bin", "/usr/bin") if Path(folder, tool).exists())

    def link(self, name: str, target: str) -> None:
        (self.path / name).symlink_to(target)

    def script(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self._which('sh')}\n{body}\n")
        path.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.path), "HOME": str(self.checkout.parent)}
        command = [str(self.path / "sh"), str(self.checkout / "bin" / "run"), *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=env, cwd="/")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def real_python() -> str:
    return os.path.realpath(sys.executable)


def test_a_shim_that_leads_nowhere_is_passed_over(machine: Machine) -> None:
    machine.script(machine.path / "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    machine.link("python3", real_python())
    done = machine.run("--port", "9000")
    assert done.returncode == 0
    assert done.stdout.startswith("by ")
    assert "['run', '--port', '9000']" in done.stdout
    assert done.stderr == ""


def test_an_older_python_is_passed_over(machine: Machine) -> None:
    machine.script(machine.path / "python3.13", "exit 1")
    pyenv = machine.checkout.parent / ".pyenv" / "versions" / "3.13.0" / "bin" / "python"
    machine.script(pyenv, f'exec "{real_python()}" "$@"')
    assert machine.run().returncode == 0


def test_the_environments_own_python_goes_first(machine: Machine) -> None:
    machine.script(machine.path / "python3.14", "echo wrong >&2; exit 1")
    own = machine.checkout / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.symlink_to(real_python())
    (machine.checkout / ".venv" / "pyvenv.cfg").write_text(f"home = {Path(real_python()).parent}\n")
    assert f"by {own}" in machine.run().stdout


def test_uv_is_asked_when_no_python_is_on_the_path(machine: Machine) -> None:
    body = f'case "$1" in --version) echo uv 0;; python) [ "$2" = find ] && echo "{real_python()}";; esac'
    machine.script(machine.path / "uv", body)
    assert machine.run().returncode == 0


def test_uv_fetches_one_when_there_is_none(machine: Machine) -> None:
    marker = machine.checkout.parent / "fetched"
    machine.script(
        machine.path / "uv",
        f"""case "$1 $2" in
        "--version ") echo uv 0;;
        "python install") : > "{marker}";;
        "python find") [ -e "{marker}" ] && echo "{real_python()}";;
        esac""",
    )
    done = machine.run()
    assert done.returncode == 0
    assert "Fetching Python 3.13" in done.stderr


def test_without_any_it_says_how_to_get_one(machine: Machine) -> None:
    machine.script(machine.path / "uv", "exit 1")
    done = machine.run()
    assert done.returncode == 3
    assert "needs Python 3.12 or later" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr
    assert "brew install" in done.stderr
