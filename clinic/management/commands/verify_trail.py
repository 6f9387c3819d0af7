"""Verify the record trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.trail.noting import note
from clinic.trail.verify import Noted, verify_trail


class Command(BaseCommand):
    """Reads every entry of the trail again; exits 1 at the first fault."""

    help = "Verify the record trail's chain of hashes; prints its end, to be noted down elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            metavar="SITE:NUMBER:HASH",
            help="an end noted down earlier, its hash in full or its first 16 digits; the first epoch's site is 0",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        noted = Noted()
        try:
            for text in options["checkpoint"]:
                note(noted, text)
        except ValueError as error:
            raise CommandError(str(error)) from error
        report = verify_trail(noted)
        for finding in report.findings:
            self.stderr.write(str(finding))
        if report.findings:
            raise CommandError(f"the trail is not whole; the first broken entry: {report.findings[0]}")
        self.stdout.write(f"The trail is whole: {report.count} entries.")
        for site, walk in sorted(report.walks.items()):
            if walk.count:
                self.stdout.write(f"Checkpoint: {site}:{walk.seq}:{walk.hash}")
