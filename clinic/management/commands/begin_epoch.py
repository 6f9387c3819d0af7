"""Go on from an older backup."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.accounts.models import User
from clinic.checkpoints.rollback import compare
from clinic.checkpoints.services import begin_epoch, look_for_rollback
from clinic.errors import Refused
from clinic.trail.sites import site_names


class Command(BaseCommand):
    """Begins a new epoch of every chain, by an entry that names what is lost; refuses where nothing was put back."""

    help = (
        "Go on from an older backup that was put back: a manager acknowledges what is lost, the record trail says so "
        "for ever, and the clinic is no longer read only. Asks for the manager's password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the manager who answers for it")
        parser.add_argument("--reason", required=True, help="why an older backup was put back")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, not the keyboard"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        look_for_rollback(at=clock.now())
        by = User.objects.filter(email=options["by"].strip().lower(), is_service=False).first()
        for sentence in compare(whole=True).unread_in_words():
            self.stderr.write(f"Not read: {sentence}. What only that place tells of won't be named.")
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else getpass("Password: ")
        if by is None or not by.check_password(password):
            raise CommandError("There is nobody with this e-mail address and password.")
        try:
            lost = begin_epoch(by=by, reason=options["reason"], at=clock.now())
        except Refused as refused:
            raise CommandError(refused.message) from refused
        names = site_names()
        for each in lost:
            site = names.get(each.site, f"site {each.site}")
            self.stdout.write(f"Lost: epoch {each.epoch} of {site}, up to entry {each.seq} {each.hash[:16]}")
        self.stdout.write(
            f"{by.full_name} has begun a new epoch of the record trail. The clinic can be written to again."
        )
