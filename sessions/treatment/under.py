"""The papers of a session as its page shows them: those that points were injected under, and those that hold now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from sessions.treatment.given_under import heading, interruptions
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.papers import Line, Since, lines, papers_now, parts_given, since_papers, version_lines


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One of the papers that a session is given under, where it opens, and how it ended where it holds no more."""

    term: str
    text: str
    conditions: str
    url: str
    heading: str
    ended: str


@dataclass(frozen=True, slots=True)
class PaperGroup:
    """Papers that belong together; `heading` says which points were given under them, "" where there are no others."""

    heading: str
    lines: list[PaperLine]


@dataclass(frozen=True, slots=True)
class GivenUnder:
    """All papers of a session, what interrupted it, and what the papers that hold ask of whoever injects."""

    groups: list[PaperGroup]
    interruptions: list[str]
    conditions: list[PaperLine]


def given_under(row: TreatmentSession) -> GivenUnder:
    """Return the papers of `row`: in an open session those that hold for the next injection stand last.

    What holds no more asks nothing of the next injection, so its conditions aren't among those shown.
    """
    parts = parts_given(row)
    is_open = row.status == SessionStatus.OPEN
    since = since_papers(row) if parts else Since({}, frozenset())

    def shown(kept: Mapping[str, Any] | None) -> list[PaperLine]:
        return [_shown(line) for line in lines(kept, ended=since.ended, site=row.site, on=row.on)]

    groups = [PaperGroup(heading(part, row.site, row.on), shown(part.papers)) for part in parts]
    if is_open and (not parts or (kept := parts[-1].papers) is None or since.replaces(kept)):
        groups.append(PaperGroup(_("From now on"), shown(papers_now(row))))
    holding = groups[-1:] if is_open else groups
    versions = [
        _shown(line)
        for line in version_lines(
            protocol=_("Version %(version)s") % {"version": row.protocol_version.number},
            formulation=str(row.vial.preparation.formulation_version) if row.vial else "",
        )
    ]
    groups = [group for group in groups if group.lines]
    if len(groups) < 2:
        groups = [PaperGroup("", [*versions, *(line for group in groups for line in group.lines)])]
    else:
        groups = [PaperGroup("", versions), *groups]
    return GivenUnder(
        groups=groups,
        interruptions=interruptions(parts, since.ended, row.site, row.on),
        conditions=list(_asked(holding, is_open=is_open)),
    )


def _asked(groups: list[PaperGroup], *, is_open: bool) -> Iterator[PaperLine]:
    seen = set()
    for line in (line for group in groups for line in group.lines):
        if line.conditions and not (is_open and line.ended) and line not in seen:
            seen.add(line)
            yield line


def _shown(line: Line) -> PaperLine:
    return PaperLine(
        term=line.term, text=line.text, conditions=line.conditions, ended=line.ended,
        url=reverse(line.route, args=[line.pk]) if line.route else "",
        heading=_("Cleared under conditions") if line.route == "clearance" else line.term,
    )  # fmt: skip
