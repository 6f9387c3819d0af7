"""Where things are: the project's folder and a clinic's data folder."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launch.failure import Failure

ROOT = Path(__file__).resolve().parent.parent
#: Where Linux keeps semaphores and shared memory.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, never written to
# A new database cluster takes 50 MB and its first write-ahead log as much again.
FREE_BYTES_NEEDED = 250_000_000


@dataclass(frozen=True)
class Project:
    """A checkout of Baseline: its code, its Python environment and its front-end packages."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def requirements(self) -> Path:
        return self.root / "requirements"

    @property
    def node_modules(self) -> Path:
        return self.root / "node_modules"

    def migrations(self) -> str:
        """The names of all migrations, as a hash: it changes when the database has to."""
        names = sorted(str(path.relative_to(self.root)) for path in self.root.glob("*/migrations/[0-9]*.py"))
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    @property
    def site_packages(self) -> Path:
        """The environment's library folder; raises Failure when there is none."""
        for path in self.venv.glob("lib/python3*/site-packages"):
            return path
        raise Failure(f"{self.venv} holds no Python environment: delete it and run bin/run again.")


@dataclass(frozen=True)
class Data:
    """A clinic's data folder, `var/` unless CLINIC_DATA or `--data` says otherwise."""

    home: Path

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def state(self) -> Path:
        """Locks and what runs now: worthless once everything has stopped."""
        return self.home / "run"

    @property
    def temporary(self) -> Path:
        """Where the programs put what they need for a moment; emptied when the clinic starts and stops."""
        return self.home / "tmp"

    @property
    def prepared(self) -> Path:
        """Says for which migrations the embedded database was brought up to date, to the end."""
        return self.state / "database-prepared"

    def is_prepared(self, project: Project) -> bool:
        """Whether the embedded database was brought up to date to the end, for the migrations that there are now."""
        return self.prepared.exists() and self.prepared.read_text() == project.migrations()

    @property
    def may_start(self) -> Path:
        """There once the database of the present start is prepared: what was started before it waits for it."""
        return self.state / "may-start"

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def setup_log(self) -> Path:
        return self.logs / "setup.log"

    def open(self) -> None:
        """Make the folders; raises Failure when the data folder can't be written to."""
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            # As root, the database's own user has to pass through; nobody else has any business here.
            self.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
            for folder in (self.logs, self.state, self.temporary):
                folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.state) as probe:
                probe.write(b"x" * 4096)
        except (FileExistsError, NotADirectoryError):
            raise Failure(f"The data folder can't be {self.home}: a file is in the way.") from None
        except OSError as error:
            raise Failure(f"The data folder {self.home} can't be written to: {error.strerror}.") from None

    def empty_temporary(self) -> None:
        """Take away what programs that were ended left behind; only for who holds the folder's lock."""
        for path in self.temporary.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def require_space(self) -> None:
        """Raise Failure when the disk is too full to start a clinic on."""
        disk = os.statvfs(self.home)
        free_bytes = disk.f_bavail * disk.f_frsize
        if free_bytes < FREE_BYTES_NEEDED:
            raise Failure(
                f"The disk of {self.home} is full: {free_bytes // 1_000_000} MB are free, "
                f"{FREE_BYTES_NEEDED // 1_000_000} MB are needed. Free some space, or give another folder with --data."
            )


def require_shared_memory(folder: Path = SHARED_MEMORY) -> None:
    """Raise Failure when this account may not write where Linux keeps what processes share: the worker needs it.

    A chroot whose /dev is the outer one's has an own, closed folder there.
    """
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise Failure(f"This account can't write to {folder}, which the worker needs. As root: chmod 1777 {folder}.")


def data_folder(given: str | None) -> Data:
    """The data folder named on the command line, else by CLINIC_DATA, else the project's `var/`."""
    chosen = given or os.environ.get("CLINIC_DATA") or ROOT / "var"
    return Data(Path(chosen).expanduser().resolve())
