"""Whoever owns the tables changes or deletes no fact unseen: the trail knows every row from when it was added."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from clinic.frozen import Frozen
from clinic.signing.against_trail import record_faults
from clinic.signing.comparing import telling, told_by
from clinic.signing.models import Signature
from clinic.trail.models import TrailEvent
from tests.meta.conftest import Stories
from tests.meta.project import our_models
from tests.tampering import past_the_triggers

pytestmark = pytest.mark.django_db
#: What the trail tells of in a way of its own, or never.
TOLD_OTHERWISE = {
    "clinic.TrailEvent", "clinic.Signature", "clinic.SealedDocument", "clinic.Rendering", "clinic.DueTick",
}  # fmt: skip
FACTS = [model for model in our_models() if issubclass(model, Frozen) and model.hashed_when_added]
EACH = pytest.mark.parametrize("model", FACTS, ids=lambda model: model._meta.label)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block does."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told_of() -> dict[str, set[Any]]:
    """The keys that entries tell of, by table, where a table's own key names them."""
    found: dict[str, set[Any]] = {}
    for event in TrailEvent.objects.filter(telling()):
        for told in told_by(event):
            found.setdefault(told.asked.rows.table, set()).update(told.asked.keys)
    return found


def test_only_these_are_told_of_otherwise() -> None:
    assert {model._meta.label for model in our_models() if issubclass(model, Frozen)} == {
        *(model._meta.label for model in FACTS), *TOLD_OTHERWISE,
    }  # fmt: skip


def test_nothing_is_said_of_a_story_that_nobody_changed(stories: Stories) -> None:
    assert list(record_faults()) == []


def test_every_fact_of_the_stories_is_told_of(stories: Stories) -> None:
    known = told_of()
    for model in FACTS:
        keys = set(model._default_manager.values_list("pk", flat=True))
        assert keys, model
        assert keys - known.get(model._meta.db_table, set()) == set(), model


@EACH
def test_a_fact_that_is_deleted_is_named(stories: Stories, model: type[models.Model]) -> None:
    row = model._default_manager.order_by("pk")[0]
    with undone():
        with past_the_triggers() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s", [row.pk])
            assert cursor.rowcount == 1
        assert list(record_faults())
    assert list(record_faults()) == []


@EACH
def test_a_fact_that_is_moved_to_something_else_is_named(stories: Stories, model: type[models.Model]) -> None:
    row = model._default_manager.order_by("pk")[0]
    keys = [
        each for each in model._meta.concrete_fields if each.related_model not in {None, Signature} and not each.null
    ]
    with undone():
        with past_the_triggers() as cursor:
            column, key = keys[0].column, model._meta.pk.column
            cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {column} + 1000 WHERE {key} = %s", [row.pk])
            assert cursor.rowcount == 1
        assert list(record_faults())


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [("patients.Intake", "notes", "Nothing new"), ("protocols.RiskChange", "title", "Nothing new"),
     ("treatment_sessions.VialMovement", "volume_ul", 1), ("treatment_sessions.LotMovement", "volume_ul", 1),
     ("patients.PaperFiling", "signed_at", "2020-01-01"), ("patients.ConsentWithdrawal", "reason", "None")],
)  # fmt: skip
def test_what_such_a_fact_says_is_compared(stories: Stories, model: str, column: str, value: object) -> None:
    found = apps.get_model(model)
    row = found._default_manager.order_by("pk")[0]
    with undone():
        with past_the_triggers() as cursor:
            cursor.execute(f"UPDATE {found._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk])
            assert cursor.rowcount == 1
        said = [each for each in record_faults() if "was changed in the database" in each]
        assert any(str(found._meta.verbose_name) in each.lower() for each in said), said
