"""The embedded database: made whole or not at all, private, in UTF-8, durable, and shared by those who work on it."""

import os
import pwd
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launch.console import Console
from launch.database import OwnedDatabase, SharedDatabase, settled
from launch.failure import Failure
from launch.places import Data, Project
from launch.postgres import LONGEST_SOCKET_PATH, SOCKET_NAME, SYSTEM_USER, EmbeddedPostgres

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """A data folder with a path too long for a socket, and a name that an address has to quote."""
    home = tmp_path_factory.mktemp("clinic") / ("a long name, with ü and a space, " * 4)
    folder = Data(home)
    folder.open()
    return folder


@pytest.fixture(scope="module")
def shared(data: Data) -> Iterator[SharedDatabase]:
    """A running database of that folder."""
    project = Project(Path(__file__).resolve().parents[2])
    with SharedDatabase(project, data, Console(data.setup_log)) as database:
        yield database


def show(url: str, setting: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SHOW {setting}").fetchone()
    assert row
    return str(row[0])


def test_it_is_made_and_answers_at_its_address(shared: SharedDatabase) -> None:
    assert shared.is_unprepared
    with psycopg.connect(shared.url) as connection:
        assert connection.info.dbname == "clinic"


def test_a_long_path_gets_a_short_private_folder_for_its_socket(shared: SharedDatabase) -> None:
    server = shared.server
    assert len(os.fsencode(server.folder / SOCKET_NAME)) > LONGEST_SOCKET_PATH
    assert len(os.fsencode(server.socket_folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    assert server.socket_folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server_encoding", "UTF8"),
        ("synchronous_commit", "on"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("TimeZone", "UTC"),
    ],
)
def test_it_is_set_to_keep_what_it_is_given(shared: SharedDatabase, setting: str, value: str) -> None:
    assert show(shared.url, setting) == value


def test_text_sorts_the_same_on_every_machine(shared: SharedDatabase) -> None:
    with psycopg.connect(shared.url) as connection:
        row = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'clinic'"
        ).fetchone()
    assert row == ("b", "C.UTF-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_is_not_let_in(shared: SharedDatabase) -> None:
    server = shared.server
    nobody = pwd.getpwnam("nobody")
    server.socket_folder.chmod(0o755)
    (server.socket_folder / SOCKET_NAME).chmod(0o777)
    try:
        tried = subprocess.run(
            [str(server.bin / "psql"), "-h", str(server.socket_folder), "-U", "postgres", "-c", "SELECT 1"],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
        )
    finally:
        server.socket_folder.chmod(0o700)
    assert tried.returncode != 0
    assert "peer authentication failed" in tried.stderr.lower()


def test_a_second_command_uses_the_same_server_and_leaves_it_running(shared: SharedDatabase, data: Data) -> None:
    before = shared.server.running()
    assert before
    with SharedDatabase(Project(Path(sys.prefix).parent), data, shared.console) as other:
        assert not other.is_unprepared
        assert other.server.running() == before
    assert shared.server.running() == before


def test_a_clinic_takes_over_the_server_that_a_command_started(
    shared: SharedDatabase, data: Data, project: Project
) -> None:
    owned = OwnedDatabase(project, data, shared.console)
    try:
        assert owned.claim() == shared.server.running()
        owned.opened()
    finally:
        owned.release()
    assert shared.server.accepts()


def test_the_last_one_out_stops_it_and_tidies(tmp_path: Path, project: Project, console: Console) -> None:
    data = Data(tmp_path / ("long " * 30))
    data.open()
    with SharedDatabase(project, data, console) as database:
        server = database.server
        assert server.running()
        assert server.socket_folder.exists()
    assert server.running() is None
    assert not server.socket_folder.exists()


def test_a_server_that_nobody_uses_is_ended_by_the_next_clinic(
    tmp_path: Path, project: Project, console: Console
) -> None:
    data = Data(tmp_path / "clinic")
    data.open()
    server = EmbeddedPostgres(project, data.postgres, data.logs / "postgres.log")
    server.prepare(console)
    left = server.start(end_with_us=False)
    server.wait_ready(lambda: left.poll() is None)
    reaper = threading.Thread(target=left.wait)
    reaper.start()
    owned = OwnedDatabase(project, data, console)
    try:
        assert owned.claim() is None
    finally:
        owned.release()
    reaper.join(timeout=10)
    assert left.poll() == 0


def test_a_note_of_a_dead_server_is_removed(tmp_path: Path, project: Project) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir(mode=0o700)
    server = EmbeddedPostgres(project, folder, tmp_path / "log")
    note = folder / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{folder}\n")
    assert server.running() is None
    assert not note.exists()
    assert settled(server) is None


def test_a_server_that_cannot_start_says_why(tmp_path: Path, project: Project, console: Console) -> None:
    server = EmbeddedPostgres(project, tmp_path / "postgres", tmp_path / "postgres.log", ("no_such_setting=1",))
    server.prepare(console)
    process = server.start(end_with_us=False)
    with pytest.raises(Failure, match="no_such_setting"):
        server.wait_ready(lambda: process.poll() is None)


def test_an_interrupted_making_is_made_again(tmp_path: Path, project: Project, console: Console) -> None:
    server = EmbeddedPostgres(project, tmp_path / "postgres", tmp_path / "log")
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.prepare(console)
    assert (server.folder / "global" / "pg_control").exists()
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
def test_root_runs_it_as_a_user_of_its_own_or_as_the_folders_owner(tmp_path: Path, project: Project) -> None:
    assert EmbeddedPostgres(project, tmp_path / "new", tmp_path / "log").user == SYSTEM_USER
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, pwd.getpwnam("nobody").pw_uid, -1)
    assert EmbeddedPostgres(project, theirs, tmp_path / "log").user == "nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the database's user")
def test_a_closed_folder_of_root_is_opened_for_passing_only(
    tmp_path: Path, project: Project, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(project, closed / "postgres", tmp_path / "log")
    server.prepare(console)
    assert closed.stat().st_mode & 0o777 == 0o701
    assert f"pass through {tmp_path.parent}" in capsys.readouterr().out or "closed" in str(closed)
    assert (closed / "postgres" / "PG_VERSION").exists()


def test_a_folder_put_there_by_somebody_else_is_refused(tmp_path: Path, project: Project, console: Console) -> None:
    server = EmbeddedPostgres(project, tmp_path / "postgres", tmp_path / "log")
    trap = tmp_path / "elsewhere"
    trap.mkdir()
    (tmp_path / "postgres.new").symlink_to(trap)
    with pytest.raises(Failure, match="made by somebody else"):
        server.prepare(console)
