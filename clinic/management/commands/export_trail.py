"""Export the record trail."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.canonical import plain
from clinic.checkpoints.writing import TooFewPlacesError, write_checkpoint
from clinic.trail.verifier import FORMAT
from clinic.trail.verify import snapshot


class Command(BaseCommand):
    """Writes the ends and every entry as JSON lines, as they were at one moment.

    A checkpoint follows, so that `verify_trail` compares the clinic with every end that left it.
    """

    help = (
        "Export the record trail, for `python clinic/trail/verifier.py FILE`. It names patients: keep it like a record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a file that doesn't exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        # Before the entries are read: a checkpoint of later may know more than the export, an earlier one may not.
        written, at = 0, clock.now()
        try:
            with options["file"].open("x", encoding="utf-8") as file, snapshot() as (heads, entries):
                first = {"format": FORMAT, "origin": settings.BASE_URL, "at": plain(at), "heads": heads}
                file.write(json.dumps(first) + "\n")
                for entry in entries:
                    file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
                    written += 1
        except OSError as error:
            raise CommandError(f"{options['file']} can't be written: {error.strerror}") from error
        self.stdout.write(f"{written} entries exported to {options['file']}")
        try:
            write_checkpoint(at=clock.now())
        except (TooFewPlacesError, OSError, ValueError) as error:
            self.stderr.write(f"The ends that it shows aren't noted outside the database ({error}).")
