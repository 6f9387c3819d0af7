"""`bin/bench`: the clinic's speed as ratios to floors that are measured in the same run."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from types import FrameType

import django
import psycopg


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0 whether targets are met or not, since a ratio is for people to judge."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    from django.test import override_settings

    from bench.database import own_database
    from bench.report import table
    from bench.suite import measure, patients_needed

    patients = max(options.patients, patients_needed(options.rounds))
    folder = tempfile.TemporaryDirectory(prefix="baseline-bench-")
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder.name}}
    # Uploads, PDFs and the sealing key lie in a folder of the run's own.
    settings = {"STORAGES": {"default": files, **static}, "DATA_DIR": folder.name}
    try:
        with folder, override_settings(**settings), own_database():
            rows = list(measure(patients=patients, rounds=options.rounds, say=_say))
    except psycopg.OperationalError as error:
        _say(f"the database server can't be used: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped; nothing is left behind")
        return 130
    print(f"{patients:,} patients, medians of {options.rounds} interleaved rounds, floors from the same run")
    for line in table(rows):
        print(line)
    met = sum(row.reached for row in rows)
    print(f"{met} of {len(rows)} targets met")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Build a clinic in a database of its own and measure pages, search, writes, documents and "
        "photographs as ratios to floors measured in the same run. The clinic's own data isn't touched.",
    )
    parser.add_argument("--patients", type=_count, default=100_000, metavar="N", help="how many patients (100,000)")
    parser.add_argument("--rounds", type=_count, default=15, metavar="R", help="how many rounds of each (15)")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 10_000_000):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 10,000,000, not {text!r}")
    return int(text)


def _say(text: str) -> None:
    print(f"bin/bench: {text}", file=sys.stderr, flush=True)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
