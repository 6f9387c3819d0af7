"""A database for one run of the bench, beside the clinic's, dropped afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from clinic.roles.rights import NEVER_IGNORE

PREFIX = "baseline_bench_"


@contextmanager
def own_database() -> Iterator[str]:
    """Make and migrate a database on the clinic's server, and let Django use it inside the block; its name.

    One that an earlier run left (killed) is dropped too. The account needs the right to create databases.
    """
    name = f"{PREFIX}{os.getpid()}"
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    server = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters}
    with psycopg.connect(**server, autocommit=True) as administration:
        _drop_left_over(administration)
        administration.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        clinics = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute(NEVER_IGNORE)  # as in a clinic's database; the library's own costs every trigger time
            yield name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = clinics
            administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_left_over(administration: psycopg.Connection) -> None:
    found = administration.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    for (name,) in found.fetchall():
        # One that is in use belongs to another run.
        with suppress(psycopg.errors.ObjectInUse):
            administration.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
