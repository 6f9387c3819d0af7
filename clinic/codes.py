"""Codes that rows hold, and what stands there when the clinic doesn't know one: somebody wrote it in the database.

A page shows such a code as it stands, since the panel of the record's signature says then that it was changed.
"""

from enum import Enum

from django.db.models import Choices


def known[C: Enum](codes: type[C], code: object) -> C | None:
    """Return what `code` is among `codes`; None for one that isn't."""
    try:
        return codes(code)
    except ValueError:
        return None


def words_of(codes: type[Choices], code: object) -> str:
    """Return what `code` is called among `codes`; the code itself where it isn't one of them."""
    found = known(codes, code)
    return str(code if found is None else found.label)


def unknown(codes: type[Choices], code: str) -> str:
    """Return a `code` that isn't one of `codes`; "" for one that is."""
    return code if known(codes, code) is None else ""
