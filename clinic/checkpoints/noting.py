"""Ends of chains that were noted down outside the trail: typed in, in checkpoint files, printed on documents."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.checkpoints.models import CheckpointPlace
from clinic.checkpoints.places import Folder, ReadablePlace, readable_places
from clinic.checkpoints.signing_key import public_key_files
from clinic.documents.models import SealedDocument
from clinic.trail.models import TrailEvent
from clinic.trail.verifier import ANY, Noted, note_checkpoints, read_keys

_TYPED = re.compile(r"(?:(\d+)(?:\.(\d+))?:)?(\d+):([0-9a-f]{16,64})")


def note_typed(noted: Noted, text: str) -> None:
    """Note `SITE:NUMBER:HASH`, or `SITE.EPOCH:NUMBER:HASH`; without a site it is of the first epoch.

    Raises ValueError.
    """
    found = _TYPED.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"not a checkpoint: {text!r}; it reads SITE:NUMBER:HASH")
    site, epoch, seq, digits = found.groups()
    noted.add(int(site or 0), int(seq), digits, ANY if epoch is None else int(epoch))


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

    A place that can't be read keeps nothing from being noted of the others. Nor can one that holds nothing though it
    was written to: a disk that isn't mounted looks like an empty folder. Raises OSError and ValueError when our own
    keys can't be read.
    """
    keys = read_keys(public_key_files())
    found = Places({}, {})
    known = CheckpointPlace.objects.in_bulk()
    for place in readable_places():
        name = place.name if isinstance(place, Folder) else f"bucket {place.name}"
        try:
            count = _note_place(noted, place, keys)
        except Exception as error:  # noqa: BLE001 - whatever a disk or a bucket says
            found.unread[name] = f"{type(error).__name__}: {error}"
            continue
        if count or place.name not in known:
            found.read[name] = count
        else:
            found.unread[name] = _emptied(known[place.name])
    return found


def _emptied(place: CheckpointPlace) -> str:
    if place.took_at is None:
        return f"it never took one: {place.said}"
    return f"it took one at {place.took_at:%Y-%m-%d %H:%M} UTC, and holds none now"


def _note_place(noted: Noted, place: ReadablePlace, keys: dict[str, Any]) -> int:
    if isinstance(place, Folder):
        return note_checkpoints(noted, [place.path], keys)  # also files that lie in none of a day's folders
    return sum(noted.read(where, text, keys) for where, text in place.texts())


def note_printed(noted: Noted, document: SealedDocument) -> bool:
    """Note the end of the trail that a sealed document shows; whether it shows one."""
    try:
        trail = json.loads(document.content).get("trail")
        seq, digits = int(trail["seq"]), str(trail["hash"])
        chain, epoch = (document.site_id, int(trail["epoch"])) if "epoch" in trail else _printed_of(document, seq)
        noted.add(chain, seq, digits, epoch)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def _printed_of(document: SealedDocument, seq: int) -> tuple[int, int]:
    """Return the chain and the epoch of an entry whose document, sealed by an earlier release, names only its number.

    A document lies in the database that its end was read from: no entry that was lost with another one is meant.
    """
    with_number = TrailEvent.objects.filter(seq=seq)
    own = with_number.filter(site=document.site_id, epoch__gt=0).values_list("epoch", flat=True).first()
    if own is not None:
        return document.site_id, own
    return (0, 0) if with_number.filter(epoch=0).exists() else (document.site_id, ANY)
