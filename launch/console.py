"""What people see while the clinic sets itself up: one line a step, with the time it took; the rest goes to a log."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from launch.failure import Failure

TITLE_WIDTH = 52
LOG_BYTES_KEPT = 1_000_000
# "ERROR: ...", "OperationalError: ...", "fatal: ..."; not a line of source such as `_raise_security_error(`.
TELLING = re.compile(r"(?<!\w)(?:[A-Za-z_.]*(?:Error|Exception)|error|ERROR|fatal|FATAL)\b(?!\()")
# What pip, uv, npm and apt say when nobody answers; their last line blames the package ("no matching distribution").
UNREACHABLE = (
    "after connection broken by",
    "Temporary failure resolving",
    "Could not resolve",
    "dns error",
    "EAI_AGAIN",
    "ENOTFOUND",
    "ETIMEDOUT",
)
UNTRUSTED = (
    "CERTIFICATE_VERIFY_FAILED",
    "SELF_SIGNED_CERT",
    "UNABLE_TO_GET_ISSUER_CERT",
    "Certificate verification failed",
)


class Console:
    """Steps on standard output; `log` takes what the steps' programs print."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

    def say(self, line: str = "", *, end: str = "\n") -> None:
        """Print a line. Nobody may be reading any more (a closed terminal, a pipe that ended): the clinic goes on."""
        try:
            print(line, end=end, flush=True)
        except OSError:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  for the rest of this process

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the body runs, and how long it took when it has ended well."""
        began = time.monotonic()
        label = f"  {title} ".ljust(TITLE_WIDTH, ".")
        if self.live:
            self.say(label, end=" ")
        try:
            yield
        except BaseException:
            if self.live:
                self.say()
            raise
        took = f"{time.monotonic() - began:6.1f} s"
        self.say(took if self.live else f"{label} {took}")

    def run(
        self,
        command: Sequence[str | Path],
        *,
        what: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> str:
        """Run `command`, its output into the log, and return that output.

        Raises Failure, with `what` failed and the output's last line, unless it exits 0.
        """
        arguments = [str(part) for part in command]
        with self.log.open("a+b") as log:
            if log.tell() > LOG_BYTES_KEPT:
                log.truncate(0)
            stamp = time.strftime("%Y-%m-%d %H:%M:%S")
            log.write(f"\n[{stamp}] {' '.join(arguments)}\n".encode())
            log.flush()
            began_at = log.tell()
            try:
                code = run_and_wait(arguments, stdout=log.fileno(), env=env, cwd=cwd)
            except OSError as error:
                raise Failure(f"{what} failed: {error.strerror}: {arguments[0]}.", log=self.log) from None
            log.seek(began_at)
            output = log.read().decode(errors="replace")
        if code != 0:
            plain = refusal(output)
            raise Failure(plain or f"{what} failed: {reason(output, code)}", log=None if plain else self.log)
        return output


def run_and_wait(
    command: Sequence[str], *, stdout: int, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Run a program to its end, its two outputs into `stdout`; it is ended when we are interrupted meanwhile."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT, env=env, cwd=cwd
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def refusal(output: str) -> str | None:
    """What a command of manage.py says when it refuses, which is meant for people; None when it failed otherwise."""
    last = output.strip().rpartition("\n")[2]
    return last.removeprefix("CommandError: ") if last.startswith("CommandError: ") else None


def reason(output: str, code: int) -> str:
    """The line of a failed program's output that says most, shortened; a full disk or no network is named as such."""
    if "No space left on device" in output or "ENOSPC" in output:
        return "the disk is full (no space left on device)."
    if any(words in output for words in UNTRUSTED):
        return "this machine doesn't trust the certificate of the package server, as behind a proxy that reads along."
    if any(words in output for words in UNREACHABLE):
        return "the package server can't be reached: is this machine online?"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    best = (telling or lines or [f"exit code {code}"])[-1]
    return best if len(best) <= 300 else best[:297] + "..."
