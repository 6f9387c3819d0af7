"""Every model says how its rows may change, and the database holds it to that."""

from typing import Any

import pytest
from django.db import connection, models

from clinic.frozen import Frozen, Mutability
from tests.meta.project import our_models

MODELS = our_models()
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def of(mutability: Mutability) -> Any:
    """Run the test for each model of this mutability."""
    found = [model for model in MODELS if mutability_of(model) is mutability]
    return pytest.mark.parametrize("model", found, ids=[model._meta.label for model in found])


def mutability_of(model: type[models.Model]) -> Mutability | None:
    """What the model declares."""
    return getattr(model, "mutability", None)


def triggers_in_database(model: type[models.Model]) -> set[str]:
    """The names of the triggers that Postgres fires on the model's table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
            [model._meta.db_table],
        )
        fired = {name for (name,) in cursor.fetchall()}
    return {
        trigger.name
        for trigger in getattr(model._meta, "triggers", [])  # put there by pgtrigger
        if trigger.get_pgid(model) in fired
    }


def test_the_five_rooms_have_models() -> None:
    assert {model._meta.app_label for model in MODELS} == {
        "clinic", "protocols", "patients", "treatment_sessions", "audit",
    }  # fmt: skip


@EACH
def test_a_model_declares_its_mutability(model: type[models.Model]) -> None:
    assert isinstance(mutability_of(model), Mutability)


@EACH
def test_only_a_frozen_model_inherits_frozen(model: type[models.Model]) -> None:
    assert issubclass(model, Frozen) is (mutability_of(model) is Mutability.FROZEN)


@pytest.mark.django_db
@of(Mutability.FROZEN)
def test_postgres_guards_a_frozen_table(model: type[models.Model]) -> None:
    assert {"frozen", "no_truncate"} <= triggers_in_database(model)


@pytest.mark.django_db
@of(Mutability.LOCKED)
def test_postgres_guards_a_locked_table(model: type[models.Model]) -> None:
    found = triggers_in_database(model)
    assert "no_truncate" in found
    assert found & {"locked", "parent_locked"}


@pytest.mark.django_db
@EACH
def test_every_declared_trigger_is_in_the_database(model: type[models.Model]) -> None:
    assert triggers_in_database(model) == {trigger.name for trigger in getattr(model._meta, "triggers", [])}


@EACH
def test_nothing_is_deleted_with_what_it_points_at(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey):
            assert field.remote_field.on_delete is models.PROTECT, field


@EACH
def test_when_and_by_whom_are_set_together(model: type[models.Model]) -> None:
    fields: dict[str, Any] = {field.name: field for field in model._meta.get_fields() if hasattr(field, "null")}
    pairs = [(name, f"{name[:-3]}_by") for name in fields if name.endswith("_at") and f"{name[:-3]}_by" in fields]
    for at, by in pairs:
        if not isinstance(fields[by], models.ForeignKey) or not (fields[at].null or fields[by].null):
            continue
        assert fields[at].null
        assert fields[by].null
        assert any(_couples(constraint, at, by) for constraint in model._meta.constraints), (at, by)


def _couples(constraint: models.BaseConstraint, at: str, by: str) -> bool:
    """Whether the constraint says: both, or neither."""
    if not isinstance(constraint, models.CheckConstraint):
        return False
    condition = constraint.condition
    if not isinstance(condition, models.Q) or condition.connector != models.Q.OR or len(condition.children) != 2:
        return False
    found = [_nulls(child) for child in condition.children]
    return {at: True, by: True} in found and {at: False, by: False} in found


def _nulls(child: Any) -> dict[str, bool] | None:
    if not isinstance(child, models.Q) or child.negated or child.connector != models.Q.AND:
        return None
    found: dict[str, bool] = {}
    for leaf in child.children:
        if not isinstance(leaf, tuple):
            return None
        name, value = leaf
        found[name.removesuffix("__isnull")] = True if value is None else bool(value)
    return found
