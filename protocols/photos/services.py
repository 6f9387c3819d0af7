"""Writing photo protocols."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.errors import Refused
from clinic.trail.unit import unit_of_work
from protocols.drafts.services import begin_draft, rewrite_draft
from protocols.photos.models import PhotoProtocolVersion, PhotoView, PreparationPoint
from protocols.photos.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """A view before it is written: `code` is a slug, by which photographs of several sets are paired."""

    code: str
    name: str
    instruction: str = ""
    required: bool = True
    outline: str = ""


@dataclass(frozen=True, slots=True)
class PointDraft:
    """A point of the preparation before it is written; `asks_note` where something has to be noted with the tick."""

    text: str
    asks_note: bool = False


@unit_of_work
def write_photo_protocol(
    *,
    by: Actor,
    title: str,
    preparation: str,
    audit_window_days: int,
    baseline_window_days: int | None = None,
    thresholds: Thresholds | None = None,
    points: Sequence[PointDraft],
    views: Sequence[ViewDraft],
    change_reason: str,
    risk_relevant: bool,
    reconsent: bool | None = None,
    submission_key: UUID,
    at: datetime,
) -> PhotoProtocolVersion:
    """Write the site's next photo protocol as a draft.

    The baseline is taken at most `baseline_window_days` before session 1, month 6 within ± `audit_window_days`.
    """
    version = PhotoProtocolVersion(
        site=by.site, title=title.strip(), preparation=preparation.strip(), audit_window_days=audit_window_days,
        baseline_window_days=baseline_window_days, change_reason=change_reason, risk_relevant=risk_relevant,
        reconsent=reconsent, submission_key=submission_key, **asdict(thresholds or Thresholds()),
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=_views(views), more={"points": _points(points)}, at=at)


@unit_of_work
def edit_photo_protocol(
    *,
    by: Actor,
    version: PhotoProtocolVersion,
    row_version: int,
    title: str,
    preparation: str,
    audit_window_days: int,
    baseline_window_days: int | None = None,
    thresholds: Thresholds | None = None,
    points: Sequence[PointDraft],
    views: Sequence[ViewDraft],
    change_reason: str,
    risk_relevant: bool,
    reconsent: bool | None = None,
    at: datetime,
) -> PhotoProtocolVersion:
    """Rewrite a draft."""
    values = {
        "title": title.strip(), "preparation": preparation.strip(), "audit_window_days": audit_window_days,
        "baseline_window_days": baseline_window_days, "change_reason": change_reason, "risk_relevant": risk_relevant,
        "reconsent": reconsent, **asdict(thresholds or Thresholds()),
    }  # fmt: skip
    return rewrite_draft(
        by=by, version=version, row_version=row_version, values=values, parts=_views(views),
        more={"points": _points(points)}, at=at,
    )  # fmt: skip


def _points(drafts: Sequence[PointDraft]) -> list[PreparationPoint]:
    points = [PreparationPoint(text=draft.text.strip(), asks_note=draft.asks_note) for draft in drafts]
    if len({point.text.casefold() for point in points}) < len(points):
        raise Refused(_("Two points of the preparation say the same. Keep one of them."))
    return points


def _views(drafts: Sequence[ViewDraft]) -> list[PhotoView]:
    views = [
        PhotoView(
            code=draft.code.strip().lower(), name=draft.name.strip(), instruction=draft.instruction.strip(),
            required=draft.required, outline=draft.outline,
        )
        for draft in drafts
    ]  # fmt: skip
    if len({view.code for view in views}) < len(views):
        raise Refused(_("Two views have the same code. Give each its own."))
    return views
