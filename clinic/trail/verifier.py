"""Verifies the record trail, by itself: this one file and Python, without the clinic's program.

    python verifier.py trail.jsonl --checkpoints FOLDER --public-key trail.pub
    python verifier.py --database postgresql://USER@HOST/NAME --checkpoints FOLDER --public-key trail.pub

The first form reads what `bin/manage export_trail` wrote, the second asks a database (and needs psycopg). Checkpoints
are files that the clinic writes outside its database; only they show that a chain's end was cut off or written anew.
`cryptography` checks their signatures. The exit code is 0 when all is whole, 1 when it isn't, 2 when it can't be read.

A chain is named by its site's number; 0 is the one chain that all sites shared in the first epoch. An entry's hash is
the SHA-256 of the hash before it, a line feed, and the entry's body. A clinic that goes on from an older backup begins
an epoch with an entry that names what it lost: what was noted of that is told of, and is no finding. Each chain is read
to its end, in memory that grows with the number of checkpoints alone.
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

FORMAT, CHECKPOINT = "Baseline record trail 1", "Baseline checkpoint 1"
ZERO = "0" * 64
#: The epoch that a site's chain begins with, and what stands for the epoch of a note that doesn't say one.
EPOCH, ANY = 1, -1
#: The columns that repeat what the body says, besides `epoch` and `seq`.
COLUMNS = (
    "recorded_at", "occurred_at", "actor", "actor_name", "site", "action", "object_type", "object_id", "object_label",
    "patient", "request_id", "reason",
)  # fmt: skip
FIELDS = ("epoch", "seq", *COLUMNS, "body", "prev_hash", "hash")
_columns_of, _place_of = itemgetter(*COLUMNS), itemgetter("epoch", "seq", "hash", "recorded_at")


#: The ways in which a chain can be wrong.
Fault = StrEnum("Fault", {
    "ALTERED": "altered", "COLUMN_ALTERED": "column altered", "GAP": "gap", "FORK": "fork", "REORDERED": "reordered",
    "TRUNCATED": "truncated", "HEAD_MISMATCH": "head mismatch", "TIME_REGRESSION": "time regression",
    "CHECKPOINT_MISMATCH": "checkpoint mismatch", "UNKNOWN_EPOCH": "unknown epoch",
})  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Loss:
    """What an entry that begins an epoch says is lost: entries of an `epoch` of `site` after `after`, up to `seq`."""

    site: int
    epoch: int
    seq: int
    hash: str
    after: int
    said_by: Entry

    def __str__(self) -> str:
        what = f"epoch {self.epoch} of site {self.site} after entry {self.after}, up to entry {self.seq}, is lost"
        return "site {site}, entry {seq}: {}: {actor_name}, {recorded_at}: {reason}".format(what, **self.said_by)


class Noted:
    """Ends of chains that were noted down elsewhere, in full or as the first digits of their hash."""

    def __init__(self) -> None:
        self.hashes: dict[int, dict[tuple[int, int], str]] = {}  # for each chain, by epoch and number
        self.findings: list[Finding] = []

    def add(self, chain: int, seq: int, digits: str, epoch: int = ANY) -> None:
        """Note that entry `seq` of `chain` has a hash that begins with `digits`."""
        hashes = self.hashes.setdefault(chain, {})
        known = hashes.get((epoch, seq), "")
        agree = known.startswith(digits) or digits.startswith(known)
        hashes[epoch, seq] = max(known, digits, key=len) if agree else "two notes that differ"  # no hash begins so


def chain_hash(prev_hash: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the hash before, a line feed and the body."""
    return hashlib.sha256(f"{prev_hash}\n{body}".encode()).hexdigest()


