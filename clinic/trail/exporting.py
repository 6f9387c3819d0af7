"""What the page of the trail shows, as a table for a spreadsheet and as a sealed document."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.checkpoints.texts import short_form, short_form_in_words
from clinic.documents import snapshots
from clinic.documents.models import SealedDocument
from clinic.documents.services import seal
from clinic.errors import Refused
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import ORDER
from clinic.trail.showing import Entry, shown
from clinic.trail.unit import record, unit_of_work

#: More than this belongs into `bin/manage export_trail`, which the verifier reads.
MOST_ROWS = 100_000
#: What a document of some thirty pages holds.
MOST_SEALED = 400
COLUMNS = ("number", "recorded", "happened", "who", "roles", "what", "patient", "reason", "before and after", "sha256")
CHUNK = 500


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


@unit_of_work
def note_export(*, by: Actor, form: str, filters: dict[str, Any], count: int, at: datetime) -> None:
    """Record that `count` entries left the clinic in this `form`; `filters` say which."""
    kept = {
        name: value if isinstance(value, bool) else str(value)
        for name, value in filters.items() if value not in (None, "")
    }  # fmt: skip
    record(by=by, action=Action.EXPORT, subject=by.site, at=at, after={"form": form, "entries": count, **kept})


def csv_lines(entries: QuerySet[TrailEvent], by: Actor) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180, UTF-8 with a mark for spreadsheets), the latest entry first."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(COLUMNS)
    rows = entries.order_by(*ORDER)[:MOST_ROWS].iterator(chunk_size=CHUNK)
    for batch in batched(rows, CHUNK):
        # The lines are sent when the view has returned, and with it the request's time zone is gone.
        with timezone.override(by.site.time_zone):
            lines = [writer.writerow(_cells(entry, by)) for entry in shown(batch)]
        yield from lines


def _cells(entry: Entry, by: Actor) -> list[str]:
    texts = (entry.sentence, entry.patient, entry.reason, entry.in_words(">"), entry.hash)
    return [
        str(entry.seq), _time(entry.recorded_at, by), _time(entry.at, by), _inert(entry.who), _inert(entry.roles),
        *map(_inert, texts),
    ]  # fmt: skip


def _inert(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and computes nothing (ASVS 1.2.10)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else text


def _time(at: datetime, by: Actor) -> str:
    return clock.local(at, by.site).isoformat(timespec="seconds")


def too_many_text() -> str:
    """Return why entries aren't sealed as one document, and what to do."""
    told = _("More than %(most)s entries don't fit one document. Narrow them by patient, person, record or day.")
    return told % {"most": MOST_SEALED}


def why_not_sealed(entries: QuerySet[TrailEvent]) -> str:
    """Return why `entries` can't be sealed as one document, "" where they can; one query, which stops counting."""
    return too_many_text() if entries.order_by()[: MOST_SEALED + 1].count() > MOST_SEALED else ""


@unit_of_work
def seal_extract(
    *, by: Actor, entries: QuerySet[TrailEvent], described: Iterable[tuple[str, str]], filters: dict[str, Any],
    at: datetime,
) -> SealedDocument:  # fmt: skip
    """Seal what the page shows as a document; `described` says in words what it is narrowed to.

    Raises Refused when there is nothing, or more than fits one document.
    """
    found = list(entries.order_by(*ORDER)[: MOST_SEALED + 1])
    if not found:
        raise Refused(_("No entry is among these. Choose other filters."))
    if len(found) > MOST_SEALED:
        raise Refused(too_many_text())
    told, end = shown(found), short_form(by.site.pk)
    note_export(by=by, form="document", filters=filters, count=len(told), at=at)
    return seal(
        by=by, kind="trail_extract", subject=by.site, at=at,
        content={
            # `verify_trail` holds the chain to each end that left the clinic on a document.
            "trail": end,
            "sections": [
                snapshots.fields(
                    _("This extract"),
                    [
                        *described, (_("Entries"), str(len(told))), (_("Taken by"), by.name),
                        (_("Last entry"), f"{told[0].seq} {told[0].hash[:16]}"),
                    ],
                ),
                *_end_of_trail(end),
                snapshots.table(
                    _("Entries, the latest first"),
                    (_("No."), _("Recorded"), _("What"), _("Before and after"), _("Hash")),
                    [_printed(entry, by) for entry in told],
                    numeric=(0,), wide=3,
                ),
            ],
            "hashes": [entry.hash for entry in told],
        },
    )  # fmt: skip


def _end_of_trail(end: dict[str, str | int] | None) -> list[dict[str, Any]]:
    if end is None:
        return []
    return [snapshots.fields(_("End of the record trail when this was taken"), short_form_in_words(end))]


def _printed(entry: Entry, by: Actor) -> tuple[str, ...]:
    about = " · ".join(part for part in (entry.sentence, entry.patient, entry.reason) if part)
    at = clock.local(entry.recorded_at, by.site).strftime("%d %b %Y %H:%M:%S")
    return str(entry.seq), at, about, entry.in_words("→"), entry.hash[:12]
