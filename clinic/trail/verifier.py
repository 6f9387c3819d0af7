"""Verifies the record trail, by itself: this one file and Python, without the clinic's program.

    python verifier.py trail.jsonl --checkpoints FOLDER --public-key trail.pub
    python verifier.py --database postgresql://USER@HOST/NAME --checkpoints FOLDER --public-key trail.pub

The first form reads what `bin/manage export_trail` wrote, the second asks a database (and needs psycopg). Checkpoints
are the files that the clinic writes every five minutes to places outside its database; only they show that a chain's
end was cut off, or that a chain was written anew. `cryptography` is needed to check their signatures. The exit code is
0 when the trail is whole, 1 when it isn't, 2 when something can't be read.

A chain is named by its site's number; 0 is the one chain that all sites shared in the first epoch. An entry's hash is
the SHA-256 of the hash before it, a line feed, and the entry's body. Whatever is wrong, each chain is read to its end
in memory that doesn't grow with the number of entries; what is kept of each checkpoint is its number and its hash.
"""

import argparse
import base64
import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import itemgetter
from pathlib import Path
from typing import Any

type Entry = dict[str, Any]
type Head = dict[str, Any]

FORMAT = "Baseline record trail 1"
CHECKPOINT = "Baseline checkpoint 1"
ZERO = "0" * 64
#: The version of an entry's body for each epoch that there is.
BODY_OF_EPOCH = {0: 1, 1: 2}
#: The columns that repeat what the body says, besides `epoch` and `seq`.
COLUMNS = (
    "recorded_at", "occurred_at", "actor", "actor_name", "site", "action", "object_type", "object_id", "object_label",
    "patient", "request_id", "reason",
)  # fmt: skip
FIELDS = ("epoch", "seq", *COLUMNS, "body", "prev_hash", "hash")
_columns_of = itemgetter(*COLUMNS)


class Fault(StrEnum):
    """The ways in which a chain can be wrong."""

    ALTERED = "altered"
    COLUMN_ALTERED = "column altered"
    GAP = "gap"
    FORK = "fork"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    HEAD_MISMATCH = "head mismatch"
    TIME_REGRESSION = "time regression"
    CHECKPOINT_MISMATCH = "checkpoint mismatch"
    UNKNOWN_EPOCH = "unknown epoch"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing found wrong in a chain, and where: `seq` is the entry's number, 0 when there is none."""

    chain: int
    seq: int
    fault: Fault
    detail: str

    def __str__(self) -> str:
        where = f"site {self.chain}" if self.chain else "the first epoch"
        return f"{where}, entry {self.seq}: {self.fault}: {self.detail}"


class Noted:
    """Ends of chains that were noted down elsewhere, in full or as the first digits of their hash."""

    def __init__(self) -> None:
        self._hashes: dict[int, dict[int, str]] = {}
        self.findings: list[Finding] = []

    def add(self, chain: int, seq: int, digits: str) -> None:
        """Note that entry `seq` of `chain` has a hash that begins with `digits`."""
        hashes = self._hashes.setdefault(chain, {})
        known = hashes.get(seq, "")
        agree = known.startswith(digits) or digits.startswith(known)
        hashes[seq] = max(known, digits, key=len) if agree else "two notes that differ"  # no hash begins like this

    def chains(self) -> Iterable[int]:
        return self._hashes

    def agrees(self, chain: int, seq: int, digest: str) -> bool:
        """Whether what was noted of this entry, if anything was, is its hash."""
        return digest.startswith(self._hashes.get(chain, {}).get(seq, ""))

    def last(self, chain: int) -> int:
        return max(self._hashes.get(chain, {0: ""}))

    def between(self, chain: int, seq: int) -> str:
        """Where an entry must have been changed that makes `seq` differ from what was noted."""
        before = max((each for each in self._hashes.get(chain, {}) if each < seq), default=0)
        return f"it isn't the entry that was noted down: something after {before} was written anew"


