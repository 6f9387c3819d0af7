"""The clinic's own programs say what they are while they change the schema, so that the record of it tells them apart.

It is a claim, not a proof: whoever may change the schema can make it too. The row stays, with its time and its role.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

SETTING = "baseline.program"
SAY = f"SELECT set_config('{SETTING}', %s, false)"
#: For one transaction.
SAY_HERE = f"SELECT set_config('{SETTING}', %s, true)"


def say(program: str, using: str = "default") -> None:
    """Name the program for all that the connection does from now on; "" takes the name back."""
    with connections[using].cursor() as cursor:
        cursor.execute(SAY, [program])


@contextmanager
def named(program: str, using: str = "default") -> Iterator[None]:
    """Name the program for what is done inside the block."""
    say(program, using)
    try:
        yield
    finally:
        say("", using)
