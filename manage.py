#!/usr/bin/env python
"""Django's command line for the clinic; `bin/manage` runs it in the right environment."""

import os
import sys

#: What changes the schema works as the tables' owner, where there is one (see clinic/settings.py).
SCHEMA_COMMANDS = {"prepare", "migrate", "createcachetable", "set_up_roles"}


def main() -> None:
    """Run the command of the command line. Without a database, or in a read-only clinic, one line says so."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    if set(sys.argv[1:2]) & SCHEMA_COMMANDS:
        os.environ["CLINIC_AS_OWNER"] = "1"
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    from clinic.errors import ReadOnly

    try:
        execute_from_command_line(sys.argv)
    except ReadOnly as error:
        sys.exit(str(error))
    except OperationalError as error:
        if connection.connection is not None:
            raise
        sys.exit(f"The database can't be used: {str(error).strip().splitlines()[0]}")


if __name__ == "__main__":
    main()
