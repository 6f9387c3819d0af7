"""Letting another user reach a path: PostgreSQL doesn't run as root, and root's own folders are closed to it."""

import os
import stat
from pathlib import Path

from launch.console import Console
from launch.failure import Failure
from launch.processes import Command, run_as

PASS_THROUGH = stat.S_IXOTH
READ = stat.S_IROTH


def let_through(path: Path, user: str, console: Console) -> None:
    """Make `path` reachable for `user` where it isn't: others may then pass through the folders above, not list them.

    A program's own installation (the folder two above it) is made readable as well, for a strict umask closes it.
    Says which folders were opened; raises Failure when that doesn't help.
    """
    if _reaches(path, user):
        return
    opened = [folder for folder in reversed(path.resolve().parents) if _open(folder, PASS_THROUGH)]
    if path.is_dir():
        opened += [path] if _open(path, PASS_THROUGH) else []
    elif not _reaches(path, user):
        _open_installation(path.resolve().parent.parent)
    if opened:
        names = ", ".join(str(folder) for folder in opened)
        console.say(f"  Let other users pass through {names}: PostgreSQL runs as the user {user}.")
    if not _reaches(path, user):
        raise Failure(
            f"The user {user}, as whom PostgreSQL runs, can't reach {path}: put the project or its data "
            "(--data DIR) into a folder that others may enter, such as /srv."
        )


def _reaches(path: Path, user: str) -> bool:
    """Whether `user` can enter a folder, or run a program."""
    command: Command = ["/bin/sh", "-c", 'cd "$1"', "sh", path] if path.is_dir() else [path, "--version"]
    try:
        return run_as(command, user=user, cwd=Path("/")).returncode == 0
    except PermissionError:
        return False


def _open(path: Path, bits: int) -> bool:
    """Add permission bits where they are missing; whether any were."""
    mode = path.stat().st_mode
    if mode & bits == bits:
        return False
    path.chmod(stat.S_IMODE(mode) | bits)
    return True


def _open_installation(home: Path) -> None:
    for folder, _, files in os.walk(home):
        _open(Path(folder), PASS_THROUGH | READ)
        for name in files:
            file = Path(folder) / name
            if not file.is_symlink():
                _open(file, READ | (PASS_THROUGH if file.stat().st_mode & stat.S_IXUSR else 0))
