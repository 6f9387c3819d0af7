"""Building a snapshot: the few shapes that the generic template prints.

A room may put anything into a snapshot and write its own template. With these shapes it needs none:
`content={"sections": [fields(...), table(...)], "signatures": [manifestation(s), ...]}`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: What a row of a table may be marked as; printed as a word and a sign, never as a colour alone.
MARKS = ("", "ok", "ask", "stop", "note")


def fields(heading: str, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a section of labelled values; a value that is not known stays visible as a dash."""
    return {"heading": heading, "fields": [{"label": label, "value": value} for label, value in pairs]}


def table(
    heading: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
    narrow: Iterable[int] = (),
    marks: Sequence[str] = (),
    drawings: Sequence[tuple[str, str]] = (),
    wide: int | None = 0,
) -> dict[str, Any]:
    """Return a section with a table of text cells.

    `numeric` numbers the columns (from 0) that are set flush right in tabular figures, `narrow` those that hold a
    word or two, `wide` the one that needs most room, if any; `marks`, one of `MARKS` per row, shows how each row came
    out; `drawings`, one per row, are keys of the line drawings in `static/documents/outlines`, "" for none, with what
    each shows. Raises ValueError when rows and columns don't fit.
    """
    rows = [list(row) for row in rows]
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("every row of a table has one cell per column")
    if marks and (len(marks) != len(rows) or not set(marks) <= set(MARKS)):
        raise ValueError("a table has one known mark per row, or none")
    if drawings and len(drawings) != len(rows):
        raise ValueError("a table has one drawing per row, an empty key where there is none, or no drawings")
    kinds = ["wide" if index == wide else "" for index in range(len(columns))]
    for kind, numbers in (("narrow", narrow), ("n", numeric)):
        for number in numbers:
            kinds[number] = kind
    return {
        "heading": heading,
        "columns": [{"title": title, "kind": kind} for title, kind in zip(columns, kinds, strict=True)],
        "rows": [
            {
                "mark": marks[number] if marks else "",
                **({"drawing": dict(zip(("key", "alt"), drawings[number], strict=True))} if drawings else {}),
                "cells": [{"text": text, "kind": kind} for text, kind in zip(row, kinds, strict=True)],
            }
            for number, row in enumerate(rows)
        ],
        "marked": bool(marks),
        **({"drawn": True} if drawings else {}),
    }


def paragraphs(heading: str, texts: Iterable[str]) -> dict[str, Any]:
    """Return a section of running text."""
    return {"heading": heading, "paragraphs": list(texts)}


def statements(heading: str, texts: Iterable[str]) -> dict[str, Any]:
    """Return a section of numbered statements, such as those of a consent."""
    return {"heading": heading, "statements": list(texts)}


def verdict(text: str, *, mark: str, reasons: Iterable[str] = ()) -> dict[str, Any]:
    """Return a section that says how it came out, in a frame: `mark` is one of `MARKS`."""
    if mark not in MARKS:
        raise ValueError(f"{mark} is not a mark")
    return {"heading": "", "verdict": {"text": text, "mark": mark, "reasons": list(reasons)}}


def pictures(heading: str, shown: Iterable[tuple[str, str]], *, per_row: int = 2) -> dict[str, Any]:
    """Return a section of pictures: pairs of a key of the snapshot's `files` and a caption."""
    return {
        "heading": heading,
        "pictures": [{"key": key, "caption": caption} for key, caption in shown],
        "per_row": per_row,
    }


def follows(section: dict[str, Any]) -> dict[str, Any]:
    """Return the section as one that stands on a page with what comes before it, where both find room there."""
    return {**section, "follows": True}


def files(stored: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return what goes under `files` in a snapshot: key to storage name and SHA-256 of each file shown."""
    return {key: {"name": name, "sha256": digest} for key, (name, digest) in stored.items()}


def patient_identity(*, name: str, birth_date: str, record_number: str) -> dict[str, str]:
    """Return what goes under `patient` in a snapshot: the name and two identifiers, as printed."""
    return {"name": name, "birth_date": birth_date, "record_number": record_number}
