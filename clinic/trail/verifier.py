"""Verifies the record trail, by itself: this one file and Python, without the clinic's program.

    python verifier.py trail.jsonl --checkpoints FOLDER --public-key trail.pub
    python verifier.py --database postgresql://USER@HOST/NAME --checkpoints FOLDER --public-key trail.pub

The first form reads what `bin/manage export_trail` wrote, the second asks a database (and needs psycopg). Checkpoints
are files that the clinic writes outside its database; only they show that a chain's end was cut off or written anew.
`cryptography` checks their signatures. The exit code is 0 when all is whole, 1 when it isn't, 2 when it can't be read.
An export says when it was made: what only later checkpoints know is called that, and a new export shows the rest. A
chain is named by its site's number; 0 is the one that all sites shared in the first epoch. A clinic that goes on from
an older backup begins an epoch with an entry that names what it lost: what was noted of that is told of, no finding.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

Entry = dict[str, Any]  # without `type`, which older interpreters of auditors don't know
Head = dict[str, Any]

FORMAT, CHECKPOINT, ZERO = "Baseline record trail 1", "Baseline checkpoint 1", "0" * 64
#: The epoch that a site's chain begins with; the epoch of a note that doesn't say one; the chain of what is no entry.
EPOCH, ANY, NONE = 1, -1, -1
ODD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)  # JSON of another form
#: What repeats what the body says, besides `epoch` and `seq`.
COLUMNS = ("recorded_at", "occurred_at", "actor", "actor_name", "site", "action", "object_type", "object_id",
    "object_label", "patient", "request_id", "reason")  # fmt: skip
FIELDS, HEAD = ("epoch", "seq", *COLUMNS, "body", "prev_hash", "hash"), ("epoch", "chain", "seq", "hash", "count")
_NUMBERS, _MOST = {"chain", "epoch", "seq", "count", "actor", "site", "patient"}, 2**63
_columns_of, _place_of = itemgetter(*COLUMNS), itemgetter("epoch", "seq", "hash", "recorded_at")

Fault = StrEnum("Fault", {"ALTERED": "altered", "COLUMN_ALTERED": "column altered", "GAP": "gap", "FORK": "fork",
    "REORDERED": "reordered", "TRUNCATED": "truncated", "OLDER": "older than a checkpoint", "UNREADABLE": "unreadable",
    "HEAD_MISMATCH": "head mismatch", "CHECKPOINT_MISMATCH": "checkpoint mismatch", "UNKNOWN_EPOCH": "unknown epoch",
    "TIME_REGRESSION": "time regression"})  # fmt: skip


class Finding(NamedTuple):
    """The first thing found wrong in a chain (or with a line of NONE); `seq` is its number, 0 when there is none."""

    chain: int
    seq: int
    fault: Fault
    detail: str

    def __str__(self) -> str:
        where = f"site {self.chain}, entry" if self.chain else "the first epoch, entry"
        return f"{'line' if self.chain == NONE else where} {self.seq}: {self.fault}: {self.detail}"


class Loss(NamedTuple):
    """What an entry that begins an epoch says is lost, up to `seq`: of `epoch` after `after`, of any after `held`."""

    site: int
    epoch: int
    seq: int
    hash: str
    after: int
    held: int
    said_by: Entry

    def __str__(self) -> str:
        what = f"epoch {self.epoch} of site {self.site} after entry {self.after}, up to entry {self.seq}, is lost"
        return "site {site}, entry {seq}: {}: {actor_name}, {recorded_at}: {reason}".format(what, **self.said_by)


class Noted:
    """Ends of chains that were noted down elsewhere, in full or as the first digits of their hash."""

    def __init__(self) -> None:
        self.hashes: dict[int, dict[tuple[int, int], str]] = {}  # for each chain, by epoch and number
        self.times: dict[tuple[int, int, int], str] = {}  # of checkpoints, by chain, number and epoch
        self.findings, self.made = list[Finding](), ""  # when the export was made that is verified

    def add(self, chain: int, seq: int, digits: str, epoch: int = ANY) -> None:
        """Note that entry `seq` of `chain` has a hash that begins with `digits`."""
        known = (hashes := self.hashes.setdefault(chain, {})).get((epoch, seq), "")
        agree = known.startswith(digits) or digits.startswith(known)
        hashes[epoch, seq] = max(known, digits, key=len) if agree else "two notes that differ"  # no hash begins so

    def read(self, where: str, text: str, keys: dict[str, Any]) -> int:
        """Note every checkpoint of a file at `where`, and what is none or isn't signed by a key; the number."""
        for block in (blocks := text.strip().split("\n\n")):
            chain, epoch, seq, digest, at, wrong = read_checkpoint(block, keys)
            if wrong:
                self.findings.append(Finding(chain, seq, Fault.CHECKPOINT_MISMATCH, f"{where} {wrong}"))
            else:
                self.add(chain, seq, digest, epoch)
                self.times[chain, seq, epoch] = min(at, self.times.get((chain, seq, epoch), at))
        return len(blocks)


