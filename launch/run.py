"""`bin/run`: sets everything up, starts the clinic, and looks after it until it is told to stop."""

import json
import os
import signal
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from launch import health, services, system
from launch.application import ADMIN, Application, environment
from launch.console import Console, reason, refusal
from launch.database import OwnedDatabase
from launch.failure import Failure
from launch.locks import FolderLock
from launch.packages import Level, install
from launch.places import ROOT, Data, Project, data_folder, require_shared_memory
from launch.processes import Register
from launch.redis_server import OwnRedis, port_is_free
from launch.supervisor import Service, Supervisor

GREEN_SECONDS = 90
# A program that dies this often before the clinic is up won't come up.
DEATHS_ALLOWED = 3


def run(options: Namespace) -> int:
    """Run the clinic until Ctrl-C or SIGTERM; the exit code. Raises Failure, and Stopped while setting up."""
    project, data = Project(ROOT), data_folder(options.data)
    port: int = options.port
    if not data.home.exists():
        require_port(port)  # before a folder is made that nothing would ever be in
    data.open()
    lock = only_one(data)
    register = Register(data.state / "processes.json")
    register.end_leftovers()
    require_port(port)  # which a leftover of ours may have held until now
    check_address("DATABASE_URL", {"postgres", "postgresql"})
    check_address("CLINIC_ADMIN_DATABASE_URL", {"postgres", "postgresql"})
    check_address("REDIS_URL", {"redis", "rediss"})
    data.require_space()
    require_shared_memory()
    console = Console(data.setup_log)
    console.say(f"Baseline, in {data.home}")
    own_redis = not os.environ.get("REDIS_URL")
    wanted = system.needs(Level.BASE, own_redis=own_redis)
    system.ensure(wanted, console, first_time=not project.venv.exists())
    install(project, Level.BASE, console)
    # By its name: browsers make no passkeys for an address in figures.
    address = f"http://localhost:{port}"
    clinic = Clinic(project, data, console, Supervisor(register, console.say), lock)
    try:
        clinic.start(port, address, empty=options.empty)
        clinic.look_after()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        clinic.stop()
        lock.release()
    return 0


def require_port(port: int) -> None:
    """Raises Failure when another program has `port`."""
    if not port_is_free(port):
        raise Failure(f"Port {port} of this machine is taken: choose another with --port.")


def only_one(data: Data) -> FolderLock:
    """Take the data folder for this launcher. Raises Failure when another one has it."""
    lock = FolderLock(data.state / "clinic.lock")
    # A bin/manage that looks whether a clinic runs holds it for a moment.
    for _ in range(5):
        if lock.take(wait=False):
            lock.write("")
            return lock
        time.sleep(0.1)
    running = running_clinic(data)
    if running is None:
        raise Failure(f"The clinic of {data.home} runs already (it is still starting).")
    where = f"{running['address']} (process {running['pid']})"
    raise Failure(f"The clinic of {data.home} runs already at {where}. While nothing answers there, it is starting.")


def running_clinic(data: Data) -> dict[str, str] | None:
    """What the clinic that runs on this folder noted: pid, address, redis, database (if not embedded); else None."""
    lock = FolderLock(data.state / "clinic.lock")
    try:
        if lock.take(shared=True, wait=False):
            return None
        note = json.loads(lock.note())
    except (OSError, ValueError):
        return None
    finally:
        lock.release()
    return {key: str(value) for key, value in note.items()}


def check_address(name: str, schemes: set[str]) -> None:
    """Raise Failure when the environment variable `name` is set to something that isn't such an address."""
    value = os.environ.get(name)
    if not value:
        return
    try:
        parts = urlsplit(value)
        sound = parts.scheme in schemes and (parts.port or 1) > 0 and (bool(parts.hostname) or "host=" in parts.query)
    except ValueError:
        sound = False
    names_database = "postgresql" in schemes
    if names_database and sound:
        sound = len(parts.path) > 1
    if not sound:
        shape = "postgresql://USER:PASSWORD@HOST:5432/NAME" if names_database else "redis://HOST:6379/0"
        raise Failure(f"{name} isn't a usable address: it has to look like {shape}.")


