"""What `bin/manage` hands on to manage.py."""

import pytest

from launch.manage import _with_database, wants_help, without_password


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