def chain_hash(prev_hash: str, body: str) -> str:
    """Return the hash of an entry: SHA-256 over the hash before, a line feed and the body."""
    return hashlib.sha256(f"{prev_hash}\n{body}".encode()).hexdigest()


def content_fault(entry: Entry) -> tuple[Fault, str] | None:
    """Return what is wrong with an entry by itself, whatever stands before and after it."""
    try:
        if chain_hash(entry["prev_hash"], entry["body"]) != entry["hash"]:
            return Fault.ALTERED, "its content isn't what was hashed"
        body = json.loads(entry["body"])
        version, epoch, seq, said = body["v"], body.get("epoch", 0), body["seq"], _columns_of(body)
        if version != (2 if epoch else 1):
            return Fault.UNKNOWN_EPOCH, f"its content is of an unknown epoch or form ({epoch}, {version})"
        columns = [normalize("NFC", each) if type(each) is str else each for each in _columns_of(entry)]
        both = zip(("epoch", *COLUMNS), (epoch, *said), (entry["epoch"], *columns), strict=True)
        if wrong := [name for name, was, each in both if was != each]:
            return Fault.COLUMN_ALTERED, f"column {wrong[0]} isn't what was hashed"
        return (Fault.REORDERED, f"it was entry {seq} when it was written") if seq != entry["seq"] else None
    except ODD:
        return Fault.ALTERED, "its content can't be read"


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
    untold: list[tuple[int, str]] = field(default_factory=list)  # noted without an epoch, and perhaps lost
    _agreed: int = 0
    _other: list[tuple[int, int, str, int]] = field(default_factory=list)  # notes of other entries than those here
    _missing: range = field(default=range(0), repr=False)

    def see(self, entry: Entry) -> None:
        """Look at the next entry; after the first finding only whether what was missing comes later."""
        if self.finding is not None:
            if self.finding.fault is Fault.GAP and entry["seq"] in self._missing:
                self.finding = self.finding._replace(fault=Fault.REORDERED, detail=f"{entry['seq']} comes later")
            return
        known = entry["epoch"] == self.epoch or (entry["epoch"] > self.epoch and entry["action"] == "begin_epoch")
        no_epoch = None if known else (Fault.UNKNOWN_EPOCH, f"there is no epoch {entry['epoch']}")
        if fault := no_epoch or content_fault(entry) or self._link_fault(entry):
            self.finding = Finding(self.chain, entry["seq"], *fault)
            return
        self.epoch, self.seq, self.hash, self.recorded_at = _place_of(entry)
        self.count += 1
        for epoch in (self.epoch, ANY):  # a later entry may say that what was noted is lost
            if self.hash.startswith(digits := self.noted.pop((epoch, self.seq), "")):
                self._agreed = self.seq if digits else self._agreed
            else:
                self._other.append((self.seq, epoch, digits, self._agreed))

    def _link_fault(self, entry: Entry) -> tuple[Fault, str] | None:
        if not self.count and self.chain and entry["action"] == "begin_chain":
            try:
                after = json.loads(entry["body"])["after"] or {}
                self.follows = int(after.get("follows_seq", 0)), str(after.get("follows_hash", ZERO))
            except ODD:
                return Fault.UNKNOWN_EPOCH, "it doesn't say what its chain goes on from"
            self.seq, self.hash = self.follows
        if (seq := entry["seq"]) != self.seq + 1:
            self._missing = range(self.seq + 1, seq)
            return (Fault.GAP, f"after {self.seq} comes {seq}") if self._missing else (Fault.FORK, f"two entries {seq}")
        if entry["prev_hash"] != self.hash:
            return Fault.FORK, "it follows another entry than the one before it"
        if entry["recorded_at"] < self.recorded_at:
            return Fault.TIME_REGRESSION, "it was recorded before the entry before it"
        return self._begin(entry) if entry["epoch"] > self.epoch else None

    def _begin(self, entry: Entry) -> tuple[Fault, str] | None:
        """Take what an entry that begins an epoch says: what it goes on from, and what is lost."""
        lost: list[Loss] = []
        try:
            after = json.loads(entry["body"])["after"]
            follows = after["follows"] == {"epoch": self.epoch, "seq": self.seq, "hash": self.hash}
            for each in after["lost"]:
                site, epoch, seq = (int(each[name]) for name in ("site", "epoch", "seq"))
                # Without a word it is all after the entry before, or of another epoch or chain.
                held = int(each.get("after", self.seq if site == self.chain else 0))
                since = held if "after" in each or epoch == self.epoch else 0
                lost.append(Loss(site, epoch, seq, str(each["hash"]), since, held, entry))
        except ODD:
            follows = False
        self.losses += lost if follows else []
        return None if follows else (Fault.UNKNOWN_EPOCH, f"epoch {entry['epoch']} doesn't go on from the entry before")

    def end(self, head: Head | None, known: Noted) -> None:
        """Compare the chain's last entry with its kept end, and with what was noted down elsewhere."""
        head = {"epoch": self.epoch} | (head or {"seq": 0, "hash": ZERO, "count": 0})
        missing = {(seq, epoch) for (epoch, seq), digits in self.noted.items() if not self._is_lost(epoch, seq, digits)}
        # What only a checkpoint knows that came after the export was made, it can't hold.
        later = {each for each in missing if "" < known.made < known.times.get((self.chain, *each), "")}
        (seq, epoch), (newest, of) = (max(each, default=(0, 0)) for each in (missing - later, later))
        fault: tuple[Fault, str] | None = None
        if (head["seq"], head["hash"]) != (self.seq, self.hash):
            end = f"the end says {head['seq']} {head['hash'][:16]}, this is the last entry"
            fault = Fault.TRUNCATED if head["seq"] > self.seq else Fault.HEAD_MISMATCH, end
        elif (said := (head["count"], head["epoch"])) != (here := (self.count, self.epoch)):
            fault = Fault.HEAD_MISMATCH, f"the end says {said}, there are {here} (entries, epoch)"
        elif seq > self.seq:
            fault = Fault.TRUNCATED, f"{seq - self.seq} entries after it that were noted down are missing"
        elif seq:
            fault = Fault.CHECKPOINT_MISMATCH, f"the noted entry {seq}{f' of epoch {epoch}' * (epoch >= 0)} is missing"
        elif later:
            ends = f"this export ends at entry {self.seq} of {self.recorded_at or 'no time'}"
            knows = f"the checkpoint of {known.times[self.chain, newest, of]} knows {newest} entries"
            fault = Fault.OLDER, f"{ends}; {knows}: export anew, or check with the checkpoints up to then"
        self.finding = self.finding or (Finding(self.chain, self.seq, *fault) if fault else None)
        other = [(seq, agreed) for seq, epoch, digits, agreed in self._other if not self._is_lost(epoch, seq, digits)]
        if other and (self.finding is None or other[0][0] <= self.finding.seq):
            detail = f"it isn't the entry that was noted down: something after {other[0][1]} was written anew"
            self.finding = Finding(self.chain, other[0][0], Fault.CHECKPOINT_MISMATCH, detail)

    def _is_lost(self, epoch: int, seq: int, digits: str) -> bool:
        """Whether an entry of this chain says that it is lost; for a chain without entries, one of another chain."""
        mine = [each for each in self.losses if each.site == self.chain and epoch in (each.epoch, ANY)]
        mine = [each for each in mine if each.said_by["site"] == self.chain or not self.count]
        among = any((each.held if epoch == ANY else each.after) < seq < each.seq for each in mine)
        named = any((seq, digits) == (each.seq, each.hash[: len(digits)]) for each in mine)
        if among and not named and epoch == ANY:
            self.untold.append((seq, digits))
        return among or named


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
    walks = {chain: Walk(chain, hashes, losses, min(chain, EPOCH)) for chain, hashes in known.items()}
    for entry in entries:
        chain = entry["site"] if entry["epoch"] else 0
        (walks.get(chain) or walks.setdefault(chain, Walk(chain, {}, losses, EPOCH))).see(entry)
    for chain, walk in walks.items():
        walk.end(ends.get(chain), noted)
    first = walks[0]
    for walk in walks.values():  # each site's chain says where the first epoch ended
        if walk.follows and first.finding is None and walk.follows != (first.seq, first.hash):
            fault = Fault.TRUNCATED if walk.follows[0] > first.seq else Fault.CHECKPOINT_MISMATCH
            detail = f"site {walk.chain} goes on from entry {walk.follows[0]} {walk.follows[1][:16]}"
            first.finding = Finding(0, first.seq, fault, detail)
    found = [walk.finding for _chain, walk in sorted(walks.items()) if walk.finding is not None]
    findings = sorted([*found, *noted.findings], key=lambda each: each.chain != NONE)  # its line is missing elsewhere
    return Report(findings, walks, losses, sum(walk.count for walk in walks.values()))


