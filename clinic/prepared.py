"""How many statements a connection keeps the plans of.

psycopg keeps a hundred, and throws the longest unused away for each new one. The pages of a clinic's day ask about
three hundred different things again and again: a long one, such as the gate's about today's checklist, costs Postgres
twenty times as much to plan as to answer. All of them take some 30 MB of a connection's server process.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

MOST = 400


@receiver(connection_created)
def keep_plans(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Let a new connection keep as many plans as the clinic has use for."""
    connection.connection.prepared_max = MOST
