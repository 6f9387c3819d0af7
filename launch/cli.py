"""The commands of `bin/`: reads their arguments, runs them, and turns every failure into one line and an exit code."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from launch.bench import bench
from launch.checks import test
from launch.failure import FAILED, Failure, Stopped
from launch.lock import lock
from launch.manage import manage
from launch.run import run

LOWEST_PORT, HIGHEST_PORT, DEFAULT_PORT = 1, 65_535, 8000

COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": lambda arguments: run(run_options(arguments)),
    "test": test,
    "manage": manage,
    "bench": bench,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` begins with; its exit code."""
    name, rest = arguments[0], list(arguments[1:])
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _stop)
    try:
        return COMMANDS[name](rest)
    except Failure as failure:
        return _say(name, str(failure), failure.code)
    except Stopped as stopped:
        return _say(name, "stopped.", 128 + stopped.signum)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _say(name, f"{error.strerror or error}{where}", FAILED)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise Stopped(signum)


def _say(name: str, message: str, code: int) -> int:
    print(f"bin/{name}: {message}", file=sys.stderr)
    return code


def run_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of `bin/run`: port, data, empty. Exits 2 on others."""
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Set everything up and run the clinic, until Ctrl-C. The first start takes a few minutes and "
        "loads a demo clinic.",
        epilog="DATABASE_URL and REDIS_URL name a PostgreSQL and a Redis of your own; without them the clinic runs its "
        "own in the data folder. README.md has the rest.",
    )
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, metavar="N", help="the web address's port (8000)")
    parser.add_argument(
        "--data", type=folder, metavar="DIR", help="the data folder (CLINIC_DATA, else var/ in the project)"
    )
    parser.add_argument("--empty", action="store_true", help="begin without the demo clinic")
    return parser.parse_args(arguments)


def folder(text: str) -> str:
    """A folder's name; raises ArgumentTypeError for none, as of a variable that wasn't set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the folder has no name")
    return text


def port(text: str) -> int:
    """A port's number; raises ArgumentTypeError, in words, for anything else."""
    if not (text.isdecimal() and LOWEST_PORT <= int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from {LOWEST_PORT} to {HIGHEST_PORT}, not {text!r}")
    return int(text)
