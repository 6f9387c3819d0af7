"""Verify the record trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.trail.models import ChainHead
from clinic.trail.verify import Checkpoint, verify_chain


class Command(BaseCommand):
    """Reads every entry of the trail again; exits 1 at the first fault."""

    help = "Verify the record trail's chain of hashes; prints its end, to be noted down elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint", action="append", default=[], metavar="NUMBER:HASH", help="an end noted down earlier"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checkpoints = [Checkpoint.parse(text) for text in options["checkpoint"]]
        except ValueError as error:
            raise CommandError(str(error)) from error
        finding = verify_chain(checkpoints)
        if finding:
            raise CommandError(f"entry {finding.seq}: {finding.fault}: {finding.detail}")
        head = ChainHead.objects.get(pk=1)
        self.stdout.write(f"The trail is whole: {head.seq} entries. Checkpoint: {head.seq}:{head.hash}")