def _read(line: bytes, names: Iterable[str]) -> Any:
    """Return the JSON object of a line; None when it is none, or something with these names is of another type."""
    try:
        found = json.loads(line.decode())
        numbers = [found[name] for name in names if name in _NUMBERS and (name, found[name]) != ("patient", None)]
        fit = all(type(each) is int and 0 <= each < _MOST for each in numbers)
        return found if fit and all(type(found[name]) is str for name in {*names} - _NUMBERS) else None
    except ODD:
        return None


def read_export(path: Path, noted: Noted) -> tuple[list[Head], Iterator[Entry]]:
    """Return the ends and entries of an export, and note its time and first bad line; raises OSError, ValueError."""
    first = _read((lines := path.open("rb")).readline(), ["format"]) or {}
    said, noted.made = first.get("heads"), str(first.get("at", ""))
    heads: list[Any] = [_read(json.dumps(head).encode(), HEAD) for head in said] if isinstance(said, list) else [None]
    if first.get("format") != FORMAT or None in heads:
        lines.close()
        raise ValueError(f"{path}, line 1: no export of a record trail begins so")

    def entries() -> Iterator[Entry]:
        with lines:
            for number, line in enumerate(lines, start=2):
                if entry := _read(line, FIELDS):
                    yield entry
                elif not any(each.chain == NONE for each in noted.findings):
                    noted.findings.append(Finding(NONE, number, Fault.UNREADABLE, "it isn't an entry"))

    return heads, entries()


