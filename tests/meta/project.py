"""What the rules of the whole project look at: our apps' models and source files."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

ROOMS = ("clinic", "protocols", "patients", "sessions", "audit")
LABELS = frozenset({"clinic", "protocols", "patients", "treatment_sessions", "audit"})


def our_models() -> list[type[models.Model]]:
    """Every concrete model of the five rooms, in a fixed order."""
    return sorted(
        (model for model in apps.get_models() if model._meta.app_label in LABELS), key=lambda model: model._meta.label
    )


def our_files() -> Iterator[tuple[str, ast.Module]]:
    """Yield the path and syntax tree of every Python file of the five rooms."""
    root = Path(settings.BASE_DIR)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield str(path.relative_to(root)), ast.parse(path.read_text(encoding="utf-8"))
