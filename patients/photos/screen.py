"""A photo set's screen: each view with its photograph, and the points of the preparation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.forms import BoundField

from patients.photos.forms import PhotoForm, PreparationForm
from patients.photos.models import Photo, PhotoSet, PreparationTick
from patients.photos.queries import photos_with_pictures
from protocols.photos.models import PhotoView, PreparationPoint
from protocols.photos.outlines import alternative
from protocols.photos.thresholds import thresholds_of


class Earlier(NamedTuple):
    """A photograph of a view that was taken again: which of them it is, counted from 1, and why that was."""

    number: int
    photo: Photo
    why: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A view: what it looks like, its photograph, those taken again since (the latest first), and how to take one.

    `uncounted` says in words that the photograph doesn't count, `below` where it is below the protocol's quality.
    """

    view: PhotoView
    drawn_as: str
    photo: Photo | None
    retaken: tuple[Earlier, ...]
    uncounted: str
    below: tuple[str, ...]
    form: PhotoForm | None
    open: bool


@dataclass(frozen=True, slots=True)
class PointLine:
    """A point of the preparation: ticked by whom, or not said; with its fields while the set is open."""

    text: str
    ticked: bool
    note: str
    by: str
    at: datetime | None
    field: BoundField | None
    note_field: BoundField | None


def tiles_of(row: PhotoSet, *, refused: Mapping[int, PhotoForm], may_take: bool) -> list[Tile]:
    """Return the views of a set in the protocol's order; a form in `refused` came back with errors."""
    by_view: dict[int, list[Photo]] = {}
    for photo in photos_with_pictures(row):
        by_view.setdefault(photo.view_id, []).append(photo)
    asked = thresholds_of(row.protocol_version)
    tiles = []
    for view in row.protocol_version.views.all():
        found = by_view.get(view.pk, [])
        latest = found[-1] if found else None
        uncounted = latest.uncounted_why if latest else ""
        below = tuple(latest.shortfalls(asked)) if latest else ()
        blank = PhotoForm(view_code=view.code, retake_of=latest, below=bool(below)) if may_take else None
        tiles.append(
            Tile(
                view=view, drawn_as=alternative(view.outline), photo=latest,
                retaken=_earlier(found), uncounted=uncounted, below=below,
                form=refused.get(view.pk) or blank, open=view.pk in refused or bool(uncounted or below),
            )
        )  # fmt: skip
    return tiles


def _earlier(found: Sequence[Photo]) -> tuple[Earlier, ...]:
    """Return all but the latest of a view's photographs, the latest first; each says why the next one was taken."""
    pairs = enumerate(pairwise(found), start=1)
    return tuple(Earlier(number, photo, following.retake_reason) for number, (photo, following) in pairs)[::-1]


def below_in_words(tiles: Iterable[Tile]) -> list[str]:
    """Return the names of the views whose photograph is below the protocol's quality."""
    return [tile.view.name for tile in tiles if tile.below]


def preparation_lines(
    points: Sequence[PreparationPoint], ticks: Mapping[int, PreparationTick], form: PreparationForm | None
) -> list[PointLine]:
    """Return the points in their order; `form` is None where nobody may tick any more."""
    lines = []
    for point in points:
        tick = ticks.get(point.pk)
        lines.append(
            PointLine(
                text=tick.text if tick else point.text, ticked=tick is not None, note=tick.note if tick else "",
                by=str(tick.ticked_by) if tick else "", at=tick.ticked_at if tick else None,
                field=form[f"point_{point.pk}"] if form else None,
                note_field=form[f"note_{point.pk}"] if form and point.asks_note else None,
            )
        )  # fmt: skip
    return lines
