"""The check of the database: that it can be opened, and that it is up to date."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder

from clinic.checks import database_is_there

pytestmark = pytest.mark.django_db


def test_nothing_is_opened_unless_a_database_is_named() -> None:
    assert database_is_there() == []
    assert [message.id for message in run_checks(databases=["default"]) if message.id == "clinic.E006"] == []


def test_a_database_that_isnt_up_to_date_is_told() -> None:
    MigrationRecorder.Migration.objects.filter(app="audit").order_by("-id")[:1].get().delete()
    (found,) = database_is_there(databases=["default"])
    assert (found.id, "1 migrations of this version" in found.msg) == ("clinic.W001", True)


def test_a_database_that_cant_be_opened_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("connection refused\nIs the server running?")

    monkeypatch.setattr("clinic.checks.MigrationExecutor", refuse)
    (found,) = database_is_there(databases=["default"])
    assert (found.id, found.msg) == ("clinic.E006", "The database can't be opened: connection refused")
