"""What people see of a step, and of one that failed."""

import sys

import pytest

from launch.console import Console, reason, refusal
from launch.failure import Failure


def test_a_step_is_one_line_with_its_time(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("Starting Redis"):
        pass
    shown = capsys.readouterr().out
    assert shown.startswith("  Starting Redis ...")
    assert shown.endswith("0.0 s\n")
    assert shown.count("\n") == 1


def test_what_a_program_prints_goes_to_the_log_only(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    output = console.run([sys.executable, "-c", "print('hello')"], what="Greeting")
    assert output == "hello\n"
    assert "hello" in console.log.read_text()
    assert capsys.readouterr().out == ""


def test_a_failed_program_is_told_by_its_telling_line(console: Console) -> None:
    code = "import sys; print('fetching'); print('ERROR: no such package'); print('hint: retry'); sys.exit(1)"
    with pytest.raises(Failure, match="Installing failed: ERROR: no such package") as failed:
        console.run([sys.executable, "-c", code], what="Installing")
    assert failed.value.log == console.log


def test_a_program_that_is_not_there_is_a_failure(console: Console) -> None:
    with pytest.raises(Failure, match="Installing failed: No such file or directory: no-such-program"):
        console.run(["no-such-program"], what="Installing")


def test_a_refusal_of_a_command_speaks_for_itself(console: Console) -> None:
    code = "import sys; print('CommandError: The database is too old.'); sys.exit(1)"
    with pytest.raises(Failure) as failed:
        console.run([sys.executable, "-c", code], what="Preparing")
    assert str(failed.value) == "The database is too old."


def test_a_full_disk_is_named_whatever_else_was_printed() -> None:
    assert reason("writing\nerror: x\ncp: No space left on device\nerror: y", 1).startswith("the disk is full")


@pytest.mark.parametrize(
    "output",
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/uv/\n"
            "ERROR: No matching distribution found for uv==0.13.9"
        ),
        "npm error code EAI_AGAIN\nnpm error request failed",
        "Err:1 Temporary failure resolving 'mirror'\nE: Unable to locate package redis-server",
    ],
)
def test_a_lost_network_is_named_before_the_package_that_wasnt_found(output: str) -> None:
    assert reason(output, 1) == "the package server can't be reached: is this machine online?"


def test_a_certificate_that_isnt_trusted_is_named() -> None:
    output = (
        "Retrying after connection broken by 'SSLError(CERTIFICATE_VERIFY_FAILED)'\nERROR: No matching distribution"
    )
    assert "certificate" in reason(output, 1)


def test_a_line_of_source_is_no_reason() -> None:
    output = "celery.exceptions.SecurityWarning\n_warn_or_raise_security_error(egid, euid, gid, uid,\nkilled"
    assert reason(output, 1) == "killed"
    assert reason("at work\ndjango.db.utils.OperationalError: gone\nbye", 1) == "django.db.utils.OperationalError: gone"


def test_the_last_line_or_the_exit_code_stand_in_for_an_error() -> None:
    assert reason("one\n\ntwo\n\n", 1) == "two"
    assert reason("", 7) == "exit code 7"
    assert len(reason("error " + "x" * 1000, 1)) == 300


def test_only_a_command_that_refuses_is_a_refusal() -> None:
    assert refusal("x\nCommandError: No such site.\n") == "No such site."
    assert refusal("CommandError: y\nTraceback") is None
    assert refusal("") is None


def test_nobody_reading_any_more_does_not_stop_us(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    console.say("one")
    console.say("two")
    sys.stdout.close()
