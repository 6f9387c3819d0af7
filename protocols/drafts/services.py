"""Writing drafts: what every documented decision has in common before anybody decides on it.

Only its author changes a draft, so that the second person who approves it has written nothing of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import NotAllowed, Refused
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.content import content_of
from protocols.decisions.errors import WrongMove
from protocols.decisions.models import Decision, Part
from protocols.decisions.services import check_row_version, lock_site, locked_version
from protocols.decisions.states import State


@unit_of_work
def begin_draft[D: Decision](
    *, by: Actor, version: D, parts: Sequence[Part], more: Mapping[str, Sequence[Part]] | None = None, at: datetime
) -> D:
    """Write `version` (unsaved, with its content) as the next draft of its document, with `parts` in their order.

    `more` are its other rows, by related name.

    A second submission of the same key returns the first one's row.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    lock_site(by.site)
    before = already_submitted(type(version), version.submission_key)
    if before is not None:
        if before.site_id != by.site.pk or before.author_id != by.user.pk:
            raise Refused(_("This form was sent before by somebody else. Open a new one and type it again."))
        return before
    version.site = by.site
    version.author = by.user
    version.created_at = at
    version.status = State.DRAFT
    version.change_reason = version.change_reason.strip()
    if not version.change_reason:
        raise Refused(_("Say why it is written or changed."), field="change_reason")
    last = version.of_same_document().aggregate(last=Max("number"))["last"]
    version.number = (last or 0) + 1
    version.save(force_insert=True)
    _write_parts(version, parts, more or {})
    record(by=by, action=Action.CREATE, subject=version, after=content_of(version), at=at)
    return version


@unit_of_work
def rewrite_draft[D: Decision](
    *,
    by: Actor,
    version: D,
    row_version: int | None,
    values: Mapping[str, Any],
    parts: Sequence[Part],
    more: Mapping[str, Sequence[Part]] | None = None,
    at: datetime,
) -> D:
    """Replace the content of a draft by `values` (fields of the version), `parts` and, by related name, `more` rows.

    Raises NotAllowed for anybody but its author, WrongMove when it is no draft any more, StaleWrite when it has
    changed since `row_version`.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    if version.status != State.DRAFT:
        raise WrongMove(
            _("This version can't be edited any more, it is: %(state)s. Write a new version instead.")
            % {"state": version.get_status_display()}
        )
    if version.author_id != by.user.pk:
        raise NotAllowed(
            _("Only %(author)s, who began this draft, edits it. Write a new version with your changes instead.")
            % {"author": version.author}
        )
    check_row_version(version, row_version)
    before = content_of(version)
    for name, value in values.items():
        setattr(version, name, value)
    version.row_version += 1
    version.save()
    _delete_parts(version)
    _write_parts(version, parts, more or {})
    record(by=by, action=Action.CHANGE, subject=version, before=before, after=content_of(version), at=at)
    return version


@unit_of_work
def discard_draft(*, by: Actor, version: Decision, at: datetime) -> None:
    """Throw a draft away. Drafts aren't records yet; what it said stays in the trail.

    Its author may, and whoever approves protocols.
    """
    version = locked_version(by=by, version=version)
    by.require(Permission.WRITE_PROTOCOLS if version.author_id == by.user.pk else Permission.APPROVE_PROTOCOLS)
    if version.status != State.DRAFT:
        raise WrongMove(
            _("Only a draft can be thrown away. This version is: %(state)s.") % {"state": version.get_status_display()}
        )
    record(by=by, action=Action.END, subject=version, before=content_of(version), at=at)
    _delete_parts(version)
    version.delete()


def _delete_parts(version: Decision) -> None:
    for name in version.all_parts():
        getattr(version, name).all().delete()


def _write_parts(version: Decision, parts: Sequence[Part], more: Mapping[str, Sequence[Part]]) -> None:
    for rows in (parts, *more.values()):
        for ordinal, part in enumerate(rows, start=1):
            part.ordinal = ordinal
            part.version = version  # type: ignore[attr-defined]
        if rows:
            type(rows[0])._default_manager.bulk_create(rows)
    # What was prefetched is the old rows; the content is read again.
    for name in version.all_parts():
        getattr(version, "_prefetched_objects_cache", {}).pop(name, None)
