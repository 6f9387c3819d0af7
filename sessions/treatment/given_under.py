"""Under which papers the points of a session were injected, part by part, and what ended a paper since. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic.clock import HasTimeZone
from clinic.moments import moment_text, stopped
from patients.screening.ended import Ended, How, ended_words

#: A paper of a session: which kind, and its number.
type PaperKey = tuple[str, int]
#: What ended papers, by the paper.
type EndedPapers = Mapping[PaperKey, Ended]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the injection map: when it was given, and under which papers; None where that wasn't kept.

    It was given when it was recorded, or when it was injected where that is said apart (`late`).
    """

    zone: str
    given_at: datetime | None
    papers: Mapping[str, Any] | None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The entries that were injected under the same papers; `papers` is None where it wasn't kept under which."""

    zones: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None
    papers: Mapping[str, Any] | None
    #: Whether one of the entries was typed later than it was injected, so that the times aren't all of the record.
    late: bool = False


def keys_of(papers: Mapping[str, Any]) -> frozenset[PaperKey]:
    """Return which papers `papers` are, whatever they were called."""
    clearances = (("clearance", row["id"]) for row in papers.get("clearances", ()))
    return frozenset([("checklist", papers["checklist"]), ("consent", papers["consent"]), *clearances])


def parts_of(entries: Iterable[Entry]) -> list[Part]:
    """Return the `entries` together that were given under the same papers, in the order in which each was first used.

    Entries of which it wasn't kept when come first, as they were made. Each part has the words of its last entry.
    """
    found: dict[frozenset[PaperKey] | None, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.given_at.timestamp() if entry.given_at else 0):
        found.setdefault(keys_of(entry.papers) if entry.papers else None, []).append(entry)
    return [
        Part(
            zones=tuple(dict.fromkeys(entry.zone for entry in together)),
            first_at=min((entry.given_at for entry in together if entry.given_at), default=None),
            last_at=max((entry.given_at for entry in together if entry.given_at), default=None),
            papers=together[-1].papers,
            late=any(entry.late for entry in together),
        )
        for together in found.values()
    ]


def heading(part: Part, site: HasTimeZone, on: date) -> str:
    """Return which zones a part is about, and when they were recorded, as it is told on the session's day `on`.

    With an entry that was typed late they are the times of the injections.
    """
    told = {"zones": ", ".join(part.zones)}
    if part.first_at is None or part.last_at is None:
        return _("Given under: %(zones)s") % told
    first, last = (moment_text(at, site, on) for at in (part.first_at, part.last_at))
    if part.late and first == last:
        return _("Given under: %(zones)s (injected %(first)s)") % {**told, "first": first}
    if part.late:
        return _("Given under: %(zones)s (injected %(first)s to %(last)s)") % {**told, "first": first, "last": last}
    if first == last:
        return _("Given under: %(zones)s (recorded %(first)s)") % {**told, "first": first}
    return _("Given under: %(zones)s (recorded %(first)s to %(last)s)") % {**told, "first": first, "last": last}


def late_words(injected_at: datetime, recorded_at: datetime, why: str, site: HasTimeZone, on: date) -> str:
    """Return, beside an entry of the map, when it was injected and when it was entered, and why so late."""
    told = {"injected": moment_text(injected_at, site, on), "entered": moment_text(recorded_at, site, on), "why": why}
    return _("injected %(injected)s, entered %(entered)s: %(why)s") % told


def interruptions(parts: Sequence[Part], ended: EndedPapers, site: HasTimeZone, on: date) -> list[str]:
    """Return, in sentences, what ended a paper under which points were injected, the earliest first."""
    used = {key for part in parts if part.papers for key in keys_of(part.papers)}
    gone = sorted(used & ended.keys(), key=lambda key: (ended[key].at, key))
    return [_interruption(key, ended[key], site, on) for key in gone]


def _interruption(key: PaperKey, gone: Ended, site: HasTimeZone, on: date) -> str:
    told = {"at": moment_text(gone.at, site, on), "who": gone.who, "why": stopped(gone.why), "about": gone.about}
    if gone.how is How.AMENDED and key[0] == "consent":
        return _("%(at)s: %(who)s amended the consent, which counted no longer: %(why)s") % told
    if gone.how is How.AMENDED:
        return _("%(at)s: %(who)s amended the checklist, which counted no longer: %(why)s") % told
    if key[0] == "consent":
        return _("%(at)s: the consent was withdrawn, recorded by %(who)s: %(why)s") % told
    if gone.how is How.WITHDRAWN:
        return _("%(at)s: %(who)s withdrew the clearance (%(about)s): %(why)s") % told
    if gone.how is How.REFUSED:
        return _("%(at)s: %(who)s decided against the clearance (%(about)s): %(why)s") % told
    return _("%(at)s: %(who)s decided anew on the clearance (%(about)s): %(why)s") % told


def beside_paper(key: PaperKey, ended: EndedPapers, site: HasTimeZone, on: date) -> str:
    """Return how a paper ended, in a sentence that stands beside its name; "" where it holds."""
    gone = ended.get(key)
    if gone is None:
        return ""
    told = {"at": moment_text(gone.at, site, on), "who": gone.who, "why": stopped(gone.why)}
    if gone.how is How.AMENDED:
        return _("Amended %(at)s by %(who)s: %(why)s") % told
    if key[0] != "consent":
        return ended_words(gone, site, on)
    return _("Withdrawn %(at)s, recorded by %(who)s: %(why)s") % told