_SELECT = """
    SELECT epoch, seq, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor_id, actor_name, site_id, action,
        object_type, object_id, object_label, patient_id, request_id, reason, body, prev_hash, hash
    FROM clinic_trailevent WHERE """
_HEADS = "SELECT epoch, coalesce(site_id, 0), seq, hash, count FROM clinic_chainhead ORDER BY 2"


def read_database(connection: Any) -> tuple[list[Head], Iterator[Entry]]:
    """Return the ends and the entries of a database, by a psycopg connection whose transaction is REPEATABLE READ."""
    heads = [dict(zip(HEAD, row, strict=True)) for row in connection.execute(_HEADS).fetchall()]
    sites = [row[0] for row in connection.execute("SELECT DISTINCT site_id FROM clinic_trailevent ORDER BY 1")]

    def entries() -> Iterator[Entry]:
        of_site = "epoch <> 0 AND site_id = %s ORDER BY seq, id"
        for where, values in [("epoch = 0 ORDER BY id", ()), *((of_site, (site,)) for site in sites)]:
            with connection.cursor(name="trail") as cursor:
                cursor.itersize = 2_000
                yield from (dict(zip(FIELDS, row, strict=True)) for row in cursor.execute(_SELECT + where, values))

    return heads, entries()


def key_name(public_key: bytes) -> str:
    """Return the short name of a public key, given as its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def read_keys(paths: Iterable[Path]) -> dict[str, Any]:
    """Return the public keys (PEM) by their names; raises OSError and ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        keys: list[Any] = [load_pem_public_key(path.read_bytes()) for path in paths]
        return {key_name(key.public_bytes(Encoding.Raw, PublicFormat.Raw)): key for key in keys}
    except (UnsupportedAlgorithm, AttributeError) as error:
        raise ValueError("a public key is of another kind than the clinic's") from error


