"""Set up the two roles in Postgres: the tables' owner and the application."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from clinic.roles.rights import grant
from clinic.roles.setting_up import Roles, connect_as_administrator, set_up_roles
from clinic.roles.watching import unwatched, watch_schema


class Command(BaseCommand):
    """Makes both roles, gives everything to the owner, and gives the application its rights; safe to repeat.

    It signs in as CLINIC_ADMIN_DATABASE_URL says. The application's role and password are those of DATABASE_URL.
    """

    help = "Set up the roles in Postgres so that the application can't alter its own record."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        roles = Roles.of_settings()
        if not settings.AS_OWNER:
            raise CommandError("CLINIC_ADMIN_DATABASE_URL must name a role that may make roles.")
        try:
            with connect_as_administrator() as administration:
                set_up_roles(administration, roles)
        except (psycopg.Error, ValueError) as error:
            raise CommandError(f"The roles can't be set up: {str(error).strip().splitlines()[0]}") from error
        grant(roles.application)
        if not watch_schema():
            self.stderr.write(unwatched(connection.settings_dict["USER"]))
        self.stdout.write(f"{roles.owner} owns the tables; {roles.application} works with them.")
