"""Make the first account of an empty clinic."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.accounts.services import has_staff, make_first_manager
from clinic.errors import Refused

#: Option, and what is asked for when it isn't given.
QUESTIONS = {
    "email": "E-mail address of the manager",
    "name": "Full name, as printed on records",
    "site_code": "Code of the site (short, in capitals; begins record numbers)",
    "site_name": "Name of the site",
    "time_zone": "Time zone of the site (as in Europe/Berlin)",
}


class Command(BaseCommand):
    """Makes a site and its manager, who adds everybody else; refuses in a clinic that has staff."""

    help = "Make the first site and its manager in an empty clinic. Asks for whatever isn't given as an option."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, question in QUESTIONS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", help=question)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, not the keyboard"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if has_staff():
            raise CommandError("This clinic has staff already. Sign in as its manager to add people.")
        answers = {name: options[name] or self._ask(question) for name, question in QUESTIONS.items()}
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else self._ask_password()
        try:
            membership = make_first_manager(
                email=answers["email"], full_name=answers["name"], password=password, site_code=answers["site_code"],
                site_name=answers["site_name"], time_zone=answers["time_zone"], request_id="create_first_manager",
                at=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            where = f" (--{refused.field.replace('_', '-')})" if refused.field in QUESTIONS else ""
            raise CommandError(f"{refused.message}{where}") from refused
        self.stdout.write(f"{membership.user.full_name} manages {membership.site}. Sign in as {membership.user.email}.")

    def _ask(self, question: str) -> str:
        try:
            return input(f"{question}: ")
        except EOFError as error:
            raise CommandError(f"{question}: give it as an option, or answer at a keyboard.") from error

    def _ask_password(self) -> str:
        try:
            password, again = getpass("Password: "), getpass("Password again: ")
        except EOFError as error:
            raise CommandError("Type the password, or pipe it in with --password-stdin.") from error
        if password != again:
            raise CommandError("The two passwords aren't the same. Nothing was made; run the command again.")
        return password
