"""Uploaded files as they are kept: under a name that can be shown, and unchanged."""

import hashlib

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
