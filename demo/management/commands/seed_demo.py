"""Load the demo clinic."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clinic import clock
from clinic.accounts.models import User
from clinic.errors import Refused
from demo.staff import STAFF
from demo.story import Story


class Command(BaseCommand):
    """Writes two sites with staff and patients through the clinic's own services; a second run changes nothing."""

    help = "Load the demo clinic into an empty database: plainly fictional people, two sites, 44 weeks."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=STAFF[0].email).exists():
            self.stdout.write("The demo clinic is there already; nothing was changed.")
            return
        columns = (TextColumn("Demo clinic"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
        with Progress(*columns) as progress:
            task = progress.add_task("demo", total=None)
            try:
                with transaction.atomic():
                    story = Story(clock.now())
                    for done, known in story.play():
                        progress.update(task, completed=done, total=known)
            except Refused as refused:
                raise CommandError(refused.message) from refused
            except (OSError, DatabaseError) as error:
                # Nothing of it is there: it is one transaction, and the files lie unused.
                first = str(error).strip().splitlines()[0]
                raise CommandError(f"The demo clinic can't be written ({first}). Nothing of it was kept.") from error
        self.stdout.write("The demo clinic is loaded.")
