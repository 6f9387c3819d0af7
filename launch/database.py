"""One database for all who work on a data folder: `bin/run`, and any number of `bin/manage` beside it.

Whoever comes first starts it and whoever leaves last stops it; `bin/run`, which takes over a running one, stops it
when the clinic stops.
"""

import subprocess
import time
from types import TracebackType
from typing import Self

from launch.console import Console
from launch.failure import Failure
from launch.locks import FolderLock
from launch.places import Data, Project
from launch.postgres import APPLICATION, EmbeddedPostgres
from launch.processes import Known

NAME = "clinic"
SHUTDOWN_SECONDS = 30


class SharedDatabase:
    """The embedded database of a data folder, in use as long as the `with` block runs."""

    def __init__(self, project: Project, data: Data, console: Console) -> None:
        self.server = EmbeddedPostgres(project, data.postgres, data.logs / "postgres.log")
        self.console = console
        self.is_unprepared = False
        self._process: subprocess.Popen[bytes] | None = None
        self._door = FolderLock(data.state / "database-start.lock")
        self._users = FolderLock(data.state / "database-users.lock")

    @property
    def url(self) -> str:
        """The address for whoever works with the record: the application's."""
        return self.server.url(NAME, APPLICATION)

    @property
    def admin_url(self) -> str:
        """The address for whoever changes the schema."""
        return self.server.url(NAME)

    def __enter__(self) -> Self:
        """Start it when it doesn't run. Raises Failure."""
        self._door.take()
        try:
            self._users.take(shared=True)
            if not settled(self.server):
                self.server.prepare(self.console)
                process = self._process = self.server.start(end_with_us=False)
                self.server.wait_ready(lambda: process.poll() is None)
            is_unknown = self.server.let_application_in()
            self.is_unprepared = self.server.make_database(NAME) or is_unknown
        except BaseException:
            self._leave()
            raise
        finally:
            self._door.release()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.take()
        try:
            self._leave()
        finally:
            self._door.release()

    def _leave(self) -> None:
        last = self._users.take(wait=False)
        if last and (known := self.server.running()):
            self.server.stop(known)
            if self._process is not None and self._process.pid == known.pid:
                self._process.wait()
        self._users.release()


class OwnedDatabase:
    """The embedded database as `bin/run` has it: its own process, or one taken over from a `bin/manage`."""

    def __init__(self, project: Project, data: Data, console: Console) -> None:
        self.server = EmbeddedPostgres(project, data.postgres, data.logs / "postgres.log")
        self.console = console
        self._door = FolderLock(data.state / "database-start.lock")
        self._users = FolderLock(data.state / "database-users.lock")

    @property
    def url(self) -> str:
        """The address for whoever works with the record: the application's."""
        return self.server.url(NAME, APPLICATION)

    @property
    def admin_url(self) -> str:
        """The address for whoever changes the schema."""
        return self.server.url(NAME)

    def claim(self) -> Known | None:
        """Prepare the folder; returns a running server that others use. One that nobody uses was left, and is ended.

        From here on `bin/manage` waits, until `opened`.
        """
        self._door.take()
        found = settled(self.server)
        nobody = self._users.take(wait=False)
        self._users.take(shared=True)
        if found and nobody:
            self.server.stop(found)
            found = None
        if found is None:
            self.server.prepare(self.console)
        return found

    def opened(self) -> None:
        """The server runs: make the clinic's database in it, and let others in."""
        self.server.let_application_in()
        self.server.make_database(NAME)
        self._door.release()

    def release(self) -> None:
        self._door.release()
        self._users.release()


def settled(server: EmbeddedPostgres) -> Known | None:
    """The running server, once it takes connections; None when there is none, or when one has finished stopping."""
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    while (known := server.running()) is not None:
        if server.accepts():
            return known
        if time.monotonic() > deadline:
            raise Failure(f"The database (process {known.pid}) doesn't answer: end it, then start again.")
        time.sleep(0.1)
    return None
