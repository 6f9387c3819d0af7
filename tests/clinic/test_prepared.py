"""A connection keeps the plans of what the clinic asks in a day."""

import pytest
from django.db import connection

from clinic.prepared import MOST


@pytest.mark.django_db(transaction=True)
def test_plans_of_more_statements_are_kept_than_psycopg_would() -> None:
    connection.close()
    asked = [f"SELECT {number}" for number in range(200)]
    with connection.cursor() as cursor:
        for _ in range(7):
            for text in asked:
                cursor.execute(text)
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = ANY(%s)", [asked])
        assert cursor.fetchone() == (200,)
    assert connection.connection.prepared_max == MOST