class Clinic:
    """A data folder's services while they run."""

    def __init__(
        self, project: Project, data: Data, console: Console, supervisor: Supervisor, lock: FolderLock
    ) -> None:
        self.project = project
        self.data = data
        self.console = console
        self.supervisor = supervisor
        self.lock = lock
        self.database: OwnedDatabase | None = None
        self.stopping = False

    def start(self, port: int, address: str, *, empty: bool) -> None:
        """Start everything and wait until it is well. Raises Failure."""
        database_url = self._start_database()
        redis_url = self._start_redis()
        env = environment(self.data, database=database_url, redis=redis_url, address=address)
        self.data.empty_temporary()
        env["TMPDIR"] = str(self.data.temporary)
        note = {"pid": str(os.getpid()), "address": address, "redis": env["REDIS_URL"]}
        if database_url is None:
            note["database"] = env["DATABASE_URL"]
        self.lock.write(json.dumps(note))
        # Web, worker and beat don't get to know who may change the schema.
        admin = env.pop(ADMIN, None)
        if self.database is not None:
            admin = self.database.admin_url
        application = Application(self.project, {**env, ADMIN: admin} if admin else env, self.console)
        application.collect_static()
        self.data.may_start.unlink(missing_ok=True)
        env["CLINIC_STARTS_AFTER"] = str(self.data.may_start)
        programs = (
            services.web(self.project, self.data, env, port),
            services.worker(self.project, self.data, env),
            services.beat(self.project, self.data, env),
        )
        if early := self.data.is_prepared(self.project) and not self._unfinished.exists():
            # They load while the database is looked at, and touch it afterwards.
            self._start_all(programs)
        with self.console.step("Bringing the database up to date"):
            self.data.prepared.unlink(missing_ok=True)
            people = application.prepare()
            self.data.prepared.write_text(self.project.migrations())
        if self._wants_demo(people=people, empty=empty):
            people = self._load_demo(application)
        signal.signal(signal.SIGINT, self._stop_soon)
        signal.signal(signal.SIGTERM, self._stop_soon)
        with self.console.step("Starting the clinic"):
            self.data.may_start.touch()
            if not early:
                self._start_all(programs)
            self._wait_green(port)
        if not self.stopping:
            self._welcome(application, address, people=people)

    def _start_all(self, programs: Sequence[Service]) -> None:
        for program in programs:
            self.supervisor.start(program)

    def _start_database(self) -> str | None:
        if os.environ.get("DATABASE_URL"):
            return None
        self.database = OwnedDatabase(self.project, self.data, self.console)
        server = self.database.server
        found = self.database.claim()
        service = services.postgres(server)
        with self.console.step("Starting the database"):
            if found:
                self.supervisor.adopt(service, found)
                server.wait_ready(found.runs)
            else:
                started = self.supervisor.start(service)
                server.wait_ready(lambda: started.ended() is None)
            self.database.opened()
        return self.database.url

    def _start_redis(self) -> str | None:
        if os.environ.get("REDIS_URL"):
            return None
        server = OwnRedis(self.data.redis, self.data.logs / "redis.log")
        with self.console.step("Starting Redis"):
            started = self.supervisor.start(services.redis(server))
            while not server.answers():
                if how := started.ended():
                    last = reason(server.log.read_text(errors="replace")[-2000:], 1)
                    raise Failure(f"Redis stopped ({how}): {last}", log=server.log)
                time.sleep(0.05)
        return server.url

    def _wants_demo(self, *, people: int, empty: bool) -> bool:
        """Whether to load the demo: into a new database, unless it should stay empty, now or since an earlier start."""
        stays_empty = self.data.state / "stays-empty"
        if empty and not people:
            stays_empty.touch()
        return self._unfinished.exists() or not (people or stays_empty.exists())

    @property
    def _unfinished(self) -> Path:
        """There while the demo is being loaded, so that the next start takes up what was interrupted."""
        return self.data.state / "demo-unfinished"

    def _load_demo(self, application: Application) -> int:
        """Load the demo clinic; how many people have an account afterwards."""
        self._unfinished.touch()
        self.console.say("  Loading the demo clinic")
        with tempfile.TemporaryFile() as errors:
            if code := application.show("seed_demo", errors=errors):
                errors.seek(0)
                said = errors.read().decode(errors="replace")
                # One message: what the command says of it, and what to do.
                with self.console.log.open("a") as log:
                    log.write(said)
                why = refusal(said) or reason(said, code)
                raise Failure(f"Loading the demo clinic failed: {why} Run bin/run again.", log=self.data.setup_log)
        self._unfinished.unlink()
        return application.prepare()

    def _wait_green(self, port: int) -> None:
        deadline = time.monotonic() + GREEN_SECONDS
        # The clinic may go by another name than the place where it is asked.
        host = os.environ.get("CLINIC_ALLOWED_HOSTS", "").split(",")[0].strip() or None
        while unwell := health.not_green(health.ask(f"127.0.0.1:{port}", host)):
            self.supervisor.check()
            for name in ("web", "worker", "beat", "redis", "database"):
                if self.supervisor.deaths(name) >= DEATHS_ALLOWED:
                    log = self.data.logs / f"{name}.log"
                    last = reason(log.read_text(errors="replace")[-4000:], 1)
                    raise Failure(f"The {name} keeps stopping: {last}", log=log)
            if self.stopping:
                return
            if time.monotonic() > deadline:
                raise Failure(
                    f"After {GREEN_SECONDS} s this isn't well: {', '.join(unwell)}. The logs are in {self.data.logs}."
                )
            time.sleep(0.1)

    def _welcome(self, application: Application, address: str, *, people: int) -> None:
        self.console.say(f"\nThe clinic is open: {address}\n")
        if not people:
            prefix = "" if self.data.home == data_folder(None).home else f"CLINIC_DATA={self.data.home} "
            self.console.say(f"It is empty. Make the first account with: {prefix}bin/manage create_first_manager")
        elif not (self.data.state / "stays-empty").exists():
            application.show("demo_accounts", alone=True)
        self.console.say(f"\nLogs: {self.data.logs}   Stop: Ctrl-C")

    def look_after(self) -> None:
        """Keep everything running until a signal says stop."""
        while not self.stopping:
            self.supervisor.check()
            time.sleep(0.2)

    def _stop_soon(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True

    def stop(self) -> None:
        """End everything that runs, and give the database free."""
        if self.supervisor.running:
            self.console.say("Stopping the clinic ...")
        self.supervisor.stop()
        self.data.empty_temporary()
        if self.database is not None:
            self.database.server.tidy()
            self.database.release()
