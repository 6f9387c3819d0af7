"""Ends of chains that were noted down outside the trail: typed in, in checkpoint files, printed on documents."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.checkpoints.places import Folder, ReadablePlace, readable_places
from clinic.checkpoints.signing_key import public_key_files
from clinic.documents.models import SealedDocument
from clinic.trail.verifier import ANY, Noted, note_checkpoints, read_keys

_TYPED = re.compile(r"(?:(\d+):)?(\d+):([0-9a-f]{16,64})")


def note_typed(noted: Noted, text: str) -> None:
    """Note `SITE:NUMBER:HASH`; without a site it is of the first epoch. Raises ValueError."""
    found = _TYPED.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"not a checkpoint: {text!r}; it reads SITE:NUMBER:HASH")
    site, seq, digits = found.groups()
    noted.add(int(site or 0), int(seq), digits)


def note_folders(noted: Noted, folders: Iterable[Path]) -> int:
    """Note every checkpoint of these folders, signed by a key of ours; the number read. Raises OSError, ValueError."""
    return note_checkpoints(noted, folders, read_keys(public_key_files()))


@dataclass(frozen=True, slots=True)
class Places:
    """What was read of the places of the settings: how many checkpoints of each, and which can't be read and why."""

    read: dict[str, int]
    unread: dict[str, str]


def note_places(noted: Noted) -> Places:
    """Note every checkpoint of every place of the settings that gives back what was put there.

    A place that can't be read keeps nothing from being noted of the others. Raises OSError and ValueError when our own
    keys can't be read.
    """
    keys = read_keys(public_key_files())
    found = Places({}, {})
    for place in readable_places():
        name = place.name if isinstance(place, Folder) else f"bucket {place.name}"
        try:
            found.read[name] = _note_place(noted, place, keys)
        except Exception as error:  # noqa: BLE001 - whatever a disk or a bucket says
            found.unread[name] = f"{type(error).__name__}: {error}"
    return found


def _note_place(noted: Noted, place: ReadablePlace, keys: dict[str, Any]) -> int:
    if isinstance(place, Folder):
        return note_checkpoints(noted, [place.path], keys)  # also files that lie in none of a day's folders
    return sum(noted.read(where, text, keys) for where, text in place.texts())


def note_printed(noted: Noted, document: SealedDocument) -> bool:
    """Note the end of the trail that a sealed document shows; whether it shows one."""
    try:
        trail = json.loads(document.content).get("trail")
        # Those sealed earlier don't say of which epoch they are.
        noted.add(document.site_id, int(trail["seq"]), str(trail["hash"]), int(trail.get("epoch", ANY)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
