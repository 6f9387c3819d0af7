"""Reads the whole chain again and says where it was broken."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.canonical import plain
from clinic.trail.models import ChainHead, TrailEvent
from clinic.trail.unit import chain_hash


class Fault(StrEnum):
    """The ways in which a chain can be wrong."""

    GAP = "gap"
    BROKEN_LINK = "broken link"
    ALTERED = "altered"
    COLUMN_ALTERED = "column altered"
    TIME_REGRESSION = "time regression"
    HEAD_MISMATCH = "head mismatch"
    CHECKPOINT_MISMATCH = "checkpoint mismatch"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing found wrong, and where."""

    seq: int
    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A chain's end as it was noted down elsewhere."""

    seq: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read `SEQ:HASH`; raises ValueError for anything else."""
        seq, _colon, digest = text.strip().partition(":")
        if len(digest) != 64 or not seq.isdigit():
            raise ValueError(f"not a checkpoint: {text!r}; it reads NUMBER:HASH")
        return cls(int(seq), digest)


_COLUMNS = {
    "seq": "seq", "recorded_at": "recorded_at", "occurred_at": "occurred_at", "actor": "actor_id",
    "actor_name": "actor_name", "site": "site_id", "action": "action", "object_type": "object_type",
    "object_id": "object_id", "object_label": "object_label", "patient": "patient_id",
    "request_id": "request_id", "reason": "reason",
}  # fmt: skip


def verify_chain(checkpoints: Iterable[Checkpoint] = ()) -> Finding | None:
    """Return the first fault of the chain, or None when it is whole.

    A chain can't see its own missing tail; `checkpoints`, kept outside the database, can. The clinic may go on working
    meanwhile: what it adds is read too.
    """
    wanted = {checkpoint.seq: checkpoint.hash for checkpoint in checkpoints}
    last = _Last(seq=0, hash="0" * 64, recorded_at="")
    while True:
        before = last.seq
        for event in TrailEvent.objects.filter(seq__gt=before).order_by("seq").iterator(chunk_size=2_000):
            fault = _link_fault(event, last) or _content_fault(event)
            if fault is None and wanted.get(event.seq, event.hash) != event.hash:
                fault = Fault.CHECKPOINT_MISMATCH, "it isn't the event that was noted down"
            if fault is not None:
                return Finding(event.seq, *fault)
            last = _Last(seq=event.seq, hash=event.hash, recorded_at=json.loads(event.body)["recorded_at"])
        head = ChainHead.objects.get(pk=1)
        if (head.seq, head.hash) == (last.seq, last.hash):
            break
        # An end ahead of what was read, just after something was: the clinic went on, so its new entries are read too.
        if head.seq <= last.seq or last.seq == before:
            return Finding(last.seq, Fault.HEAD_MISMATCH, f"the end says {head.seq}, the last event is {last.seq}")
    if wanted and max(wanted) > last.seq:
        return Finding(last.seq, Fault.TRUNCATED, f"{max(wanted) - last.seq} events noted down are missing")
    return None


def entry_fault(event: TrailEvent) -> Fault | None:
    """Return what is wrong with one entry by itself: its content or columns aren't what was hashed.

    Whether it stands in the chain where it should, and whether the chain is whole, `verify_chain` says.
    """
    if chain_hash(event.prev_hash, event.body) != event.hash:
        return Fault.ALTERED
    found = _content_fault(event)
    return found[0] if found else None


class _Last(NamedTuple):
    seq: int
    hash: str
    recorded_at: str


def _link_fault(event: TrailEvent, last: _Last) -> tuple[Fault, str] | None:
    if event.seq != last.seq + 1:
        return Fault.GAP, f"after {last.seq} comes {event.seq}"
    if event.prev_hash != last.hash:
        return Fault.BROKEN_LINK, "it doesn't follow the event before it"
    if chain_hash(event.prev_hash, event.body) != event.hash:
        return Fault.ALTERED, "its content isn't what was hashed"
    if json.loads(event.body)["recorded_at"] < last.recorded_at:
        return Fault.TIME_REGRESSION, "it was recorded before the event before it"
    return None


def _content_fault(event: TrailEvent) -> tuple[Fault, str] | None:
    body = json.loads(event.body)
    for name, column in _COLUMNS.items():
        if not _same(body[name], getattr(event, column)):
            return Fault.COLUMN_ALTERED, f"column {column} isn't what was hashed"
    return None


def _same(in_body: Any, in_column: Any) -> bool:
    return bool(in_body == plain(in_column))
