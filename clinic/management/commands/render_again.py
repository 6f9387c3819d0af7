"""Make lost PDFs of sealed documents again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.documents.making import make_again
from clinic.documents.models import SealedDocument
from clinic.documents.rendering import RenderingError
from clinic.documents.verify import is_lost


class Command(BaseCommand):
    """Renders, from what was sealed, every PDF that the file store has lost; leaves those alone that are there."""

    help = (
        "Make the PDFs of sealed documents again that the file store has lost. Each is a new file with a hash of its "
        "own, on record beside the lost one: a copy of either is genuine. Put a backup of the files back first, if "
        "there is one. Exits 1 when one could not be made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="*", metavar="CODE", help="only these documents")

    def handle(self, *args: Any, **options: Any) -> None:
        documents = SealedDocument.objects.prefetch_related("renderings").order_by("pk")
        if options["codes"]:
            documents = documents.filter(code__in=options["codes"])
            if unknown := set(options["codes"]) - set(documents.values_list("code", flat=True)):
                raise CommandError(f"there is no document {min(unknown)}")
        made = failed = 0
        for document in documents.iterator(chunk_size=200):
            last = document.rendering
            if last is None or not is_lost(last):
                continue
            try:
                again = make_again(document=SealedDocument.objects.get(pk=document.pk), at=clock.now())
            except RenderingError as error:
                self.stderr.write(f"{document.code}: {error}")
                failed += 1
                continue
            self.stdout.write(f"{document.code}: {again.sha256[:16]} was made instead of {last.sha256[:16]}")
            made += 1
        self.stdout.write(f"{made} PDFs were made again.")
        if failed:
            raise CommandError(f"{failed} PDFs could not be made")
