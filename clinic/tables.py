"""All tables at once, for a database that has none yet: what many migrations came to, without walking through them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """Create the tables of all our apps, with their constraints, indexes and triggers, from models rendered once.

    Django renders every model that is related to another anew for each operation that touches it: with a hundred
    models that all lead to a site and a person, migrating took minutes of it (`docs/decisions/0019`). `tables` are
    the CreateModel operations by the label of their app; triggers stand in a model's options, as in its Meta.
    Foreign keys may point in circles: they are added when all tables are there.
    """

    category = OperationCategory.ADDITION
    reversible = False

    def __init__(self, tables: Mapping[str, Sequence[CreateModel]]) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add all models to `state`; what was rendered is forgotten, so that it is rendered once, with all of them."""
        state.__dict__.pop("apps", None)
        for label, creations in self.tables.items():
            for creation in creations:
                creation.state_forwards(label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create one after the other; a trigger whose function has a row of another table comes after that table."""
        for label, creations in self.tables.items():
            for creation in creations:
                creation.database_forwards(label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say in a word what it does, for `migrate` and `sqlmigrate`."""
        return "Create all tables"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what `makemigrations` would write of it."""
        return self.__class__.__name__, [], {"tables": self.tables}
