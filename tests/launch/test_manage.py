"""What `bin/manage` hands on to manage.py."""

from pathlib import Path

import pytest

from launch.failure import Failure
from launch.manage import _with_database, require_named_folder, wants_help, without_password
from launch.places import Data


@pytest.mark.parametrize(
    "arguments", [[], ["shell", "check"], ["check", "--database", "other"], ["check", "--help"], ["migrate"]]
)
def test_other_commands_get_what_was_typed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _with_database(arguments, "/srv/clinic/postgres") == arguments
    assert capsys.readouterr().out == ""


def test_check_opens_the_database_and_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    found = _with_database(["check", "--deploy"], "postgresql://baseline:secret@db.example:5432/baseline")
    assert found == ["check", "--deploy", "--database", "default"]
    said = capsys.readouterr().out
    assert said == "Checking the clinic and its database: postgresql://baseline@db.example:5432/baseline\n"


@pytest.mark.parametrize("address", ["/srv/clinic/postgres", "postgresql:///baseline?host=/tmp/x", "postgresql://db/b"])
def test_an_address_without_a_password_stays_as_it_is(address: str) -> None:
    assert without_password(address) == address


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], True), (["--help"], True), (["help", "migrate"], True), (["migrate", "--help"], True),
        (["check", "-h"], True), (["--version"], True), (["migrate"], False), (["shell", "-c", "help"], False),
        (["dbshell", "--", "--help"], False),
    ],
)  # fmt: skip
def test_whoever_asks_for_help_needs_no_database(arguments: list[str], asked: bool) -> None:
    assert wants_help(arguments) is asked


def test_a_name_that_is_mistyped_makes_no_new_clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Data(tmp_path / "clinik")
    monkeypatch.setenv("CLINIC_DATA", str(nowhere.home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(Failure, match=r"There is no clinic in .*clinik, which CLINIC_DATA names"):
        require_named_folder(nowhere)
    assert not nowhere.home.exists()


@pytest.mark.parametrize("found", ["folder", "database", "own"])
def test_where_there_is_one_or_none_is_named_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    data = Data(tmp_path / "clinic")
    monkeypatch.setenv("CLINIC_DATA", str(data.home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if found == "folder":
        data.home.mkdir()
    elif found == "database":
        monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/clinic")
    else:
        monkeypatch.delenv("CLINIC_DATA")
    require_named_folder(data)
