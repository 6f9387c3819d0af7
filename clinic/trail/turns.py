"""Turns at the trail, for units of work at REPEATABLE READ.

Such a transaction sees what was there when its first statement began. If somebody else adds to the same chain after
that, it can't add any more: Postgres refuses it, and all its work has to be done again. `LOCK TABLE` is a statement
that looks at nothing, so it can come first and wait: whoever has waited begins to see when the one before has
committed. The turn only saves doing work again; the lock of a chain's end keeps the chain whole, here as everywhere.
"""

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

from clinic.accounts.actors import Actor

#: Tables without columns and rows; the first is the parent of the others, and locking it locks them all.
TABLE = "clinic_trailturn"
#: So many turns there are. Two sites whose numbers share one wait for each other in vain, and that is all.
TURNS = 8
TABLES = (TABLE, *(f"{TABLE}_{number}" for number in range(TURNS)))
_WAITS = [f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE" for name in TABLES]

#: For each connection whether its transactions keep their first snapshot. Postgres is asked once, by a statement that
#: needs no snapshot either: at READ COMMITTED a unit pays a look into this dictionary.
_keeps: "WeakKeyDictionary[Any, bool]" = WeakKeyDictionary()


def take_turn(by: Actor | None = None) -> None:
    """Wait until nobody else at REPEATABLE READ writes at the site of `by`, or at any; it ends with the transaction.

    Call it before the transaction's first statement: after that it is too late. `unit_of_work` does, where it begins
    the transaction; whoever opens a transaction around units does it themselves. At READ COMMITTED it does nothing.
    """
    link = connection.connection
    if link not in _keeps:
        (level,) = link.execute("SHOW transaction_isolation").fetchone()
        _keeps[link] = level in {"repeatable read", "serializable"}
    if _keeps[link]:
        with connection.cursor() as cursor:
            cursor.execute(_WAITS[0] if by is None else _WAITS[1 + by.site.pk % TURNS])
