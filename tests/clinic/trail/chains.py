"""Chains made in memory, and what an attacker who owns the database could do to them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.trail.verifier import COLUMNS, ZERO, Entry, Head, Noted, Report, chain_hash, verify


def entry(epoch: int, site: int, seq: int, prev_hash: str, **changes: Any) -> Entry:
    """Return an entry with its hash; `changes` go into columns and body alike, `after` into the body alone."""
    columns: dict[str, Any] = {
        "recorded_at": f"2026-11-{1 + seq // 1440:02}T{seq // 60 % 24:02}:{seq % 60:02}:00.000000Z",
        "occurred_at": "2026-11-01T00:00:00.000000Z", "actor": 7, "actor_name": "Olga Demo", "site": site,
        "action": "change", "object_type": "patients.Patient", "object_id": str(seq), "object_label": "Adler, Alma",
        "patient": seq % 5 or None, "request_id": f"request-{seq}", "reason": "Misheard.",
    }  # fmt: skip
    after = changes.pop("after", {"phone": f"01 555 {seq:04}"})
    columns |= changes
    body: dict[str, Any] = {"v": 2 if epoch else 1, "seq": seq, **columns, "after": after}
    if epoch:
        body["epoch"] = epoch
    return finished({"epoch": epoch, "seq": seq, **columns}, body, prev_hash)


def finished(columns: Entry, body: dict[str, Any], prev_hash: str) -> Entry:
    """Return the entry of `columns` and `body` that follows `prev_hash`."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**columns, "body": text, "prev_hash": prev_hash, "hash": chain_hash(prev_hash, text)}


def chain_of_length(count: int, *, epoch: int = 1, site: int = 1, after: Entry | None = None) -> list[Entry]:
    """Return a chain; one that comes `after` the first epoch's last entry begins by naming it."""
    made: list[Entry] = []
    start, last = (after["seq"], after["hash"]) if after else (0, ZERO)
    for seq in range(start + 1, start + count + 1):
        begins: dict[str, Any] = {}
        if after and not made:
            follows = {"follows_epoch": 0, "follows_seq": start, "follows_hash": last}
            begins = {"action": "begin_chain", "after": follows}
        made.append(entry(epoch, site, seq, last, **begins))
        last = made[-1]["hash"]
    return made


def changed(old: Entry, prev_hash: str | None = None, **changes: Any) -> Entry:
    """Return the entry with `changes` in columns and body, hashed anew as the follower of `prev_hash`."""
    body = json.loads(old["body"])
    body |= changes
    columns = {name: body.get(name, old[name]) for name in ("epoch", "seq", *COLUMNS)}
    return finished(columns, body, old["prev_hash"] if prev_hash is None else prev_hash)


@dataclass
class Trail:
    """Entries in the order in which they are kept, the kept ends, and what was noted elsewhere."""

    entries: list[Entry]
    heads: list[Head] = field(default_factory=list)
    noted: list[tuple[int, int, str]] = field(default_factory=list)

    def copy(self) -> "Trail":
        """Return a trail that can be changed without changing this one."""
        return Trail([dict(each) for each in self.entries], [dict(each) for each in self.heads], list(self.noted))

    def of(self, chain: int) -> list[int]:
        """Return where the entries of a chain stand."""
        return [at for at, each in enumerate(self.entries) if (each["site"] if each["epoch"] else 0) == chain]

    def end_at(self, chain: int, last: Entry, count: int) -> None:
        """Let the kept end of `chain` say that it ends with `last`."""
        self.heads = [head for head in self.heads if head["chain"] != chain]
        self.heads.append({"chain": chain, "seq": last["seq"], "hash": last["hash"], "count": count})

    def note(self, at: int) -> None:
        """Note the entry that stands at `at` down elsewhere."""
        noted = self.entries[at]
        self.noted.append((noted["site"] if noted["epoch"] else 0, noted["seq"], noted["hash"]))

    def rewrite(self, chain: int, at: int, **changes: Any) -> None:
        """Change an entry and everything after it in its chain, the kept end included, so that all of it fits."""
        places = self.of(chain)
        last = self.entries[at]["prev_hash"]
        for place in places[places.index(at) :]:
            mine = changes if place == at else {}
            self.entries[place] = changed(self.entries[place], last, **mine)
            last = self.entries[place]["hash"]
        self.end_at(chain, self.entries[places[-1]], len(places))

    def verified(self) -> Report:
        noted = Noted()
        for each in self.noted:
            noted.add(*each)
        return verify(self.heads, iter(self.entries), noted)


def clean_trail(lengths: Sequence[int] = (9, 12, 10)) -> Trail:
    """Return a trail: the first epoch, a chain that goes on from it, and the chain of a site that came later."""
    first = chain_of_length(lengths[0], epoch=0, site=1)
    second = chain_of_length(lengths[1], site=1, after=first[-1])
    third = chain_of_length(lengths[2], site=2)
    trail = Trail([*first, *second, *third])
    for chain, made in ((0, first), (1, second), (2, third)):
        trail.end_at(chain, made[-1], len(made))
    return trail
