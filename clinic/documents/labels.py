"""The labels of vials: what they say, and whether a label of some size has room for it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from clinic.documents.letters import (
    AMOUNT,
    MM_PER_PT,
    NO_BREAK,
    REGULAR,
    SEMI_BOLD,
    WIDEST_EM,
    height_mm,
    rows,
    whole,
    width_mm,
    with_whole_amounts,
)
from clinic.documents.registry import Page
from clinic.errors import Refused

TEMPLATE = "documents/label.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class VialLabel:
    """What a vial's label says, all of it as printed.

    `opaque_id` is the whole of the QR code: it tells nothing to whoever has no account. `code` is what a person
    types when the scanner fails. A vial that is for one patient says so in `patient`. The smallest label (38 by
    19 mm) leaves out `actives`, `prepared`, `checked` and `warnings`.
    """

    formulation: str
    version: str
    actives: str
    volume: str
    route: str
    preparation: str
    vial: str
    prepared: str
    checked: str
    use_before: str
    storage: str
    patient: str
    warnings: str
    code: str
    opaque_id: str


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes of type in points: of all that a label says, and of the time before which its vial is used."""

    text_pt: float
    use_pt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """The measures of a label's style sheet in millimetres, and the type that it may be set in, the largest first."""

    width_mm: float
    height_mm: float
    beside_mm: float
    scan_mm: float
    qr_mm: float
    full: bool
    types: tuple[Type, ...]


#: From the smallest to the largest. What only small type would get onto a label goes on a larger one.
_ROOMS: Mapping[Page, _Room] = {
    Page.LABEL_38X19: _Room(
        width_mm=36.2, height_mm=17.8, beside_mm=25.2, scan_mm=10, qr_mm=7, full=False,
        types=(Type(6.5, 8), Type(6, 8), Type(6, 7.5)),
    ),
    Page.LABEL_50X25: _Room(
        width_mm=47.6, height_mm=23.6, beside_mm=35.1, scan_mm=11.5, qr_mm=9.2, full=True,
        types=(Type(8, 11), Type(7.5, 11), Type(7, 11), Type(6.5, 11)),
    ),
    Page.LABEL_SHEET: _Room(
        width_mm=58.1, height_mm=23.2, beside_mm=45.6, scan_mm=11.5, qr_mm=10, full=True,
        types=(Type(8, 13), Type(7.5, 13), Type(7, 13), Type(7, 12)),
    ),
    Page.LABEL_SHEET_LARGE: _Room(
        width_mm=58.7, height_mm=35.1, beside_mm=44.2, scan_mm=13.5, qr_mm=12, full=True,
        types=(Type(9, 14), Type(8.5, 14), Type(8, 14), Type(7.5, 14), Type(7, 14), Type(6.5, 13), Type(6, 11)),
    ),
}  # fmt: skip
#: The name is so much larger than the text; the code and "USE BEFORE" are as small as type may be.
_NAME = 1.1
_SMALL_PT = 6.0
_LEADING = 1.05
_RULE_MM = 0.6 * MM_PER_PT
_USE_MARGIN_MM = 0.2
_CODE_GAP_MM = 0.3
#: The sign between two texts stays with the first: no line begins with it.
_BETWEEN = f"{NO_BREAK}· "
#: How wide "USE BEFORE" is set, in its lines beside the time.
_ASIDE_MM = 9.5


def fits(label: VialLabel, page: Page, sizes: Type, *, clinic: str = "") -> bool:
    """Whether `label` can be printed on `page` in type of these sizes, by the widths of its letters."""
    room = _ROOMS[page]
    middle, actives, below = _texts(label, full=room.full, clinic=clinic)
    text_pt = sizes.text_pt
    words_mm = (
        _height_mm(f"{label.formulation} v{label.version}", room.beside_mm, text_pt * _NAME, SEMI_BOLD)
        + _height_mm(middle, room.beside_mm, text_pt, SEMI_BOLD)
        + _height_mm(actives, room.beside_mm, text_pt, REGULAR)
    )
    code_mm = width_mm(label.code, size_pt=_SMALL_PT)
    # A code of wide letters is broken in the middle.
    code_rows = 1 if code_mm <= room.scan_mm else 2
    scan_mm = room.qr_mm + _CODE_GAP_MM + code_rows * _SMALL_PT * _LEADING * MM_PER_PT
    used_mm = max(words_mm, scan_mm) + _use_mm(sizes) + _height_mm(below, room.width_mm, text_pt, REGULAR)
    return (
        used_mm <= room.height_mm
        and _ASIDE_MM + width_mm(label.use_before, size_pt=sizes.use_pt) <= room.width_mm
        and code_mm <= 2 * (room.scan_mm - _SMALL_PT * WIDEST_EM * MM_PER_PT)
        and all(width_mm(part, size_pt=text_pt) <= room.beside_mm for part in _unbroken(label))
    )


def _texts(label: VialLabel, *, full: bool, clinic: str) -> tuple[str, str, str]:
    """Return the line of the route, the actives, and the text below the time, as they are set."""
    middle = _BETWEEN.join([label.route, whole(label.volume), whole(label.vial), whole(label.preparation)])
    storage = with_whole_amounts(label.storage)
    below = _BETWEEN.join([label.patient, storage]) if label.patient else storage
    if not full:
        return middle, "", below
    made = ", ".join(part for part in (label.prepared, label.checked) if part)
    below = _BETWEEN.join(part for part in (below, made, label.warnings, clinic) if part)
    return middle, with_whole_amounts(label.actives), below


def _unbroken(label: VialLabel) -> list[str]:
    """Return the parts that are set on one line whatever their width."""
    followed = [f"{part}{_BETWEEN.rstrip(' ')}" for part in (label.volume, label.vial)]
    return [*followed, label.preparation, *AMOUNT.findall(f"{label.actives} {label.storage}")]


def _height_mm(text: str, room_mm: float, size_pt: float, weight: int) -> float:
    return height_mm(text, room_mm, size_pt=size_pt, leading=_LEADING, weight=weight)


def _use_mm(sizes: Type) -> float:
    words = rows(_("USE BEFORE"), _ASIDE_MM, size_pt=_SMALL_PT) * _SMALL_PT
    return 2 * _RULE_MM + 2 * _USE_MARGIN_MM + max(words, sizes.use_pt) * _LEADING * MM_PER_PT


def labels(vials: Iterable[VialLabel], *, preferred: Page = Page.LABEL_50X25, clinic: str = "") -> dict[str, Any]:
    """Return the content of a document of labels, one per vial, in the largest type that holds every one.

    Nothing on a label is ever cut off: from the `preferred` size on it goes to the larger ones and to the sheets
    rather than to small type, and what not even the largest holds is said to stand in the record. The sizes of type
    are part of the content, so that what was found to fit is what is printed. `clinic` names where it was made.
    """
    made = list(vials)
    pages = list(_ROOMS)[list(_ROOMS).index(preferred) :]
    for shorter in (made, [_referring(label) for label in made]):
        for page in pages:
            for sizes in _ROOMS[page].types:
                if all(fits(label, page, sizes, clinic=clinic) for label in shorter):
                    return {
                        "labels": [asdict(label) for label in shorter],
                        "page": page.value,
                        "clinic": clinic,
                        "type": {"text": f"{sizes.text_pt:g}", "use": f"{sizes.use_pt:g}"},
                    }
    raise Refused(_("Not even the largest label has room for the names on it. Shorten the formulation's name."))


def _referring(label: VialLabel) -> VialLabel:
    elsewhere = _("see the preparation record")
    return replace(label, actives=elsewhere, warnings=elsewhere if label.warnings else "")