def chain_hash(prev_hash: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the hash before, a line feed and the body."""
    return hashlib.sha256(f"{prev_hash}\n{body}".encode()).hexdigest()


def chain_of(entry: Entry) -> int:
    """Return the chain that an entry belongs to."""
    return 0 if entry["epoch"] == 0 else int(entry["site"])


def content_fault(entry: Entry) -> tuple[Fault, str] | None:
    """Return what is wrong with an entry by itself, whatever stands before and after it."""
    if entry["epoch"] not in BODY_OF_EPOCH:
        return Fault.UNKNOWN_EPOCH, f"there is no epoch {entry['epoch']}"
    try:
        if chain_hash(entry["prev_hash"], entry["body"]) != entry["hash"]:
            return Fault.ALTERED, "its content isn't what was hashed"
        body = json.loads(entry["body"])
        version, epoch, seq = body["v"], body.get("epoch", 0), body["seq"]
        same = _columns_of(body) == _columns_of(entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Fault.ALTERED, "its content can't be read"
    if BODY_OF_EPOCH.get(epoch) != version:
        return Fault.UNKNOWN_EPOCH, f"its content is of an unknown epoch or form ({epoch}, {version})"
    if epoch != entry["epoch"]:
        return Fault.COLUMN_ALTERED, "column epoch isn't what was hashed"
    if not same:
        for name in COLUMNS:
            if not _same(body[name], entry[name]):
                return Fault.COLUMN_ALTERED, f"column {name} isn't what was hashed"
    if seq != entry["seq"]:
        return Fault.REORDERED, f"it was entry {seq} when it was written"
    return None


def _same(hashed: Any, column: Any) -> bool:
    return bool(hashed == (unicodedata.normalize("NFC", column) if isinstance(column, str) else column))


@dataclass
class Walk:
    """One chain, seen entry by entry in the order in which they are kept."""

    chain: int
    noted: Noted
    seq: int = 0
    hash: str = ZERO
    recorded_at: str = ""
    count: int = 0
    finding: Finding | None = None
    #: The end of the first epoch that the chain says it goes on from.
    follows: tuple[int, str] | None = None
    _missing: range = field(default=range(0), repr=False)

    def see(self, entry: Entry) -> None:
        """Look at the next entry; after the first finding only whether what was missing comes later."""
        if self.finding is not None:
            if self.finding.fault is Fault.GAP and entry["seq"] in self._missing:
                detail = f"entry {entry['seq']} comes only after it"
                self.finding = replace(self.finding, fault=Fault.REORDERED, detail=detail)
            return
        fault = content_fault(entry) or self._link_fault(entry)
        if fault is None and not self.noted.agrees(self.chain, entry["seq"], entry["hash"]):
            fault = Fault.CHECKPOINT_MISMATCH, self.noted.between(self.chain, entry["seq"])
        if fault is not None:
            self.finding = Finding(self.chain, entry["seq"], *fault)
            return
        self.seq, self.hash, self.recorded_at = entry["seq"], entry["hash"], entry["recorded_at"]
        self.count += 1

    def _link_fault(self, entry: Entry) -> tuple[Fault, str] | None:
        if not self.count and self.chain and entry["action"] == "begin_chain":
            after = json.loads(entry["body"]).get("after") or {}
            self.follows = after.get("follows_seq", 0), after.get("follows_hash", ZERO)
            self.seq, self.hash = self.follows
        seq, expected = entry["seq"], self.seq + 1
        if seq > expected:
            self._missing = range(expected, seq)
            return Fault.GAP, f"after {self.seq} comes {seq}"
        if seq < expected:
            return Fault.FORK, f"there are two entries {seq}"
        if entry["prev_hash"] != self.hash:
            return Fault.FORK, "it follows another entry than the one before it"
        if entry["recorded_at"] < self.recorded_at:
            return Fault.TIME_REGRESSION, "it was recorded before the entry before it"
        return None

    def end(self, head: Head | None) -> None:
        """Compare the chain's last entry with its kept end, and with what was noted down elsewhere."""
        if self.finding is not None:
            return
        fault = self._end_fault(head or {"seq": 0, "hash": ZERO, "count": 0})
        if fault is None and self.noted.last(self.chain) > self.seq:
            missing = self.noted.last(self.chain) - self.seq
            fault = Fault.TRUNCATED, f"{missing} entries after it that were noted down are missing"
        if fault is not None:
            self.finding = Finding(self.chain, self.seq, *fault)

    def _end_fault(self, head: Head) -> tuple[Fault, str] | None:
        if head["seq"] > self.seq:
            return Fault.TRUNCATED, f"the end says {head['seq']}, this is the last entry"
        if (head["seq"], head["hash"]) != (self.seq, self.hash):
            return Fault.HEAD_MISMATCH, f"the end says {head['seq']} {head['hash'][:16]}, this is the last entry"
        if head["count"] != self.count:
            return Fault.HEAD_MISMATCH, f"the end says {head['count']} entries, there are {self.count}"
        return None


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: at most one finding for each chain, besides those about checkpoint files."""

    findings: list[Finding]
    walks: dict[int, Walk]

    @property
    def count(self) -> int:
        return sum(walk.count for walk in self.walks.values())


def verify(heads: Iterable[Head], entries: Iterable[Entry], noted: Noted | None = None) -> Report:
    """Read `entries`, each chain's in the order in which they are kept, and compare with their ends."""
    noted = noted or Noted()
    ends = {int(head["chain"]): head for head in heads}
    walks: dict[int, Walk] = {}
    for entry in entries:
        chain = chain_of(entry)
        if (walk := walks.get(chain)) is None:
            walk = walks[chain] = Walk(chain, noted)
        walk.see(entry)
    for chain in {0, *ends, *noted.chains()} - walks.keys():
        walks[chain] = Walk(chain, noted)
    for chain, walk in walks.items():
        walk.end(ends.get(chain))
    _compare_epochs(walks)
    found = [walk.finding for _chain, walk in sorted(walks.items()) if walk.finding is not None]
    return Report([*found, *noted.findings], walks)


def _compare_epochs(walks: dict[int, Walk]) -> None:
    """Compare the first epoch's end with what each site's chain says that it goes on from."""
    first = walks[0]
    for walk in walks.values():
        if walk.follows is None or first.finding is not None or walk.follows == (first.seq, first.hash):
            continue
        fault = Fault.TRUNCATED if walk.follows[0] > first.seq else Fault.CHECKPOINT_MISMATCH
        detail = f"site {walk.chain} goes on from entry {walk.follows[0]} {walk.follows[1][:16]}"
        first.finding = Finding(0, first.seq, fault, detail)


def read_export(path: Path) -> tuple[list[Head], Iterator[Entry]]:
    """Return the ends and the entries of an export; raises ValueError and OSError when it can't be read."""
    lines = path.open(encoding="utf-8")
    first = json.loads(lines.readline() or "{}")
    if first.get("format") != FORMAT:
        lines.close()
        raise ValueError(f"{path} isn't an export of a record trail")

    def entries() -> Iterator[Entry]:
        with lines:
            yield from map(json.loads, lines)

    return first["heads"], entries()


_SELECT = """
    SELECT epoch, seq, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor_id, actor_name, site_id, action,
        object_type, object_id, object_label, patient_id, request_id, reason, body, prev_hash, hash
    FROM clinic_trailevent WHERE """
_HEADS = "SELECT coalesce(site_id, 0), epoch, seq, hash, count FROM clinic_chainhead ORDER BY 1"


def read_database(connection: Any) -> tuple[list[Head], Iterator[Entry]]:
    """Return the ends and the entries of a database, by a psycopg connection.

    What is added meanwhile isn't seen as long as the connection's transaction is REPEATABLE READ.
    """
    names = ("chain", "epoch", "seq", "hash", "count")
    heads = [dict(zip(names, row, strict=True)) for row in connection.execute(_HEADS).fetchall()]
    sites = [row[0] for row in connection.execute("SELECT DISTINCT site_id FROM clinic_trailevent ORDER BY 1")]

    def entries() -> Iterator[Entry]:
        for where, values in [("epoch = 0 ORDER BY id", ()), *(_of_site(site) for site in sites)]:
            with connection.cursor(name="trail") as cursor:
                cursor.itersize = 2_000
                for row in cursor.execute(_SELECT + where, values):
                    yield dict(zip(FIELDS, row, strict=True))

    return heads, entries()


def _of_site(site: int) -> tuple[str, tuple[int, ...]]:
    return "epoch <> 0 AND site_id = %s ORDER BY seq, id", (site,)


def key_name(public_key: bytes) -> str:
    """Return the short name of a public key, given as its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def read_keys(paths: Iterable[Path]) -> dict[str, Any]:
    """Return the public keys (PEM) by their names; raises OSError and ValueError."""
    from cryptography.hazmat.primitives import serialization

    keys = [serialization.load_pem_public_key(path.read_bytes()) for path in paths]
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return {key_name(key.public_bytes(*raw)): key for key in keys}


def note_checkpoints(noted: Noted, folders: Iterable[Path], keys: dict[str, Any]) -> int:
    """Note every checkpoint in the files of `folders`; the number read. Without keys, signatures aren't checked.

    What isn't a checkpoint, or isn't signed by one of `keys`, becomes a finding.
    """
    read = 0
    for path in (path for folder in folders for path in sorted(folder.rglob("*.txt"))):
        for block in path.read_text(encoding="utf-8", errors="replace").strip().split("\n\n"):
            read += 1
            text, _mark, signature = block.rpartition("\nsignature: ")
            said = dict(line.partition(": ")[::2] for line in text.split("\n"))
            chain, seq = (int(said[name]) if said.get(name, "").isdecimal() else 0 for name in ("site", "seq"))
            if not text.startswith(CHECKPOINT + "\n") or len(said.get("hash", "")) != 64 or not seq:
                wrong = "isn't a checkpoint"
            elif keys and not signed(text, signature, keys.get(said.get("key", ""))):
                wrong = "isn't signed with this clinic's key"
            else:
                noted.add(chain, seq, said["hash"])
                continue
            noted.findings.append(Finding(chain, seq, Fault.CHECKPOINT_MISMATCH, f"{path} {wrong}"))
    return read


def signed(text: str, signature: str, key: Any) -> bool:
    """Whether `signature` (base64) is the key's over `text`."""
    from cryptography.exceptions import InvalidSignature

    if key is None:
        return False
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Verify what the arguments name and say what was found; the exit code."""
    parser = argparse.ArgumentParser(description="Verify an export or a database of Baseline's record trail.")
    parser.add_argument("export", nargs="?", type=Path, help="a file that bin/manage export_trail wrote")
    parser.add_argument("--database", help="the address of a database, instead of an export")
    parser.add_argument("--checkpoints", type=Path, action="append", default=[], help="a folder of checkpoints")
    parser.add_argument("--public-key", type=Path, action="append", default=[], help="the key that signed them (PEM)")
    options = parser.parse_args(arguments)
    if (options.export is None) == (options.database is None):
        parser.error("name an export or a --database")
    try:
        noted = Noted()
        for folder in options.checkpoints:
            if not folder.is_dir():  # mistyped, or a share that isn't there: a cut-off end would go unseen
                raise NotADirectoryError(f"{folder} is no folder")
        read = note_checkpoints(noted, options.checkpoints, read_keys(options.public_key) if options.public_key else {})
        if options.database is None:
            report = verify(*read_export(options.export), noted)
        else:
            report = _verify_database(options.database, noted)
    except (OSError, ValueError, KeyError, ImportError) as error:
        sys.stderr.write(f"It can't be verified: {error}\n")
        return 2
    for finding in report.findings:
        sys.stdout.write(f"{finding}\n")
    kept = "" if options.public_key or not read else ", whose signatures weren't checked for want of a --public-key"
    verdict = "is NOT whole" if report.findings else "is whole"
    sys.stdout.write(f"The trail {verdict}: {report.count} entries read, {read} checkpoints{kept}.\n")
    return 1 if report.findings else 0


def _verify_database(address: str, noted: Noted) -> Report:
    import psycopg

    try:
        with psycopg.connect(address) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return verify(*read_database(connection), noted)
    except psycopg.Error as error:
        raise OSError(str(error).strip()) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
