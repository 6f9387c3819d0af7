"""What the launcher asks of the clinic's own code, always by starting `manage.py` in the clinic's environment."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from launch.console import Console
from launch.packages import STAMP
from launch.places import Data, Project
from launch.processes import PRIVATE, Command
from launch.system import library_path

#: The address of who may change the schema; `manage.py` takes it for the commands that do.
ADMIN = "CLINIC_ADMIN_DATABASE_URL"
STATIC_FOLDERS = ("static", "*/static")


def environment(
    data: Data, *, database: str | None, redis: str | None, address: str, base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment of every program of a clinic, on top of `base`; None for a service leaves what is set already."""
    env = {**base, **library_path(), "CLINIC_DATA": str(data.home), "PYTHONUNBUFFERED": "1"}
    # Compiled modules make the next start several times faster.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env.setdefault("CLINIC_BASE_URL", address)
    if database is not None:
        env["DATABASE_URL"] = database
    if redis is not None:
        env["REDIS_URL"] = redis
    return env


class Application:
    """The clinic's code, run in `env`."""

    def __init__(self, project: Project, env: Mapping[str, str], console: Console) -> None:
        self.project = project
        self.env = env
        self.console = console

    def manage(self, *arguments: str, what: str) -> str:
        """Run a command of manage.py, its output into the log, and return that output. Raises Failure."""
        command: Command = [self.project.python, "manage.py", *arguments]
        return self.console.run(command, what=what, env=self.env, cwd=self.project.root)

    def prepare(self, *, redis: bool = True) -> int:
        """Bring the database up to date, and with `redis` see that it answers; how many people have an account.

        What it has to say about the record trail is shown.
        """
        options = [] if redis else ["--without-redis"]
        output = self.manage("prepare", *options, what="Preparing the database")
        found = json.loads(output.splitlines()[-1])
        for sentence in found["said"]:
            self.console.say(f"  {sentence}")
        return int(found["users"])

    def collect_static(self) -> None:
        """Gather style sheets, scripts and fonts for the web server, when any has changed.

        Older ones stay: a clinic that runs in this checkout goes on serving them.
        """
        built = self.project.root / "static_build"
        stamp = built / STAMP
        now = static_hash(self.project)
        if stamp.exists() and stamp.read_text() == now:
            return
        with self.console.step("Gathering style sheets and scripts"):
            self.manage("collectstatic", "--noinput", "-v0", what="Gathering style sheets and scripts")
            stamp.write_text(now)

    def show(self, *arguments: str, errors: IO[bytes] | None = None, alone: bool = False) -> int:
        """Run a command of manage.py in front of people, with our own input and output; its exit code.

        What it says of errors goes to `errors`, else to ours. `alone` keeps the keys of Ctrl-C from it: they are ours.
        """
        command = [str(self.project.python), "manage.py", *arguments]
        sys.stdout.flush()
        process = subprocess.Popen(
            command, env=dict(self.env), cwd=self.project.root, umask=PRIVATE, stderr=errors,
            process_group=0 if alone else None,
        )  # fmt: skip
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            process.wait(timeout=10)
            raise


def static_hash(project: Project) -> str:
    """A hash that changes when a static file of ours, or an installed front-end package, does."""
    digest = hashlib.sha256()
    for path in sorted(_static_sources(project)):
        status = path.stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_sources(project: Project) -> Iterator[Path]:
    yield project.root / "clinic" / "settings.py"
    yield project.root / "package-lock.json"
    yield project.root / "requirements" / "base.txt"
    for pattern in STATIC_FOLDERS:
        for folder in project.root.glob(pattern):
            if not folder.is_relative_to(project.node_modules):
                yield from (path for path in folder.rglob("*") if path.is_file())
