"""Uploaded files as they are kept: under a name that can be shown, and unchanged."""

import hashlib
from collections.abc import Container, Iterator

from django.apps import apps
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile

MOST_LETTERS = 200


def printable_name(name: str, *, otherwise: str) -> str:
    """Return the end of an uploaded file's `name`, without folders and what can't be printed; "" is `otherwise`."""
    cleaned = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())
    return cleaned[-MOST_LETTERS:] or otherwise


def is_intact(file: FieldFile, sha256: str) -> bool:
    """Whether the stored `file` is there and has the hash `sha256`; reads the whole of it."""
    try:
        with file.storage.open(str(file), "rb") as stored:
            return hashlib.file_digest(stored, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def altered_files(*, besides: Container[type[Model]] = ()) -> Iterator[str]:
    """Say of each stored file whose row has its hash that it is gone, or isn't what was stored; reads all of them.

    The hash stands in the column `sha256` beside the file's, or in `<the file's>_sha256`. `besides` are models whose
    files somebody else looks at.
    """
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, FileField) or model in besides:
                continue
            columns = {each.name for each in model._meta.concrete_fields}
            hash_of_it = next(name for name in (f"{field.name}_sha256", "sha256") if name in columns)
            rows = model._default_manager.order_by("pk").only(field.name, hash_of_it)
            for row in rows.iterator(chunk_size=500):
                if not is_intact(getattr(row, field.name), getattr(row, hash_of_it)):
                    yield f"{model._meta.verbose_name} {row.pk}: its file {getattr(row, field.name)} is gone or altered"
