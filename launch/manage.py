"""`bin/manage`: manage.py on the database of a data folder, which is started for it when it doesn't run."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from launch import system
from launch.application import ADMIN, Application, environment
from launch.console import Console
from launch.database import SharedDatabase
from launch.failure import Failure
from launch.packages import Level, install
from launch.places import ROOT, Data, Project, data_folder
from launch.processes import PRIVATE
from launch.run import check_address, running_clinic

# Nothing listens there, and the answer comes at once: without a running clinic there is no worker to wake.
NO_REDIS = "redis://127.0.0.1:1/0"
DEFAULT_ADDRESS = "http://localhost:8000"
HELP = {"-h", "--help"}


def manage(arguments: Sequence[str]) -> int:
    """Run manage.py with `arguments` in front of the user; its exit code. Raises Failure."""
    project, data = Project(ROOT), data_folder(None)
    check_address("DATABASE_URL", {"postgres", "postgresql"})
    require_named_folder(data)
    data.open()
    console = Console(data.setup_log)
    system.ensure(system.needs(Level.BASE, own_redis=False), console, first_time=not project.venv.exists())
    install(project, Level.BASE, console)
    running = running_clinic(data) or {}
    elsewhere = os.environ.get("DATABASE_URL") or running.get("database")
    if wants_help(arguments):
        # Whoever asks what there is to ask gets no database made, nor a stopped one started.
        env = clinic_environment(data, None, running) | {"TMPDIR": str(data.temporary)}
        return in_foreground([str(project.python), str(ROOT / "manage.py"), *arguments], env)
    own = None if elsewhere else SharedDatabase(project, data, console)
    with own or nullcontext():
        env = clinic_environment(data, own, running)
        env["TMPDIR"] = str(data.temporary)
        if own is not None and (own.is_unprepared or not (running or data.is_prepared(project))):
            with console.step("Preparing the database"):
                data.prepared.unlink(missing_ok=True)
                Application(project, env, console).prepare(redis=False)
                data.prepared.write_text(project.migrations())
        arguments = _with_database(arguments, env.get("DATABASE_URL", "") if own is None else str(data.postgres))
        return in_foreground([str(project.python), str(ROOT / "manage.py"), *arguments], env)


def require_named_folder(data: Data) -> None:
    """Raise Failure where CLINIC_DATA names a folder that isn't there: a name that is mistyped makes no new clinic."""
    if os.environ.get("CLINIC_DATA") and not os.environ.get("DATABASE_URL") and not data.home.exists():
        raise Failure(
            f"There is no clinic in {data.home}, which CLINIC_DATA names. Look at the name again; for a new clinic run "
            f"bin/run --data {data.home} first."
        )


def wants_help(arguments: Sequence[str]) -> bool:
    """Whether `arguments` of manage.py ask only what it can do; what stands behind -- is for another program."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return not own or own[0] in {"help", "--version", "version"} or bool(HELP & set(own))


def _with_database(arguments: Sequence[str], database: str) -> list[str]:
    """Return `arguments`, those of `check` with the database among what is checked, and say which one that is.

    By itself Django's check never opens a database, and a clinic that can't reach its own would be called fine.
    """
    if not arguments or arguments[0] != "check" or "--database" in arguments or HELP & set(arguments):
        return list(arguments)
    print(f"Checking the clinic and its database: {without_password(database)}", flush=True)
    return [*arguments, "--database", "default"]


def without_password(address: str) -> str:
    """Return a database's address without the password in it; a folder as it is."""
    return re.sub(r"(?<=://)([^:/@]*):[^@/]*@", r"\1@", address)


def clinic_environment(data: Data, own: SharedDatabase | None, running: Mapping[str, str]) -> dict[str, str]:
    """The environment for one command: the database, and address and Redis of the `running` clinic if there is one."""
    redis = None if os.environ.get("REDIS_URL") else running.get("redis", NO_REDIS)
    database = own.url if own else os.environ.get("DATABASE_URL") or running.get("database")
    env = environment(data, database=database, redis=redis, address=running.get("address", DEFAULT_ADDRESS))
    if own is not None:
        # For dbshell, whose psql is the embedded one and knows no DATABASE_URL.
        env[ADMIN] = own.admin_url
        env["PGHOST"] = str(own.server.socket_folder)
        env["PATH"] = f"{env.get('PATH', os.defpath)}{os.pathsep}{own.server.bin}"
    return env


def in_foreground(command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Run a program with our input and output; its exit code. Ctrl-C is its own affair, SIGTERM is passed on."""
    process = subprocess.Popen(command, env=dict(env), cwd=cwd, umask=PRIVATE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda signum, frame: process.terminate())
    code = process.wait()
    return 128 - code if code < 0 else code
