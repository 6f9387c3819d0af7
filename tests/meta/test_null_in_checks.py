"""A check constraint passes when it comes to NULL, so every column that may be NULL is asked about by name."""

import re

import pytest
from django.db import connection

from tests.meta.project import our_models

CHECKS = """
    SELECT con.conname, pg_get_constraintdef(con.oid), att.attname
      FROM pg_constraint con
      JOIN pg_attribute att ON att.attrelid = con.conrelid AND att.attnum = ANY (con.conkey)
     WHERE con.contype = 'c' AND NOT att.attnotnull AND con.conrelid = ANY (%s::regclass[])
"""


def passes_on_null(definition: str, column: str) -> bool:
    """Whether the constraint's text never says what holds when `column` is NULL."""
    return not re.search(rf"\b{column} IS (NOT )?NULL", definition)


@pytest.mark.django_db
def test_no_check_passes_because_a_value_is_missing() -> None:
    tables = [model._meta.db_table for model in our_models()]
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [tables])
        found = cursor.fetchall()
    # Django bounds positive numbers by themselves, where NULL says that there is none.
    named = [row for row in found if not re.fullmatch(r"CHECK \(\((\w+) >= 0\)\)", row[1])]
    assert [name for name, definition, column in named if passes_on_null(definition, column)] == []
    assert len(named) > 10


def test_a_check_that_says_nothing_of_null_is_found() -> None:
    assert passes_on_null("CHECK ((volume_ul > 5))", "volume_ul")
    assert not passes_on_null("CHECK (((volume_ul IS NULL) OR (volume_ul > 5)))", "volume_ul")
