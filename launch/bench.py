"""`bin/bench`: measures speed on a database server, the embedded one unless DATABASE_URL names another."""

import os
from collections.abc import Sequence
from contextlib import nullcontext

from launch import system
from launch.console import Console
from launch.database import SharedDatabase
from launch.manage import HELP, clinic_environment, in_foreground
from launch.packages import Level, install
from launch.places import ROOT, Project, data_folder
from launch.run import check_address, running_clinic


def bench(arguments: Sequence[str]) -> int:
    """Run `python -m bench` with `arguments` in front of the user; its exit code. Raises Failure.

    It makes a database of its own beside the clinic's and drops it; the clinic's isn't touched.
    """
    project, data = Project(ROOT), data_folder(None)
    data.open()
    check_address("DATABASE_URL", {"postgres", "postgresql"})
    data.require_space()
    console = Console(data.setup_log)
    system.ensure(system.needs(Level.BASE, own_redis=False), console, first_time=not project.venv.exists())
    install(project, Level.BASE, console)
    command = [str(project.python), "-m", "bench"]
    if HELP & set(arguments):  # whoever asks what there is to measure gets no database made
        return in_foreground([*command, *arguments], dict(os.environ), cwd=ROOT)
    running = running_clinic(data) or {}
    elsewhere = os.environ.get("DATABASE_URL") or running.get("database")
    own = None if elsewhere else SharedDatabase(project, data, console)
    with own or nullcontext():
        env = clinic_environment(data, own, running)
        if own is not None:  # it makes a database, which the application can't
            env["DATABASE_URL"] = own.admin_url
        return in_foreground([*command, *arguments], env, cwd=ROOT)
