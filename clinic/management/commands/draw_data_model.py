"""Draw the data model from the models themselves."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from clinic.frozen import Mutability

if TYPE_CHECKING:
    type Column = models.Field[Any, Any]

PAGE = Path(settings.BASE_DIR) / "docs" / "data-model.md"

INTRODUCTION = """\
# The data model

Drawn from the models by `bin/manage draw_data_model`; a test compares this page with the models, so change those and
run the command again. One drawing per room; a table of another room appears as a box without fields. A line ends in a
crow's foot at the side of which there may be many, and in a ring where there may be none. Almost every row names a site
and the people who wrote it: these columns are listed (FK), and their lines are left out.

How a table's rows may change is declared by the model (`clinic.frozen`) and held by triggers in Postgres:

| mutability | meaning |
|---|---|
| frozen | inserted once, never changed; a correction is a new row |
| locked | a draft, until a signature or an approval locks it |
| mutable | may change; the record trail keeps what it was |
"""

#: Named by nearly every table: lines to them would hide the others.
_EVERYWHERE = {"clinic.Site", "clinic.User"}


class Command(BaseCommand):
    """Writes docs/data-model.md, or with --check compares it; exits 1 when it is out of date."""

    help = "Draw the data model of all rooms into docs/data-model.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        drawn = data_model()
        if not options["check"]:
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text(drawn, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != drawn:
            raise CommandError("docs/data-model.md is out of date: run bin/manage draw_data_model")


def data_model() -> str:
    """Return the whole page as Markdown with one Mermaid diagram per room."""
    parts = [INTRODUCTION]
    for config in apps.get_app_configs():
        room = [model for model in config.get_models() if mutability_of(model) is not None]
        if room:
            parts.append(_room(config, sorted(room, key=lambda model: model.__name__)))
    return "\n".join(parts)


def mutability_of(model: type[models.Model]) -> Mutability | None:
    """Return what the model declares; None for a library's model."""
    return getattr(model, "mutability", None)


def _room(config: AppConfig, room: list[type[models.Model]]) -> str:
    # The folder's name: the label of `sessions` is another one.
    lines = [f"## {config.name}", "", "```mermaid", "erDiagram"]
    for model in room:
        lines.append(f"    {model.__name__} {{")
        lines.extend(f"        {line}" for line in _fields(model))
        lines.append("    }")
    for model in room:
        lines.extend(f"    {line}" for line in _lines(model))
    lines += ["```", "", "| model | table | what | mutability |", "|---|---|---|---|"]
    for model in room:
        cells = (f"`{model.__name__}`", f"`{model._meta.db_table}`", model._meta.verbose_name, _word(model))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, ""])


def _word(model: type[models.Model]) -> str:
    declared = mutability_of(model)
    return declared.name.lower() if declared else ""


def _columns(model: type[models.Model]) -> "Iterator[Column]":
    yield from model._meta.concrete_fields


def _fields(model: type[models.Model]) -> Iterator[str]:
    for field in _columns(model):
        keys = [key for key, holds in (("PK", field.primary_key), ("FK", field.is_relation)) if holds]
        if field.unique and not field.primary_key:
            keys.append("UK")
        said = [f"to {_target(field).__name__}"] if field.is_relation else []
        if field.null:
            said.append("may be empty")
        comment = f'"{", ".join(said)}"' if said else ""
        yield " ".join(part for part in (_type(field), field.column, ", ".join(keys), comment) if part)


def _type(field: "Column") -> str:
    if isinstance(field, models.ForeignKey):
        # Such a column holds a number; only the key it points to counts up by itself.
        return _type(field.target_field).replace("auto", "integer")
    plain = field.get_internal_type().removesuffix("Field").lower()
    return f"{plain}({field.max_length})" if field.max_length and plain != "uuid" else plain


def _lines(model: type[models.Model]) -> Iterator[str]:
    for field in _columns(model):
        if not field.is_relation or _target(field)._meta.label in _EVERYWHERE:
            continue
        one = "|o" if field.null else "||"
        many = "o|" if field.one_to_one else "o{"
        yield f"{_target(field).__name__} {one}--{many} {model.__name__} : {field.name}"


def _target(field: "Column") -> type[models.Model]:
    target = field.related_model
    if not isinstance(target, type):
        raise TypeError(f"{field} points nowhere")
    return target
