"""Ends of chains that were noted down outside the database: typed in, printed on weekly audits, in checkpoint files."""

import re

from clinic.trail.verifier import Noted

_TYPED = re.compile(r"(?:(\d+):)?(\d+):([0-9a-f]{16,64})")


def note(noted: Noted, text: str) -> None:
    """Note `SITE:NUMBER:HASH` as somebody typed it; without a site it is of the first epoch. Raises ValueError."""
    found = _TYPED.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"not a checkpoint: {text!r}; it reads SITE:NUMBER:HASH")
    site, seq, digits = found.groups()
    noted.add(int(site or 0), int(seq), digits)
