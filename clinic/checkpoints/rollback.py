"""Whether the database was put back: it isn't what the checkpoints say that lie outside it.

A backup that is restored is a chain without a fault, only a shorter one. What was recorded after it was made is lost,
and its numbers would be given out a second time. Under a running clinic they are: then the chain is as long as was
noted, or longer, with other entries. So the hash of what was noted is compared, not only how far the chain goes: when
web, worker and `prepare` start, before the worker writes another checkpoint, and with what each process knows itself to
have written (`clinic.trail.seen`). When something is missing the clinic is read only (`clinic.trail.holding`) until a
person begins a new epoch (`clinic.checkpoints.services`).
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import batched, groupby, islice
from typing import Any

from clinic.accounts.models import Site
from clinic.checkpoints.asking import Asked, in_short
from clinic.checkpoints.places import Place, ReadablePlace, readable_places
from clinic.checkpoints.signing_key import public_key_files
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.sites import site_names
from clinic.trail.verifier import read_checkpoint, read_keys

#: So long a start waits for the places, all together: web, worker and `prepare` each.
READ_S = 5.0
#: So many checkpoints of a place are looked at for one that can be believed.
MOST_TRIED = 50
#: No entry that is here has the number of one that is lost: they begin after the last one that is here.
AFTER_THE_END = -1
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Lost:
    """The last entry of an epoch of a site's chain that was noted outside, and that the database doesn't have.

    Where other entries have the numbers of lost ones, `after` is the last number that was the same.
    """

    site: int
    epoch: int
    seq: int
    hash: str
    after: int = AFTER_THE_END

    def is_of(self, noted: "Lost") -> bool:
        """Whether what was `noted` is among the entries that this says are lost."""
        return self.after < noted.seq < self.seq or (noted.seq, noted.hash) == (self.seq, self.hash)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the places outside say of the database."""

    lost: list[Lost]
    #: Places that weren't read, and what is wrong with each.
    unread: dict[Place, Exception]

    def unread_in_words(self) -> list[str]:
        """Return each place that wasn't read, and why."""
        return [f"{place.name} ({in_short(error)})" for place, error in self.unread.items()]


type Reading = dict[Place, Asked[list[Lost]]]


def read(places: Iterable[ReadablePlace], *, whole: bool = False) -> Reading:
    """Begin to read the newest checkpoint of each place, or all of them when `whole`; none waits for another."""
    return {place: Asked(partial(_checkpoints, place, whole=whole)) for place in places}


def compare(*, whole: bool = False, known: Iterable[Lost] = ()) -> Comparison:
    """Compare the chains with the newest checkpoint of each place, or with all of them when `whole`, and with `known`.

    Only the whole tells since when the entries are others; it takes as long as it takes. A place that can't be read, or
    gives no answer in time, keeps nothing from being compared with the others.
    """
    until = None if whole else time.monotonic() + READ_S
    return compared(read(readable_places(), whole=whole), until=until, known=known)


def compared(reading: Reading, *, until: float | None, known: Iterable[Lost] = ()) -> Comparison:
    """Compare the chains with what is being read, `until` this moment of `time.monotonic()`, and with `known`."""
    noted = {replace(each, after=AFTER_THE_END) for each in known}
    unread: dict[Place, Exception] = {}
    for place, asked in reading.items():
        try:
            noted.update(asked.answer(until=until))
        except Exception as error:  # noqa: BLE001 - whatever a disk or a bucket says
            unread[place] = error
    # The chains are read after the checkpoints: what is added meanwhile only makes them longer.
    return Comparison(list(_missing(noted)), unread)


def _checkpoints(place: ReadablePlace, *, whole: bool) -> list[Lost]:
    """Return what the signed checkpoints of a place say, of its newest file that holds one or of every file."""
    keys: dict[str, Any] = {}
    found: list[Lost] = []
    for _where, text in islice(place.texts(), None if whole else MOST_TRIED):
        keys = keys or read_keys(public_key_files())
        blocks = [read_checkpoint(block, keys) for block in text.strip().split("\n\n")]
        believed = [Lost(*said[:4]) for said in blocks if not said[-1]]
        found += believed
        if believed and not whole:
            break
    return found


def _missing(noted: Iterable[Lost]) -> Iterator[Lost]:
    """Yield the furthest of each site and epoch that the database doesn't have, or has another entry for."""
    known = acknowledged()
    for (site, epoch), each in groupby(sorted(noted), key=lambda lost: (lost.site, lost.epoch)):
        notes = list(each)
        here = _hashes(site, epoch, [note.seq for note in notes])
        told = known.get((site, epoch), [])
        missing = [n for n in notes if here.get(n.seq) != n.hash and not any(loss.is_of(n) for loss in told)]
        if not missing:
            continue
        others = [note.seq for note in missing if note.seq in here]
        same = [note.seq for note in notes if here.get(note.seq) == note.hash]
        after = max((seq for seq in same if seq < min(others)), default=0) if others else AFTER_THE_END
        yield replace(missing[-1], after=after)


def _hashes(site: int, epoch: int, numbers: Iterable[int]) -> dict[int, str]:
    """Return the hashes of entries by their numbers; one query for a thousand."""
    found: dict[int, str] = {}
    for some in batched(numbers, _AT_ONCE):
        rows = TrailEvent.objects.filter(site=site, epoch=epoch, seq__in=some)
        found.update(rows.values_list("seq", "hash"))
    return found


def acknowledged() -> dict[tuple[int, int], list[Lost]]:
    """Return by site and epoch what the chains say is lost, with the number that it comes after; one query."""
    found: dict[tuple[int, int], list[Lost]] = {}
    begun = TrailEvent.objects.filter(site__in=Site.objects.values("pk"), action=Action.BEGIN_EPOCH)
    for site, body in begun.values_list("site", "body"):
        said = json.loads(body)["after"]
        follows = (site, said["follows"]["epoch"])
        for each in map(lost_of, said["lost"]):
            since = said["follows"]["seq"] if follows == (each.site, each.epoch) else 0
            loss = each if each.after != AFTER_THE_END else replace(each, after=since)
            found.setdefault((each.site, each.epoch), []).append(loss)
    return found


def lost_of(row: dict[str, Any]) -> Lost:
    """Return what a row of `Rollback.lost`, or of an entry that begins an epoch, says."""
    return Lost(**row)


def as_rows(lost: Iterable[Lost]) -> list[dict[str, Any]]:
    """Return what `Rollback.lost` and such an entry keep."""
    return [
        {name: value for name, value in asdict(each).items() if (name, value) != ("after", AFTER_THE_END)}
        for each in lost
    ]


def in_words(lost: Iterable[Lost]) -> list[str]:
    """Say for each by how much the chain is behind, or that it has other entries."""
    heads = dict(ChainHead.objects.exclude(site=None).values_list("site_id", "seq"))
    names = site_names()
    said = []
    for each in lost:
        behind = each.seq - heads.get(each.site, 0)
        how = f"{behind} entries behind" if behind > 0 else f"another entry {each.seq} than"
        said.append(
            f"{names.get(each.site, f'site {each.site}')}: {how} checkpoint {each.seq} of epoch {each.epoch} "
            f"({each.hash[:16]})"
        )
    return said
