"""How the launcher says that it can't go on: one line for people, an exit code, never a traceback."""

from pathlib import Path

FAILED = 1
SYSTEM_LACKS = 3


class Failure(Exception):
    """What went wrong and what to do, in one sentence or two; `log` is the file with the details."""

    def __init__(self, message: str, *, code: int = FAILED, log: Path | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.log = log

    def __str__(self) -> str:
        details = f" Details: {self.log}" if self.log else ""
        return f"{self.args[0]}{details}"


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while setting up; `signum` is the signal."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
