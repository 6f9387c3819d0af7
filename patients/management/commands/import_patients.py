"""Import patients from FHIR R4 or CSV."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from patients.importing.services import import_patients
from patients.importing.sources import Format


class Command(BaseCommand):
    """Prints what was done as JSON; exits 1 only when it can't begin."""

    help = """Import patients, with what other systems reported of them.

PATH is a FHIR R4 file (JSON bundle or resource, or NDJSON with one resource per line), a CSV file, or a folder of them.
Reported facts are shown beside the questions of the checklist; they answer none. Importing the same again creates
nothing.

CSV has a header line: record_number,family_name,given_name,birth_date,sex,phone,email (the first and the last three
may be missing), separated by comma, semicolon or tabulator; birth_date is written 1980-04-03.

The summary on standard output is JSON: read, created and already_there count patients; `refused` names each file
and line that was not taken in, with the reason; `passed_over` names files without patients; `to_look_at` tells by
record number what a person should check. The exit status is 0 when the import ran to its end, whatever was refused,
and 1 when it couldn't begin (no such path, no such site)."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", help="a file or a folder")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it, and tell what it was")
        parser.add_argument("--format", choices=[str(fmt) for fmt in Format], help="by the files' endings if not given")
        parser.add_argument("--site", metavar="CODE", help="the site's code; the clinic's first site if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        # An empty text, as of a variable that wasn't set, would be read as the folder that one happens to be in.
        if not options["path"].strip():
            raise CommandError("name a file or a folder")
        path = Path(options["path"])
        if not path.exists():
            raise CommandError(f"there is nothing at {path}")
        site = self._site(options["site"])
        summary = import_patients(
            by=service_actor(site, permissions=[Permission.REGISTER_PATIENTS], request_id="import_patients"),
            source=path,
            fmt=Format(options["format"]) if options["format"] else None,
            dry_run=options["dry_run"],
            at=clock.now(),
        )
        told = {"source": str(path), "site": site.code, **summary.as_json()}
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))

    def _site(self, code: str | None) -> Site:
        sites = list(Site.objects.order_by("pk"))
        if not sites:
            raise CommandError("there is no site yet; make one with the first account: bin/manage create_first_manager")
        if code is None:
            if len(sites) > 1:
                self.stderr.write(f"Importing into {sites[0].code} ({sites[0].name}); --site chooses another site.")
            return sites[0]
        for site in sites:
            if site.code == code:
                return site
        raise CommandError(f"there is no site {code}; one of: {', '.join(site.code for site in sites)}")
