"""Numbers for records that are signed before they are written.

A record whose row never changes must carry its signature from the start, and the signature names the
record: so the record's number is drawn first.
"""

from django.db import connection, models


def with_number[M: models.Model](row: M) -> M:
    """Give the unsaved `row` the number that it will have in its table."""
    table, column = row._meta.db_table, row._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [table, column])
        row.pk = cursor.fetchone()[0]
    return row
