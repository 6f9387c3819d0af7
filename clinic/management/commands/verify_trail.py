"""Verify the record trail."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.checkpoints.noting import Places, note_folders, note_places, note_printed, note_typed
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.verify import verify
from clinic.roles.watching import watches
from clinic.signing.against_trail import record_faults
from clinic.signing.findings import entry_text
from clinic.stored_files import altered_files
from clinic.trail.guards import foreign_changes, guard_faults
from clinic.trail.sites import site_names, with_names
from clinic.trail.verifier import EPOCH
from clinic.trail.verify import Fault, Finding, Noted, Report, verify_trail


class Command(BaseCommand):
    """Reads every entry again, and what was noted of the trail elsewhere; exits 1 when something isn't as it was."""

    help = (
        "Verify the record trail against its ends, its checkpoints and what documents show of it, the hashes of sealed "
        "documents, that every document and signature it tells of is there as it tells, that the rows of what was "
        "signed hold what they held then, that stored files are as they were stored, and the triggers that guard the "
        "record; prints the ends, to be noted down "
        "elsewhere, and what was lost when an older backup was put back. The clinic may go on meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            metavar="SITE:NUMBER:HASH",
            help="an end noted down earlier, its hash in full or its first 16 digits; the first epoch's site is 0. "
            "SITE.EPOCH:NUMBER:HASH where its epoch is known",
        )
        parser.add_argument(
            "--checkpoints",
            action="append",
            type=Path,
            metavar="FOLDER",
            help="a folder of checkpoints (default: the folders and the bucket of the settings)",
        )
        parser.add_argument(
            "--changes-seen",
            type=int,
            default=0,
            metavar="NUMBER",
            help="the last change of the schema that somebody has looked into; later ones by others are reported",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        noted = Noted()
        places = self._checkpoints(noted, options)
        read = ", ".join(f"{count} in {name}" for name, count in places.read.items())
        self.stdout.write(f"Checkpoints read: {read or 'none'}")
        for name, why in places.unread.items():
            self.stderr.write(f"The checkpoints in {name} can't be read ({why}).")
        names = site_names()
        documents, printed, faulty = self._documents(noted, names)
        records = list(record_faults())
        files = list(altered_files(besides={Rendering}))  # whose PDFs are looked at with their documents
        report = verify_trail(noted)
        findings = [with_names(f"{finding}{_about(finding)}", names) for finding in report.findings]
        guards, foreign = guard_faults(), foreign_changes(after=options["changes_seen"])
        for told in (*findings, *records, *files, *guards, *foreign):
            self.stderr.write(str(told))
        untold = [with_names(each, names) for each in _untold(report)]
        for each in (*(with_names(str(loss), names) for loss in report.losses), *untold):
            self.stdout.write(each)
        _require_none(findings, "the trail is not whole; the first broken entry")
        _require_none(records, "what was signed and sealed isn't what the trail says")
        _require_none(guards, "what guards the record in the database isn't as it was made")
        _require_none(files, "a stored file isn't what was stored")
        if foreign:
            raise CommandError(
                f"the schema was changed {len(foreign)} times by others than the clinic's own programs: look into it, "
                "then verify again with --changes-seen and the number of the last change"
            )
        if faulty:
            raise CommandError(f"{faulty} of {documents} sealed documents aren't what was sealed")
        _require_all_compared(places, untold)
        checkpoints = sum(places.read.values())
        if not (checkpoints or options["checkpoint"]):
            self.stderr.write("No checkpoint was read: without one an end that was cut off isn't seen.")
        self._say_that_all_is_well(
            report, f"{checkpoints} checkpoints, {documents} sealed documents, {printed} of them", names
        )

    def _say_that_all_is_well(self, report: Report, read: str, names: Mapping[int, str]) -> None:
        if not watches():
            self.stdout.write("Changes of the schema aren't noted on this server (see set_up_roles).")
        self.stdout.write(f"The trail is whole: {report.count} entries, {read} with a printed end.")
        for site, walk in sorted(report.walks.items()):
            if walk.count:
                where = f"{site}.{walk.epoch}" if walk.epoch > EPOCH else site
                whose = names.get(site, "the first epoch, of all sites")
                self.stdout.write(f"Checkpoint: {where}:{walk.seq}:{walk.hash} of {whose}")

    def _checkpoints(self, noted: Noted, options: dict[str, Any]) -> Places:
        """Note what was typed in and what the folders hold, or the places of the settings."""
        folders: list[Path] = options["checkpoints"] or []
        if missing := [folder for folder in folders if not folder.is_dir()]:
            raise CommandError(f"{missing[0]} is no folder: without it a cut-off end would go unseen")
        try:
            for text in options["checkpoint"]:
                note_typed(noted, text)
            if not folders:
                return note_places(noted)
            return Places({str(folder): note_folders(noted, [folder]) for folder in folders}, {})
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _documents(self, noted: Noted, names: Mapping[int, str]) -> tuple[int, int, int]:
        """Check the hashes of every sealed document and note what it shows; how many, with an end, and faulty."""
        seen = printed = faulty = 0
        for document in SealedDocument.objects.order_by("pk").iterator(chunk_size=200):
            seen += 1
            printed += note_printed(noted, document)
            faults = verify(document, seal=False).faults
            faulty += bool(faults)
            for fault in faults:
                self.stderr.write(f"{names[document.site_id]}, document {document.code}: {fault}")
        return seen, printed, faulty


def _about(finding: Finding) -> str:
    """Say what an altered entry is about, as it says now."""
    if finding.fault not in {Fault.ALTERED, Fault.COLUMN_ALTERED}:
        return ""
    about = entry_text(finding.chain, finding.seq)
    return f"; it says it is about: {about}" if about else ""


def _untold(report: Report) -> Iterator[str]:
    """Say of each end that was noted without an epoch, and that nothing is left to compare with, that it is one."""
    for site, walk in sorted(report.walks.items()):
        for seq, digits in walk.untold:
            yield (
                f"site {site}, entry {seq}: can't be told: {digits[:16]} was noted down without an epoch; another "
                "entry or none has this number now, and the hash of the one that was lost isn't known"
            )


def _require_none(told: Sequence[object], what: str) -> None:
    if told:
        raise CommandError(f"{what}: {told[0]}")


def _require_all_compared(places: Places, untold: list[str]) -> None:
    if places.unread:
        raise CommandError(
            f"what was read is whole, but the checkpoints in {' and '.join(places.unread)} can't be read: without "
            "them a cut-off end would go unseen"
        )
    if untold:
        raise CommandError(
            f"what could be compared is whole; of {len(untold)} ends noted down without an epoch it can't be told "
            "whether their entries are among those that were lost: name their epochs (SITE.EPOCH:NUMBER:HASH)"
        )
