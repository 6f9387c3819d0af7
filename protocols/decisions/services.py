"""The life of a documented decision: submitted, sent back, approved by a second person, retired.

Steps at one site follow one another: each of them locks the site's row first, then the version's, so that
two approvals at the same moment can't both be the third formulation.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Permission
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import Confirmed, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.content import content_of
from protocols.decisions.errors import AlreadyDecided, NotComplete, OwnDraft, WrongMove
from protocols.decisions.models import Decision
from protocols.decisions.sealing import seal_approved
from protocols.decisions.states import State, may_move

REASON_LENGTH = 500


@unit_of_work
def submit_for_review[D: Decision](*, by: Actor, version: D, at: datetime, row_version: int | None = None) -> D:
    """Send a draft to review.

    Raises NotComplete with the reasons when something is missing, AlreadyDecided when somebody else sent it.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    if version.status == State.IN_REVIEW:
        return _again(version, by=by, who=version.submitted_by, what=_("sent to review"))
    _check_move(version, State.IN_REVIEW)
    check_row_version(version, row_version)
    if gaps := version.gaps():
        raise NotComplete(_("This draft isn't complete yet. Mend it and send it again."), reasons=gaps)
    return _move(
        version, State.IN_REVIEW, by=by, action=Action.CHANGE, at=at, submitted_at=at, submitted_by=by.user,
        sent_back_at=None, sent_back_by=None, sent_back_reason="",
    )  # fmt: skip


@unit_of_work
def send_back[D: Decision](*, by: Actor, version: D, reason: str, at: datetime) -> D:
    """Return a version in review to its author, who reads in `reason` what to change.

    Whoever approves may do it, and the author may take it back.
    """
    version = locked_version(by=by, version=version)
    by.require(Permission.WRITE_PROTOCOLS if version.author_id == by.user.pk else Permission.APPROVE_PROTOCOLS)
    reason = _reason(reason, _("Say what to change: the author reads it."))
    if version.status == State.DRAFT and version.sent_back_at is not None:
        return _again(version, by=by, who=version.sent_back_by, what=_("sent back"))
    _check_move(version, State.DRAFT)
    return _move(
        version, State.DRAFT, by=by, action=Action.CHANGE, at=at, reason=reason, submitted_at=None, submitted_by=None,
        sent_back_at=at, sent_back_by=by.user, sent_back_reason=reason,
    )  # fmt: skip


@unit_of_work
def approve[D: Decision](
    *, by: Actor, version: D, confirmed: Confirmed, at: datetime, row_version: int | None = None
) -> D:
    """Approve a version in review by the signature of a second person; the version in force before is retired.

    `row_version` is what the approver has read; StaleWrite when it has changed since. Raises OwnDraft for its
    author, TooManyActive for a fourth formulation, OutOfDate when what it refers to has changed, AlreadyDecided
    when somebody else approved it.
    """
    by.require(Permission.APPROVE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    if version.status == State.APPROVED:
        return _again(version, by=by, who=version.approved_by, what=_("approved"))
    _check_move(version, State.APPROVED)
    check_row_version(version, row_version)
    if version.author_id == by.user.pk:
        raise OwnDraft(_("You wrote this version. A second person who may approve protocols has to approve it."))
    replaced = version.of_same_document().active().select_for_update(of=("self",)).first()
    if replaced is not None and replaced.number > version.number:
        raise WrongMove(
            _("Version %(number)s is in force and newer. Send this one back and write a new version.")
            % {"number": replaced.number}
        )
    place = version.place_when_approved(replaced)
    signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.APPROVED, subject=version, content=content_of(version), at=at
    )
    if replaced is not None:
        reason = _("Replaced by version %(number)s.") % {"number": version.number}
        _retire(replaced, by=by, signature=signature, reason=reason, at=at)
    version = _move(
        version, State.APPROVED, by=by, action=Action.APPROVE, at=at, approved_at=at, approved_by=by.user,
        approval_signature=signature, **place,
    )  # fmt: skip
    seal_approved(by=by, version=version, signature=signature, at=at)
    return version


@unit_of_work
def retire[D: Decision](*, by: Actor, version: D, confirmed: Confirmed, reason: str, at: datetime) -> D:
    """Take a version out of force by signature, for `reason`; it never comes back."""
    by.require(Permission.APPROVE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    reason = _reason(reason, _("Say why it is retired: the reason stays in the record."))
    if version.status == State.RETIRED:
        return _again(version, by=by, who=version.retired_by, what=_("retired"))
    _check_move(version, State.RETIRED)
    signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.RETIRED, subject=version, content=content_of(version), at=at,
        reason=reason,
    )  # fmt: skip
    return _retire(version, by=by, signature=signature, reason=reason, at=at)


def lock_site(site: Site) -> Site:
    """Lock the site's row until the unit ends: what the site decides is decided one after the other."""
    return Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def locked_version[D: Decision](*, by: Actor, version: D) -> D:
    """Return `version` as it stands now, with its parts, locked until the unit ends; the site is locked first.

    Raises NotAllowed when it isn't one of the site's.
    """
    lock_site(by.site)
    rows = type(version).objects.for_site(by.site).select_for_update(of=("self",), no_key=True)
    if version.parts:
        rows = rows.prefetch_related(version.parts)
    found: D | None = rows.filter(pk=version.pk).first()
    if found is None:
        raise NotAllowed(_("This version isn't one of your site's. Open it again from the list of protocols."))
    return found


def _again[D: Decision](version: D, *, by: Actor, who: User | None, what: str) -> D:
    if who == by.user:
        return version
    raise AlreadyDecided(
        _("%(who)s has already %(what)s this version. Open it again to see it.") % {"who": who, "what": what}
    )


def _check_move(version: Decision, new: State) -> None:
    if not may_move(version.status, new):
        raise WrongMove(
            _("This version is: %(state)s. It can't become: %(new)s. Open it again.")
            % {"state": _state(version), "new": new.label}
        )


def check_row_version(version: Decision, seen: int | None) -> None:
    """Raise StaleWrite unless the version is the one that was `seen`; None asks for no check."""
    if seen is not None and seen != version.row_version:
        raise StaleWrite(_("This version has changed since you opened it. Read it again, then decide."))


def _state(version: Decision) -> str:
    return str(State(version.status).label)


def _reason(reason: str, ask: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(ask, field="reason")
    if len(reason) > REASON_LENGTH:
        raise Refused(_("Give the reason in at most %(most)s characters.") % {"most": REASON_LENGTH}, field="reason")
    return reason


def _retire[D: Decision](version: D, *, by: Actor, signature: Signature, reason: str, at: datetime) -> D:
    return _move(
        version, State.RETIRED, by=by, action=Action.RETIRE, at=at, reason=reason, retired_at=at, retired_by=by.user,
        retire_reason=reason, retirement_signature=signature, **version.place_when_retired(),
    )  # fmt: skip


def _move[D: Decision](
    version: D, new: State, *, by: Actor, action: Action, at: datetime, reason: str = "", **values: Any
) -> D:
    before = {"status": version.status}
    version.status = new
    for name, value in values.items():
        setattr(version, name, value)
    version.row_version += 1
    version.save(update_fields=["status", "row_version", *values])
    after = {"status": new} | ({"active_slot": values["active_slot"]} if "active_slot" in values else {})
    record(by=by, action=action, subject=version, before=before, after=after, reason=reason, at=at)
    return version
