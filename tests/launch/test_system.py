"""What the machine lacks is installed when we may, and named with its command when we may not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from launch import system
from launch.console import Console
from launch.failure import Failure
from launch.packages import Level
from launch.system import Need, ensure, needs


def lacking(what: str, apt: str, *, optional: bool = False) -> Need:
    return Need(what, lambda: False, (apt,), optional=optional)


PANGO = lacking("Pango", "libpango-1.0-0")
FONT = lacking("fonts for most scripts", "fonts-noto-core", optional=True)


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary user of Debian whom sudo doesn't let in."""
    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(system.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system, "answers", lambda command: None)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    run: list[list[str]] = []

    def note(self: Console, command: Sequence[str | Path], **options: object) -> str:
        run.append([str(part) for part in command])
        return ""

    monkeypatch.setattr(Console, "run", note)
    return run


@pytest.mark.usefixtures("debian")
def test_an_ordinary_user_is_told_what_is_missing_and_how_to_get_it(console: Console) -> None:
    with pytest.raises(Failure) as refused:
        ensure([PANGO, lacking("a Redis server", "redis-server")], console, first_time=True)
    assert refused.value.code == 3
    assert str(refused.value) == (
        "This machine lacks Pango, a Redis server. "
        "Get it with: sudo apt-get update && sudo apt-get install libpango-1.0-0 redis-server"
    )


@pytest.mark.usefixtures("debian")
def test_root_installs_only_what_is_missing(
    console: Console, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    here = iter([False, True, True])
    pango = Need("Pango", lambda: next(here), ("libpango-1.0-0",))
    ensure([pango, Need("Redis", lambda: True, ("redis-server",))], console, first_time=True)
    update, install = commands
    assert update[0] == "apt-get"
    assert update[-1] == "update"
    assert install[-3:] == ["-y", "--no-install-recommends", "libpango-1.0-0"]


@pytest.mark.usefixtures("debian")
def test_sudo_is_used_where_it_asks_for_no_password(
    console: Console, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "answers", lambda command: "")
    with pytest.raises(Failure):
        ensure([PANGO], console, first_time=True)
    assert [command[:2] for command in commands] == [["sudo", "-n"], ["sudo", "-n"]]


@pytest.mark.usefixtures("debian", "commands")
def test_what_an_installation_did_not_bring_is_named(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    with pytest.raises(Failure, match="This machine lacks Pango"):
        ensure([PANGO], console, first_time=True)


@pytest.mark.usefixtures("debian")
def test_a_font_that_is_only_wished_for_stops_nobody(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    ensure([FONT], console, first_time=True)
    assert "fonts-noto-core" in capsys.readouterr().out
    ensure([FONT], console, first_time=False)
    assert capsys.readouterr().out == ""


def test_a_system_without_apt_or_brew_gets_debians_names(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    with pytest.raises(Failure, match=r"libpango-1\.0-0 \(these are Debian's names\)"):
        ensure([PANGO], console, first_time=True)


def test_homebrew_is_asked_on_macos(
    console: Console, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system.sys, "platform", "darwin")
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/opt/homebrew/bin/{name}")
    with pytest.raises(Failure, match="brew install pango"):
        ensure([Need("Pango", lambda: False, ("libpango-1.0-0",), ("pango",))], console, first_time=True)
    assert commands == [["brew", "install", "pango"]]


def test_everything_that_is_needed_here_is_here() -> None:
    """This checkout's tests run, so the machine has what running needs."""
    missing = [need.what for need in needs(Level.BASE, own_redis=True) if not need.optional and not need.present()]
    assert missing == []


def test_testing_needs_a_browser_and_the_pdf_tools_besides() -> None:
    extra = {need.what for need in needs(Level.DEV, own_redis=True)} - {
        need.what for need in needs(Level.BASE, own_redis=True)
    }
    assert "pdftotext and pdftoppm" in extra


def test_a_redis_from_elsewhere_needs_no_server_here() -> None:
    assert "redis-server" not in {name for need in needs(Level.BASE, own_redis=False) for name in need.apt}


@pytest.mark.usefixtures("debian")
def test_lists_that_another_has_locked_are_waited_for(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    monkeypatch.setattr(system, "LOCK_PAUSE_SECONDS", 0.0)
    tries: list[str] = []

    def locked_twice(self: Console, command: Sequence[str | Path], **options: object) -> str:
        tries.append(str(command[-1]))
        if len(tries) < 3:
            raise Failure("Installing system packages failed: E: Unable to lock directory /var/lib/apt/lists/")
        return ""

    monkeypatch.setattr(Console, "run", locked_twice)
    there = iter([False, True, True])
    ensure([Need("Pango", lambda: next(there), ("libpango-1.0-0",))], console, first_time=True)
    assert tries == ["update", "update", "update", "libpango-1.0-0"]


@pytest.mark.usefixtures("debian")
def test_any_other_failure_is_told_at_once(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    tries: list[object] = []

    def fails(self: Console, command: Sequence[str | Path], **options: object) -> str:
        tries.append(command)
        raise Failure("Installing system packages failed: E: Unable to locate package libpango-1.0-0")

    monkeypatch.setattr(Console, "run", fails)
    with pytest.raises(Failure, match="Unable to locate"):
        ensure([PANGO], console, first_time=True)
    assert len(tries) == 1
