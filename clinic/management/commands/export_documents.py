"""Write every sealed PDF into a folder."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.accounts.models import Site
from clinic.documents.exporting import ForeignFolderError, export_documents


class Command(BaseCommand):
    """Writes what is missing in the folder, compares what is there; exits 1 when a document isn't what was sealed."""

    help = (
        "Write every sealed PDF into a folder, with index.csv and index.jsonl. A second run writes only what is "
        "missing and verifies what is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--since", metavar="DATE", help="only what was sealed on or after this day: 2026-11-01")
        parser.add_argument("--site", metavar="CODE", help="only the documents of this site")

    def handle(self, *args: Any, **options: Any) -> None:
        sites = Site.objects.order_by("code")
        if options["site"]:
            sites = sites.filter(code=options["site"])
            if not sites:
                raise CommandError(f"no site has the code {options['site']}")
        try:
            since = date.fromisoformat(options["since"]) if options["since"] else None
        except ValueError as error:
            raise CommandError(f"{options['since']} isn't a day; write it as in 2026-11-01") from error
        try:
            done = export_documents(folder=options["folder"], sites=sites, since=since, at=clock.now())
        except ForeignFolderError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['folder']} can't be written: {error.strerror}") from error
        for fault in done.faults:
            self.stderr.write(fault)
        self.stdout.write(
            f"{done.written} documents were written, {done.kept} were there already; {done.waiting} wait for their PDF."
        )
        if done.faults:
            raise CommandError(f"{len(done.faults)} documents are not what was sealed")
