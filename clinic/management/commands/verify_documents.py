"""Verify every sealed document and its PDF."""

from argparse import ArgumentParser
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.documents.models import SealedDocument
from clinic.documents.verify import orphans, verify


class Command(BaseCommand):
    """Reads every snapshot and every PDF again; exits 1 when one isn't what was sealed."""

    help = "Verify sealed documents: content, file, hashes in the record trail, and the seal of each PDF."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="*", metavar="CODE", help="only these documents")
        parser.add_argument(
            "--remove-orphans",
            action="store_true",
            help="remove stored PDFs that no document names, older than an hour",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        documents = SealedDocument.objects.order_by("pk")
        if options["codes"]:
            documents = documents.filter(code__in=options["codes"])
        seen = waiting = faulty = lost = 0
        for document in documents.iterator(chunk_size=200):
            verdict = verify(document)
            seen += 1
            waiting += verdict.rendering is None
            faulty += not verdict.genuine
            lost += verdict.lost
            for fault in verdict.faults:
                self.stderr.write(f"{document.code}: {fault}")
        # The file store's times are real time, whatever the clinic's clock says.
        for name in list(orphans(at=timezone.now())):
            if options["remove_orphans"]:
                default_storage.delete(name)
            self.stdout.write(f"{name}: no document names this file" + ("; removed" * options["remove_orphans"]))
        if options["codes"] and seen < len(set(options["codes"])):
            raise CommandError(f"{len(set(options['codes'])) - seen} of the codes are unknown")
        if lost:
            self.stdout.write(f"{lost} PDFs are lost: put a backup of the files back, or run bin/manage render_again.")
        if faulty:
            raise CommandError(f"{faulty} of {seen} documents are not what was sealed")
        self.stdout.write(f"{seen} documents are what was sealed; {waiting} of them wait for their PDF.")
