"""Whether the database was put back: it is behind the checkpoints that lie outside it.

A backup that is restored is a chain without a fault, only a shorter one. What was recorded after it was made is lost,
and its numbers would be given out a second time. So web, worker and `prepare` compare the chains with the newest
checkpoints when they start, and the worker before it writes another; when something is missing the clinic is read only
(`clinic.trail.holding`) until a person begins a new epoch (`clinic.checkpoints.services`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from clinic.accounts.models import Site
from clinic.checkpoints.places import ReadablePlace, readable_places
from clinic.checkpoints.signing_key import public_key_files
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.verifier import read_checkpoint, read_keys

#: So many checkpoints of a place are looked at for one that can be believed.
MOST_TRIED = 50


@dataclass(frozen=True, slots=True, order=True)
class Lost:
    """The last entry of an epoch of a site's chain that was noted outside, and that the database doesn't have."""

    site: int
    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the places outside say of the database."""

    lost: list[Lost]
    #: Entries that are there, and aren't those that were noted: no backup makes that, `verify_trail` says more.
    other: list[Lost]
    #: Places that can't be read, each with what is wrong.
    unread: list[str]


def compare(*, whole: bool = False) -> Comparison:
    """Compare the chains with the newest checkpoint of each place, or with all of them when `whole`.

    A place that can't be read keeps nothing from being compared with the others.
    """
    noted: dict[tuple[int, int], Lost] = {}
    unread: list[str] = []
    for place in readable_places():
        try:
            for each in _checkpoints(place, whole=whole):
                key = each.site, each.epoch
                noted[key] = max(noted.get(key, each), each)
        except Exception as error:  # noqa: BLE001 - whatever a disk or a bucket says
            unread.append(f"{place.name} ({type(error).__name__}: {error})")
    # The chains are read after the checkpoints: what is added meanwhile only makes them longer.
    lost, other = _missing(noted.values())
    return Comparison(lost, other, unread)


def _checkpoints(place: ReadablePlace, *, whole: bool) -> Iterator[Lost]:
    """Yield what the signed checkpoints of a place say, of its newest file that holds one or of every file."""
    keys: dict[str, Any] = {}
    for text in islice(place.texts(), None if whole else MOST_TRIED):
        keys = keys or read_keys(public_key_files())
        found = [read_checkpoint(block, keys) for block in text.strip().split("\n\n")]
        believed = [Lost(*said[:4]) for said in found if not said[4]]
        yield from believed
        if believed and not whole:
            return


def _missing(noted: Iterable[Lost]) -> tuple[list[Lost], list[Lost]]:
    """Return which of these the database doesn't have, and for which it has others. One query, and one for each."""
    heads = {head.site_id: head for head in ChainHead.objects.exclude(site=None)}
    known = acknowledged()
    lost: list[Lost] = []
    other: list[Lost] = []
    for each in sorted(noted):
        if each.seq <= known.get((each.site, each.epoch), 0):
            continue
        entries = TrailEvent.objects.filter(site=each.site, seq=each.seq, epoch=each.epoch)
        found = entries.values_list("hash", flat=True).first()
        if found == each.hash:
            continue
        head = heads.get(each.site)
        behind = head is None or (each.epoch, each.seq) > (head.epoch, head.seq) or each.epoch < head.epoch
        (lost if found is None and behind else other).append(each)
    return lost, other


def acknowledged() -> dict[tuple[int, int], int]:
    """Return up to which number of which site and epoch the chains say that entries are lost; one query."""
    found: dict[tuple[int, int], int] = {}
    begun = TrailEvent.objects.filter(site__in=Site.objects.values("pk"), action=Action.BEGIN_EPOCH)
    for body in begun.values_list("body", flat=True):
        for each in map(lost_of, json.loads(body)["after"]["lost"]):
            found[each.site, each.epoch] = max(found.get((each.site, each.epoch), 0), each.seq)
    return found


def lost_of(row: dict[str, Any]) -> Lost:
    """Return what a row of `Rollback.lost`, or of an entry that begins an epoch, says."""
    return Lost(**row)


def as_rows(lost: Iterable[Lost]) -> list[dict[str, Any]]:
    """Return what `Rollback.lost` and such an entry keep."""
    return [asdict(each) for each in lost]


def in_words(lost: Iterable[Lost]) -> list[str]:
    """Say for each by how much the chain is behind."""
    heads = dict(ChainHead.objects.exclude(site=None).values_list("site_id", "seq"))
    names = {site.pk: f"site {site.pk} ({site.code})" for site in Site.objects.all()}
    return [
        f"{names.get(each.site, f'site {each.site}')}: {max(each.seq - heads.get(each.site, 0), 0)} entries behind "
        f"checkpoint {each.seq} of epoch {each.epoch} ({each.hash[:16]})"
        for each in lost
    ]
