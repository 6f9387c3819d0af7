"""Write a checkpoint of the record trail now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.checkpoints.standing import all_on_one_disk, place_standings
from clinic.checkpoints.writing import TooFewPlacesError, write_checkpoint
from clinic.trail.holding import is_held, what_to_do


class Command(BaseCommand):
    """Puts where every chain ends into every place that the settings name; exits 1 when fewer than two took it."""

    help = "Write a checkpoint of the record trail outside the database, as the worker does every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            took = write_checkpoint(at=clock.now())
        except (TooFewPlacesError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if is_held():
            raise CommandError(what_to_do())
        for name in took:
            self.stdout.write(f"Checkpoint written to {name}")
        standings = place_standings()
        for each in standings:
            if each.said:
                self.stderr.write(f"{each.title}: {each.said}. {each.what_to_do}")
        if all_on_one_disk(standings):
            self.stderr.write("All places lie on one disk: name another with CLINIC_CHECKPOINT_FOLDERS.")