def note_checkpoints(noted: Noted, folders: Iterable[Path], keys: dict[str, Any]) -> int:
    """Note every checkpoint in the files of `folders`, and what is none; the number."""
    paths = (path for folder in folders for path in sorted(folder.rglob("*.txt")))
    return sum(noted.read(str(path), path.read_text("utf-8", "replace"), keys) for path in paths)


def read_checkpoint(block: str, keys: dict[str, Any]) -> tuple[int, int, int, str, str, str]:
    """Return what a checkpoint says: chain, epoch, number, hash and time; and what is wrong with it, "" for nothing."""
    text, _mark, signature = block.rpartition("\nsignature: ")
    said = dict(line.partition(": ")[::2] for line in text.split("\n"))
    numbers = (said.get(name, "")[:19] for name in ("site", "epoch", "seq"))  # a longer one wouldn't be signed
    chain, epoch, seq = (int(number) if number.isdecimal() else 0 for number in numbers)
    if not text.startswith(CHECKPOINT + "\n") or len(said.get("hash", "")) != 64 or not seq:
        return chain, epoch, seq, "", "", "isn't a checkpoint"
    if keys:
        from cryptography.exceptions import InvalidSignature

        try:
            keys[said.get("key", "")].verify(base64.b64decode(signature.strip(), validate=True), text.encode())
        except (InvalidSignature, *ODD):
            return chain, epoch, seq, "", "", "isn't signed with this clinic's key"
    return chain, epoch, seq, said["hash"], said.get("time", ""), ""


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
        noted, export = Noted(), options.export
        if missing := [folder for folder in options.checkpoints if not folder.is_dir()]:
            raise NotADirectoryError(f"{missing[0]} is no folder")  # a cut-off end would go unseen
        read = note_checkpoints(noted, options.checkpoints, read_keys(options.public_key) if options.public_key else {})
        report = verify(*read_export(export, noted), noted) if export else _verify_database(options.database, noted)
    except (OSError, ImportError, *ODD) as error:
        sys.stderr.write(f"It can't be verified: {error}\n")
        return 2
    kept = "" if options.public_key else ", whose signatures weren't checked for want of a --public-key"
    kinds = {each.fault for each in report.findings}
    how = "NOT whole" if kinds - {Fault.OLDER} else "whole as far as it goes" if kinds else "whole"
    of = f"{read} checkpoints{kept}" if read else "no checkpoints, without which a cut-off end isn't seen"
    said = [*report.findings, *report.losses, f"The trail is {how}: {report.count} entries read, {of}."]
    sys.stdout.write("".join(f"{each}\n" for each in said).encode(errors="backslashreplace").decode())
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
