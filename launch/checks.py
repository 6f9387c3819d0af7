"""`bin/test`: sets everything up for testing, then runs every check there is, pytest with the browser journeys last.

It has a database and a Redis of its own, so that a clinic which runs in this checkout notices nothing.
"""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory

from launch import services, system
from launch.application import ADMIN, Application, environment
from launch.console import Console
from launch.failure import Failure
from launch.locks import FolderLock
from launch.manage import in_foreground
from launch.packages import Level, install
from launch.places import ROOT, Data, Project
from launch.postgres import APPLICATION, EmbeddedPostgres
from launch.processes import Register
from launch.redis_server import OwnRedis
from launch.supervisor import Supervisor

TEST_DATABASE = "clinic"
MOST_WORKERS = 4
# What is lost with the machine is made again: tests needn't wait for the disk.
FAST = ("fsync=off", "full_page_writes=off", "max_connections=200")
OURS = ("CLINIC_", "DATABASE_URL", "REDIS_URL", "PG")


@dataclass(frozen=True)
class Check:
    """A program that says whether the project is in order; `env` is added to its environment."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]


def checks(project: Project) -> list[Check]:
    """All that runs before pytest."""
    python = str(project.python)
    tool = partial(Check, env={})
    https = {"CLINIC_HTTPS": "1", "CLINIC_BASE_URL": "https://clinic.example", "CLINIC_ALLOWED_HOSTS": "clinic.example"}
    return [
        tool("lint", (python, "-m", "ruff", "check", ".")),
        tool("format", (python, "-m", "ruff", "format", "--check", ".")),
        tool("types", (python, "-m", "mypy")),
        tool("templates", (python, "-m", "djlint", "--lint", "--quiet", ".")),
        tool("layers", (str(project.venv / "bin" / "lint-imports"), "--no-cache")),
        tool("migrations", (python, "manage.py", "makemigrations", "--check", "--dry-run")),
        Check("deployment", (python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"), https),
    ]


def test(arguments: Sequence[str]) -> int:
    """Run everything, or pytest alone with `arguments`; 0 when all is well. Raises Failure when it can't be set up."""
    project, data = Project(ROOT), Data(ROOT / "var" / "test")
    data.open()
    lock = FolderLock(data.state / "tests.lock")
    if not lock.take(wait=False):
        raise Failure("Another bin/test runs in this checkout: wait for it, or use a second checkout.")
    Register(data.state / "processes.json").end_leftovers()
    data.require_space()
    console = Console(data.setup_log)
    system.ensure(system.needs(Level.DEV, own_redis=True), console, first_time=not project.venv.exists())
    install(project, Level.DEV, console)
    with ExitStack() as cleanup:
        env = start_services(project, data, console, cleanup)
        failed = [] if arguments else run_checks(project, env)
        pytest = [str(project.python), "-m", "pytest", "--reuse-db"]
        # Its own folder: a second checkout's tests would clear away ours when they count the folders of past runs.
        env["PYTEST_DEBUG_TEMPROOT"] = cleanup.enter_context(
            TemporaryDirectory(prefix="baseline-tests-", ignore_cleanup_errors=True)
        )
        # In the order of collection, which puts the browser last: see tests/conftest.py.
        everything = ["-n", str(workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
        code = in_foreground([*pytest, *(arguments or everything)], env, cwd=ROOT)
    return code or (1 if failed else 0)


def start_services(project: Project, data: Data, console: Console, cleanup: ExitStack) -> dict[str, str]:
    """Start a database and a Redis for the tests, stopped by `cleanup`; returns the environment to test in."""
    supervisor = Supervisor(Register(data.state / "processes.json"), console.say)
    cleanup.callback(supervisor.stop)
    cleanup.callback(_deaf)
    server = EmbeddedPostgres(project, data.postgres, data.logs / "postgres.log", FAST)
    if left := server.running():
        server.stop(left)
    server.prepare(console)
    database = supervisor.start(services.postgres(server))
    redis = OwnRedis(data.redis, data.logs / "redis.log", lasting=False)
    redis.configure()
    supervisor.start(services.redis(redis))
    server.wait_ready(lambda: database.ended() is None)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    env = environment(
        Data(data.home / "data"),
        database=server.url(TEST_DATABASE),
        redis=redis.url,
        address="http://127.0.0.1:8000",
        base=clean,
    )
    Application(project, env, console).collect_static()
    names = [f"test_{TEST_DATABASE}", *(f"test_{TEST_DATABASE}_gw{number}" for number in range(workers()))]
    copy_migrated(project, server, env, console, names)
    if browser := system.find_browser():
        env["CLINIC_TEST_BROWSER"] = browser
    return env


def workers() -> int:
    """How many processes run all tests: as many as there are cores, within what a test's memory and time allow."""
    return max(2, min(os.cpu_count() or 2, MOST_WORKERS))


def copy_migrated(
    project: Project, server: EmbeddedPostgres, env: Mapping[str, str], console: Console, names: Sequence[str]
) -> None:
    """Make the databases that pytest finds, clean and migrated.

    They are copies of one that is made when a migration changes; `names` has one for each of pytest's processes.
    """
    template = f"migrated_{migrations_hash(project)[:16]}"
    server.make_database(TEST_DATABASE)
    if not server.has_database(template):
        for old in server.databases("migrated_"):
            server.drop_database(old)
        server.drop_database("migrating")
        server.make_database("migrating")
        with console.step("Migrating the tests' database"):
            addresses = {"DATABASE_URL": server.url("migrating", APPLICATION), ADMIN: server.url("migrating")}
            Application(project, {**env, **addresses}, console).prepare(redis=False)
        server.rename_database("migrating", template)
    for name in names:
        server.drop_database(name)
        server.make_database(name, template=template)


def migrations_hash(project: Project) -> str:
    """A hash that changes when a migration, a rule of rights, or a library that brings migrations, does."""
    digest = hashlib.sha256((project.requirements / "base.txt").read_bytes())
    for path in sorted([*project.root.glob("*/migrations/*.py"), *project.root.glob("clinic/roles/*.py")]):
        digest.update(f"{path.relative_to(project.root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _deaf() -> None:
    """Let nothing interrupt the end."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def run_checks(project: Project, env: Mapping[str, str]) -> list[str]:
    """Run every check and show what the failing ones say; their names, which are printed too."""
    failed = []
    for check in checks(project):
        done = subprocess.run(
            check.command,
            check=False,
            cwd=project.root,
            env={**env, **check.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(f"{check.name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            failed.append(check.name)
            print(done.stdout, flush=True)
    if failed:
        print(f"FAILED before the tests: {', '.join(failed)}\n", file=sys.stdout, flush=True)
    return failed