def content_fault(entry: Entry) -> tuple[Fault, str] | None:
    """Return what is wrong with an entry by itself, whatever stands before and after it."""
    try:
        if chain_hash(entry["prev_hash"], entry["body"]) != entry["hash"]:
            return Fault.ALTERED, "its content isn't what was hashed"
        body = json.loads(entry["body"])
        version, epoch, seq = body["v"], body.get("epoch", 0), body["seq"]
        same = _columns_of(body) == _columns_of(entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Fault.ALTERED, "its content can't be read"
    if version != (2 if epoch else 1):
        return Fault.UNKNOWN_EPOCH, f"its content is of an unknown epoch or form ({epoch}, {version})"
    if epoch != entry["epoch"]:
        return Fault.COLUMN_ALTERED, "column epoch isn't what was hashed"
    columns = zip(COLUMNS, () if same else _columns_of(entry), strict=False)
    text = {name: unicodedata.normalize("NFC", each) if isinstance(each, str) else each for name, each in columns}
    if wrong := [name for name, each in text.items() if body[name] != each]:
        return Fault.COLUMN_ALTERED, f"column {wrong[0]} isn't what was hashed"
    if seq != entry["seq"]:
        return Fault.REORDERED, f"it was entry {seq} when it was written"
    return None


@dataclass
class Walk:
    """One chain, seen entry by entry in the order in which they are kept."""

    chain: int
    noted: dict[tuple[int, int], str]  # what wasn't met yet
    losses: list[Loss]  # of all chains
    epoch: int
    seq: int = 0
    hash: str = ZERO
    recorded_at: str = ""
    count: int = 0
    finding: Finding | None = None
    follows: tuple[int, str] | None = None  # the end of the first epoch that the chain says it goes on from
    _agreed: int = 0
    _missing: range = field(default=range(0), repr=False)

    def see(self, entry: Entry) -> None:
        """Look at the next entry; after the first finding only whether what was missing comes later."""
        if self.finding is not None:
            if self.finding.fault is Fault.GAP and entry["seq"] in self._missing:
                detail = f"entry {entry['seq']} comes only after it"
                self.finding = replace(self.finding, fault=Fault.REORDERED, detail=detail)
            return
        fault: tuple[Fault, str] | None = None
        if entry["epoch"] != self.epoch and (entry["epoch"] < self.epoch or entry["action"] != "begin_epoch"):
            fault = Fault.UNKNOWN_EPOCH, f"there is no epoch {entry['epoch']}"
        fault = fault or content_fault(entry) or self._link_fault(entry) or self._note_fault(entry)
        if fault is not None:
            self.finding = Finding(self.chain, entry["seq"], *fault)
            return
        self.epoch, self.seq, self.hash, self.recorded_at = _place_of(entry)
        self.count += 1

    def _note_fault(self, entry: Entry) -> tuple[Fault, str] | None:
        for epoch in (entry["epoch"], ANY):
            digits = self.noted.pop((epoch, entry["seq"]), None)
            if digits is None or (epoch == ANY and self._is_lost(epoch, entry["seq"], digits)):
                continue
            if not entry["hash"].startswith(digits):
                where = f"something after {self._agreed} was written anew"
                return Fault.CHECKPOINT_MISMATCH, f"it isn't the entry that was noted down: {where}"
            self._agreed = entry["seq"]
        return None

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
        return self._begin(entry) if entry["epoch"] > self.epoch else None

    def _begin(self, entry: Entry) -> tuple[Fault, str] | None:
        """Take what an entry that begins an epoch says: what it goes on from, and what is lost."""
        try:
            after = json.loads(entry["body"])["after"]
            follows = after["follows"] == {"epoch": self.epoch, "seq": self.seq, "hash": self.hash}
            lost = [
                (int(each["site"]), int(each["epoch"]), int(each["seq"]), str(each["hash"])) for each in after["lost"]
            ]
        except (KeyError, TypeError, ValueError):
            follows = False
        if not follows:
            return Fault.UNKNOWN_EPOCH, f"epoch {entry['epoch']} doesn't go on from the entry before it"
        here = self.chain, self.epoch
        self.losses += [Loss(*each, after=self.seq if each[:2] == here else 0, said_by=entry) for each in lost]
        return None

    def end(self, head: Head | None) -> None:
        """Compare the chain's last entry with its kept end, and with what was noted down elsewhere."""
        fault = self._end_fault(head or {"seq": 0, "hash": ZERO, "count": 0}) or self._missing_fault()
        if self.finding is None and fault is not None:
            self.finding = Finding(self.chain, self.seq, *fault)

    def _end_fault(self, head: Head) -> tuple[Fault, str] | None:
        if head["seq"] > self.seq:
            return Fault.TRUNCATED, f"the end says {head['seq']}, this is the last entry"
        if (head["seq"], head["hash"]) != (self.seq, self.hash):
            return Fault.HEAD_MISMATCH, f"the end says {head['seq']} {head['hash'][:16]}, this is the last entry"
        if head["count"] != self.count or head.get("epoch", self.epoch) != self.epoch:
            said = f"{head['count']} entries, epoch {head.get('epoch')}, there are {self.count}, epoch {self.epoch}"
            return Fault.HEAD_MISMATCH, f"the end says {said}"
        return None

    def _missing_fault(self) -> tuple[Fault, str] | None:
        """Look for what was noted of entries that aren't here, and that no entry says are lost."""
        left = [(seq, epoch, digits) for (epoch, seq), digits in self.noted.items() if epoch != ANY or seq > self.seq]
        missing = [(seq, epoch) for seq, epoch, digits in left if not self._is_lost(epoch, seq, digits)]
        seq, epoch = max(missing, default=(0, 0))
        if seq > self.seq:
            return Fault.TRUNCATED, f"{seq - self.seq} entries after it that were noted down are missing"
        return (Fault.CHECKPOINT_MISMATCH, f"entry {seq} was noted down as one of epoch {epoch}") if seq else None

    def _is_lost(self, epoch: int, seq: int, digits: str) -> bool:
        """Whether an entry of this chain says that it is lost; for a chain without entries, one of another chain."""
        return any(
            loss.after < seq < loss.seq or (seq == loss.seq and loss.hash.startswith(digits))
            for loss in self.losses
            if loss.site == self.chain and epoch in (loss.epoch, ANY)
            if loss.said_by["site"] == self.chain or not self.count
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: at most one finding for each chain, besides those about checkpoint files."""

    findings: list[Finding]
    walks: dict[int, Walk]
    losses: list[Loss]  # with the epochs that ended, as the entries say that began the next ones
    count: int


def verify(heads: Iterable[Head], entries: Iterable[Entry], noted: Noted | None = None) -> Report:
    """Read `entries`, each chain's in the order in which they are kept, and compare with their ends."""
    noted, losses, ends = noted or Noted(), list[Loss](), {int(head["chain"]): head for head in heads}
    known = {chain: dict(noted.hashes.get(chain, {})) for chain in {0, *ends, *noted.hashes}}
    walks = {chain: Walk(chain, hashes, losses, EPOCH if chain else 0) for chain, hashes in known.items()}
    for entry in entries:
        chain = entry["site"] if entry["epoch"] else 0
        if chain not in walks:
            walks[chain] = Walk(chain, {}, losses, EPOCH)
        walks[chain].see(entry)
    for chain, walk in walks.items():
        walk.end(ends.get(chain))
    _compare_epochs(walks)
    found = [walk.finding for _chain, walk in sorted(walks.items()) if walk.finding is not None]
    return Report([*found, *noted.findings], walks, losses, sum(walk.count for walk in walks.values()))


def _compare_epochs(walks: dict[int, Walk]) -> None:
    """Compare the first epoch's end with what each site's chain says that it goes on from."""
    first = walks[0]
    for walk in walks.values():
        if walk.follows and first.finding is None and walk.follows != (first.seq, first.hash):
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
    """Return the ends and the entries of a database, by a psycopg connection whose transaction is REPEATABLE READ."""
    names = ("chain", "epoch", "seq", "hash", "count")
    heads = [dict(zip(names, row, strict=True)) for row in connection.execute(_HEADS).fetchall()]
    sites = [row[0] for row in connection.execute("SELECT DISTINCT site_id FROM clinic_trailevent ORDER BY 1")]

    def entries() -> Iterator[Entry]:
        of_site = "epoch <> 0 AND site_id = %s ORDER BY seq, id"
        for where, values in [("epoch = 0 ORDER BY id", ()), *((of_site, (site,)) for site in sites)]:
            with connection.cursor(name="trail") as cursor:
                cursor.itersize = 2_000
                for row in cursor.execute(_SELECT + where, values):
                    yield dict(zip(FIELDS, row, strict=True))

    return heads, entries()


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
    """Note every checkpoint in the files of `folders`, and what is none or isn't signed by a key; the number."""
    read = 0
    for path in (path for folder in folders for path in sorted(folder.rglob("*.txt"))):
        for block in path.read_text(encoding="utf-8", errors="replace").strip().split("\n\n"):
            read += 1
            chain, epoch, seq, digest, wrong = read_checkpoint(block, keys)
            if wrong:
                noted.findings.append(Finding(chain, seq, Fault.CHECKPOINT_MISMATCH, f"{path} {wrong}"))
            else:
                noted.add(chain, seq, digest, epoch)
    return read


def read_checkpoint(block: str, keys: dict[str, Any]) -> tuple[int, int, int, str, str]:
    """Return what a checkpoint says: chain, epoch, number and hash; and what is wrong with it, "" when nothing is."""
    text, _mark, signature = block.rpartition("\nsignature: ")
    said = dict(line.partition(": ")[::2] for line in text.split("\n"))
    chain, epoch, seq = (int(said[name]) if said.get(name, "").isdecimal() else 0 for name in ("site", "epoch", "seq"))
    if not text.startswith(CHECKPOINT + "\n") or len(said.get("hash", "")) != 64 or not seq:
        return chain, epoch, seq, "", "isn't a checkpoint"
    if keys:
        from cryptography.exceptions import InvalidSignature

        try:
            keys[said.get("key", "")].verify(base64.b64decode(signature.strip(), validate=True), text.encode())
        except (KeyError, InvalidSignature, ValueError):
            return chain, epoch, seq, "", "isn't signed with this clinic's key"
    return chain, epoch, seq, said["hash"], ""


def main(arguments: Sequence[str]) -> int:
    """Verify what the arguments name and say what was found; the exit code."""
    parser = argparse.ArgumentParser(description="Verify an export or a database of Baseline's record trail.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("export", nargs="?", type=Path, help="a file that bin/manage export_trail wrote")
    what.add_argument("--database", help="the address of a database, instead of an export")
    parser.add_argument("--checkpoints", type=Path, action="append", default=[], help="a folder of checkpoints")
    parser.add_argument("--public-key", type=Path, action="append", default=[], help="the key that signed them (PEM)")
    options = parser.parse_args(arguments)
    try:
        noted = Noted()
        if missing := [folder for folder in options.checkpoints if not folder.is_dir()]:
            raise NotADirectoryError(f"{missing[0]} is no folder")  # a cut-off end would go unseen
        read = note_checkpoints(noted, options.checkpoints, read_keys(options.public_key) if options.public_key else {})
        export = options.export
        report = verify(*read_export(export), noted) if export else _verify_database(options.database, noted)
    except (OSError, ValueError, KeyError, ImportError) as error:
        sys.stderr.write(f"It can't be verified: {error}\n")
        return 2
    sys.stdout.writelines(f"{told}\n" for told in (*report.findings, *report.losses))
    kept = "" if options.public_key or not read else ", whose signatures weren't checked for want of a --public-key"
    sys.stdout.write(
        f"The trail is {'NOT ' * bool(report.findings)}whole: {report.count} entries read, {read} checkpoints{kept}.\n"
    )
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
