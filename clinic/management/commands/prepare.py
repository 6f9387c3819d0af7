"""Make the services ready for the clinic: what `bin/run` and a server's deployment run before anything else."""

import json
from argparse import ArgumentParser
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

from clinic import clock
from clinic.checkpoints.services import EmptyDatabaseError, look_for_rollback
from clinic.outbox.health import begin_anew
from clinic.roles.rights import differing, grant
from clinic.roles.setting_up import Roles, connect_as_administrator, set_up_roles
from clinic.roles.watching import unwatched, watch_schema

OLDEST_POSTGRES = 15
CONNECT_SECONDS = 10


class Command(BaseCommand):
    """Reaches the database and Redis, sets up roles and tables, and compares the record trail with its checkpoints.

    Its last line is JSON: the number of accounts, and sentences that somebody should read. Raises CommandError, one
    line, when a service can't be reached or is too old, and when the database is empty and shouldn't be.
    """

    help = "Check the database and Redis, and bring the database up to date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-redis", action="store_true", help="don't ask whether Redis answers")

    def handle(self, *args: Any, **options: Any) -> None:
        changed = settings.AS_OWNER and self._set_up_roles()
        self._reach_database()
        if not options["without_redis"]:
            self._reach_redis()
        try:
            if _behind():
                call_command("migrate", interactive=False, verbosity=options["verbosity"], stdout=self.stdout)
                call_command("createcachetable", verbosity=0)
            elif settings.AS_OWNER and (changed or differing(Roles.of_settings().application)):
                grant(Roles.of_settings().application)
            unwatched_by = settings.AS_OWNER and not watch_schema() and connection.settings_dict["USER"]
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(_in_words(error)) from error
        begin_anew()
        try:
            said = look_for_rollback(at=clock.now())
        except EmptyDatabaseError as error:
            raise CommandError(str(error)) from error
        if unwatched_by:
            said.append(unwatched(unwatched_by))
        self.stdout.write(json.dumps({"users": get_user_model()._default_manager.count(), "said": said}))

    def _set_up_roles(self) -> bool:
        try:
            with connect_as_administrator() as administration:
                return set_up_roles(administration, Roles.of_settings())
        except psycopg.OperationalError as error:
            raise CommandError(f"The database can't be used as its owner: {_first_line(error)}") from error
        except (psycopg.Error, ValueError) as error:
            raise CommandError(f"The roles in the database can't be set up: {_first_line(error)}") from error

    def _reach_database(self) -> None:
        connection.settings_dict["OPTIONS"].setdefault("connect_timeout", CONNECT_SECONDS)
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(_in_words(error)) from error
        version = connection.pg_version // 10_000  # type: ignore[attr-defined]
        if version < OLDEST_POSTGRES:
            raise CommandError(f"The database is PostgreSQL {version}; it has to be {OLDEST_POSTGRES} or later.")
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_encoding")
            encoding = cursor.fetchone()[0]
        if encoding != "UTF8":
            raise CommandError(f"The database keeps text as {encoding}: make it again with ENCODING 'UTF8'.")

    def _reach_redis(self) -> None:
        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=CONNECT_SECONDS).ping()
        except (redis.RedisError, ValueError) as error:
            raise CommandError(f"The Redis of REDIS_URL can't be used: {_first_line(error)}") from error


def _behind() -> bool:
    """Whether a migration waits. Migrating with nothing to do takes as long as the rest of a start."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _in_words(error: Exception) -> str:
    """What is wrong with the database, and what to do where we know it."""
    text = str(error)
    if "No space left on device" in text:
        return "The disk that the database is on is full (no space left on device): make room, then start again."
    if isinstance(error, ProgrammingError) and "permission denied" in text:
        return (
            f"The user of DATABASE_URL may not set up the tables ({_first_line(error)}): "
            "make the database that user's own (ALTER DATABASE ... OWNER TO ...)."
        )
    if isinstance(error, ProgrammingError):
        raise error
    # The embedded one is reached by a socket; its address is nobody's mistake.
    which = "The database" if str(connection.settings_dict["HOST"]).startswith("/") else "The database of DATABASE_URL"
    return f"{which} can't be used: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
