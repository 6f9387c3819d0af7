"""The labels of vials: what they say, and whether a label of some size has room for it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from clinic.documents.letters import MM_PER_PT, rows, whole, width_mm, with_whole_amounts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """The measures of a label's style sheet: millimetres, and points for type."""

    width_mm: float
    height_mm: float
    beside_mm: float
    qr_mm: float
    use_margin_mm: float
    name_pt: float
    use_pt: float
    full: bool


#: From the smallest to the largest.
_ROOMS: Mapping[Page, _Room] = {
    Page.LABEL_38X19: _Room(
        width_mm=36.2, height_mm=17.8, beside_mm=26.2, qr_mm=7, use_margin_mm=0.1, name_pt=6, use_pt=6.5, full=False
    ),
    Page.LABEL_50X25: _Room(
        width_mm=47.6, height_mm=23.6, beside_mm=36.1, qr_mm=9.2, use_margin_mm=0.2, name_pt=7, use_pt=8, full=True
    ),
    Page.LABEL_SHEET: _Room(
        width_mm=58.1, height_mm=23.2, beside_mm=45.6, qr_mm=10, use_margin_mm=0.2, name_pt=7, use_pt=8.5, full=True
    ),
}
_TEXT_PT = 6.0
_LEADING = 1.05
_RULE_MM = 0.6 * MM_PER_PT
_CODE_GAP_MM = 0.3


def _line_mm(size_pt: float) -> float:
    return size_pt * _LEADING * MM_PER_PT


def fits(label: VialLabel, page: Page, *, site_code: str = "") -> bool:
    """Whether `label` can be printed on `page` without losing a letter, by the widths of its letters."""
    room = _ROOMS[page]
    middle = f"{label.route} · {whole(label.volume)} · {whole(label.vial)} · {whole(label.preparation)}"
    storage = with_whole_amounts(label.storage)
    rest = f"{label.patient} · {storage}" if label.patient else storage
    beside = [middle]
    if room.full:
        beside.append(with_whole_amounts(label.actives))
        made = ", ".join(part for part in (label.prepared, label.checked) if part)
        rest = " · ".join(part for part in (rest, made, label.warnings, site_code) if part)
    words_mm = rows(f"{label.formulation} v{label.version}", room.beside_mm, size_pt=room.name_pt) * _line_mm(
        room.name_pt
    )
    words_mm += sum(rows(text, room.beside_mm, size_pt=_TEXT_PT) for text in beside) * _line_mm(_TEXT_PT)
    scan_mm = room.qr_mm + _CODE_GAP_MM + _line_mm(_TEXT_PT)
    use_mm = 2 * _RULE_MM + 2 * room.use_margin_mm + _line_mm(room.use_pt)
    rest_mm = rows(rest, room.width_mm, size_pt=_TEXT_PT) * _line_mm(_TEXT_PT)
    one_line = width_mm(_("USE BEFORE") + " ", size_pt=_TEXT_PT) + width_mm(label.use_before, size_pt=room.use_pt)
    return max(words_mm, scan_mm) + use_mm + rest_mm <= room.height_mm and one_line <= room.width_mm


def labels(vials: Iterable[VialLabel], *, preferred: Page = Page.LABEL_50X25, site_code: str = "") -> dict[str, Any]:
    """Return the content of a document of labels, one per vial, on the first size that has room for every one.

    Nothing on a label is ever cut off: from the `preferred` size on it goes to the larger ones and to the sheet, and
    what not even the sheet holds is said to stand in the record.
    """
    made = list(vials)
    sizes = list(_ROOMS)[list(_ROOMS).index(preferred) :]
    for shorter in (made, [_referring(label) for label in made]):
        for page in sizes:
            if all(fits(label, page, site_code=site_code) for label in shorter):
                return {"labels": [asdict(label) for label in shorter], "page": page.value}
    raise Refused(_("Not even the largest label has room for the names on it. Shorten the formulation's name."))


def _referring(label: VialLabel) -> VialLabel:
    elsewhere = _("see the preparation record")
    return replace(label, actives=elsewhere, warnings=elsewhere if label.warnings else "")
