"""Load the demo clinic."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clinic import clock
from clinic.accounts.models import User
from clinic.documents.models import Rendering
from clinic.errors import Refused
from clinic.outbox.models import OutboxEntry
from clinic.outbox.priorities import Priority
from demo.staff import STAFF
from demo.story import Story
from patients.consents.models import Consent
from patients.photos.models import Photo

#: After so many deeds Postgres plans anew for the first time, then whenever they have doubled.
PLANNED_FIRST = 8
#: Where the demo puts files.
FOLDERS = ("photos", "consents", "documents")


def remove_leftovers() -> None:
    """Take away the files of a load that was broken off, while nothing in the database names any file."""
    if Photo.objects.exists() or Consent.objects.exists() or Rendering.objects.exists():
        return
    waiting = list(FOLDERS)
    while waiting:
        folder = waiting.pop()
        try:
            folders, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        waiting += [f"{folder}/{name}" for name in folders]
        for name in files:
            default_storage.delete(f"{folder}/{name}")


def _plan_for_growth() -> None:
    """Let Postgres prefer indexes: it can't know how tables grow whose rows nobody else, no autovacuum either, sees."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")


def _plan_anew() -> None:
    """Let Postgres forget how it meant to read tables that were empty when it was asked first: from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """Let each service's block be a part of the one transaction, not a savepoint: a block that fails ends the whole.

    Thousands of subtransactions would be looked through whenever Postgres asks who wrote a row.
    """
    features = connection.features
    before = features.uses_savepoints
    features.uses_savepoints = False
    try:
        yield
    finally:
        features.uses_savepoints = before


class Command(BaseCommand):
    """Writes two sites with staff and patients through the clinic's own services; a second run changes nothing."""

    help = "Load the demo clinic into an empty database: plainly fictional people, two sites, 44 weeks."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=STAFF[0].email).exists():
            self.stdout.write("The demo clinic is there already; nothing was changed.")
            return
        remove_leftovers()
        columns = (TextColumn("Demo clinic"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
        with Progress(*columns, refresh_per_second=4) as progress:
            task = progress.add_task("demo", total=None)
            try:
                with transaction.atomic(), _without_savepoints():
                    _plan_for_growth()
                    story = Story(clock.now())
                    for done, known in story.play():
                        progress.update(task, completed=done, total=known)
                        if done >= PLANNED_FIRST and done.bit_count() == 1:
                            _plan_anew()
                    # What somebody signs while these are made doesn't wait for them.
                    OutboxEntry.objects.filter(done_at=None).update(priority=Priority.LATER)
            except Refused as refused:
                raise CommandError(refused.message) from refused
            except (OSError, DatabaseError) as error:
                # It is one transaction: no row of it is there, and no row names the files that were written.
                remove_leftovers()
                first = str(error).strip().splitlines()[0]
                full = " Make room on the disk first." if "No space left on device" in str(error) else ""
                raise CommandError(
                    f"The demo clinic can't be written ({first}). Nothing of it was kept.{full}"
                ) from error
        self.stdout.write("The demo clinic is loaded.")
