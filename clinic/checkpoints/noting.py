"""Ends of chains that were noted down outside the trail: typed in, in checkpoint files, printed on documents."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

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


def note_printed(noted: Noted, document: SealedDocument) -> bool:
    """Note the end of the trail that a sealed document shows; whether it shows one."""
    try:
        trail = json.loads(document.content).get("trail")
        # Those sealed earlier don't say of which epoch they are.
        noted.add(document.site_id, int(trail["seq"]), str(trail["hash"]), int(trail.get("epoch", ANY)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
