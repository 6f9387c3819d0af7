"""Check copies of sealed documents from anywhere."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.documents.copies import CopyCheck, Outcome, check_copy

#: Of several files the worst decides on the exit code.
WORST_FIRST = (Outcome.ALTERED, Outcome.UNKNOWN, Outcome.SUPERSEDED, Outcome.GENUINE)
UNREADABLE_EXIT = 4


class Command(BaseCommand):
    """Says of each file what it is; exits 0 genuine, 1 altered, 2 superseded, 3 unknown, 4 when it can't be read."""

    help = (
        "Check PDF files against what the clinic sealed. Exit code 0: genuine, 1: altered, 2: superseded, "
        "3: unknown, 4: a file can't be read. Of several files the worst decides: altered, unknown, superseded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE.pdf")
        parser.add_argument("--json", action="store_true", help="write JSON instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["files"]:  # argparse's own exit code means "superseded" here
            raise CommandError("name at least one FILE.pdf", returncode=UNREADABLE_EXIT)
        checked, unread = self._checked(options["files"])
        if options["json"]:
            self.stdout.write(
                json.dumps([_plain(path, check) for path, check in checked], ensure_ascii=False, indent=2)
            )
        else:
            for path, check in checked:
                self.stdout.write(f"{path}: {check.sentence}")
                for fault in check.faults:
                    self.stdout.write(f"  {fault}")
        for words in unread:
            self.stderr.write(words)
        found = {check.outcome for _path, check in checked}
        worst = next((outcome for outcome in WORST_FIRST if outcome in found), Outcome.GENUINE)
        # What was altered or superseded is worse news than a file that can't be read; a genuine one isn't.
        if worst or unread:
            raise SystemExit(int(worst) or UNREADABLE_EXIT)

    def _checked(self, paths: list[Path]) -> tuple[list[tuple[Path, CopyCheck]], list[str]]:
        checked: list[tuple[Path, CopyCheck]] = []
        unread: list[str] = []
        for path in paths:
            try:
                checked.append((path, check_copy(path.read_bytes(), name=str(path.resolve()))))
            except OSError as error:
                unread.append(f"{path} can't be read: {error.strerror}")
        return checked, unread


def _plain(path: Path, check: CopyCheck) -> dict[str, Any]:
    return {
        "file": str(path),
        "outcome": check.outcome.name.lower(),
        "code": check.code,
        "sha256": check.sha256,
        "sentence": check.sentence,
        "faults": list(check.faults),
    }
