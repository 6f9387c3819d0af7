"""The life of a documented decision: submitted, sent back, approved by a second person, retired.

Steps at one site follow one another: each of them locks the site's row first, then the version's, so that
two approvals at the same moment can't both be the third formulation.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Permission
from clinic.dates import day_text, second_text
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning, Signature
from clinic.signing.rows import row_said
from clinic.signing.services import Confirmed, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.content import content_of
from protocols.decisions.errors import AlreadyDecided, NotComplete, OwnDraft, WrongMove
from protocols.decisions.examples import without_mark
from protocols.decisions.models import MOVES_ON, Decision
from protocols.decisions.sealing import seal_approved
from protocols.decisions.states import State, may_move
from protocols.risk.services import note_change

REASON_LENGTH = 500
#: A version approved for later than this would be forgotten.
FURTHEST_EFFECT = timedelta(days=180)


@unit_of_work
def submit_for_review[D: Decision](*, by: Actor, version: D, at: datetime, row_version: int | None = None) -> D:
    """Send a draft to review; an example loses its mark, since its author stands for it now.

    Raises NotComplete with the reasons when something is missing, AlreadyDecided when somebody else sent it.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    if version.status == State.IN_REVIEW:
        return _again(version, by=by, who=version.submitted_by, when=version.submitted_at, what=_("sent to review"))
    _check_move(version, State.IN_REVIEW)
    check_row_version(version, row_version)
    if gaps := version.gaps():
        raise NotComplete(_("This draft isn't complete yet. Mend it and send it again."), reasons=gaps)
    return _move(
        version, State.IN_REVIEW, by=by, action=Action.CHANGE, at=at, submitted_at=at, submitted_by=by.user,
        sent_back_at=None, sent_back_by=None, sent_back_reason="", change_reason=without_mark(version.change_reason),
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
        return _again(version, by=by, who=version.sent_back_by, when=version.sent_back_at, what=_("sent back"))
    _check_move(version, State.DRAFT)
    return _move(
        version, State.DRAFT, by=by, action=Action.CHANGE, at=at, reason=reason, submitted_at=None, submitted_by=None,
        sent_back_at=at, sent_back_by=by.user, sent_back_reason=reason, **_without_approval(version),
    )  # fmt: skip


def _without_approval(version: Decision) -> dict[str, Any]:
    """Return what is emptied when a version that waits for its day goes back; the signature stays in the record."""
    if not version.waits:
        return {}
    emptied: dict[str, Any] = {"approval_signature": None, "effective_from": None}
    if hasattr(version, "legal_notes"):
        emptied |= {"legal_notes": [], "legal_reason": ""}
    return emptied


@unit_of_work
def approve[D: Decision](
    *,
    by: Actor,
    version: D,
    confirmed: Confirmed,
    at: datetime,
    row_version: int | None = None,
    reason: str = "",
    effective_from: date | None = None,
) -> D:
    """Approve a version in review by the signature of a second person; the version in force before is retired.

    `row_version` is what the approver has read; StaleWrite when it has changed since. `reason` is the approver's
    own, needed where the version asks for one, and signed. With an `effective_from` to come the signature is made now,
    and `take_effect` brings the version into force on that day; until then the one before stays. Raises OwnDraft for
    its author, TooManyActive for a fourth formulation, OutOfDate when what it refers to has changed, AlreadyDecided
    when somebody else approved it.
    """
    by.require(Permission.APPROVE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    if version.status == State.APPROVED:
        return _again(version, by=by, who=version.approved_by, when=version.signed_at, what=_("approved"))
    if version.waits and version.approval_signature is not None:
        signed = version.approval_signature
        return _again(version, by=by, who=signed.user, when=signed.signed_at, what=_("approved"))
    _check_move(version, State.APPROVED)
    check_row_version(version, row_version)
    if version.author_id == by.user.pk:
        raise OwnDraft(_("You wrote this version. A second person who may approve protocols has to approve it."))
    asked = version.asks_of_approver()
    if asked.obstacles:
        raise Refused(_("It can't be approved yet."), reasons=asked.obstacles)
    reason = (
        _reason(reason, _("Say why these are used all the same: the reason is signed.")) if asked.reason_for else ""
    )
    place = version.place_when_approved(_replaced_by(version), reason)
    version.effective_from = _day_to_come(effective_from, by=by, at=at)
    signed_values = {name: value for name, value in place.items() if name != "active_slot"}
    for name, value in signed_values.items():
        setattr(version, name, value)
    version.approval_signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.APPROVED, subject=version, content=content_of(version), at=at,
        version=version.number, reason=reason, rests_on=version.rests_on(),
    )  # fmt: skip
    if version.effective_from is None:
        return _bring_into_force(version, by=by, at=at, reason=reason, signed=signed_values)
    version.row_version += 1
    version.save(update_fields=["effective_from", "approval_signature", "row_version", *signed_values])
    record(
        by=by, action=Action.APPROVE, subject=version, reason=reason, at=at,
        after={"status": version.status, "effective_from": version.effective_from},
        at_the_end=lambda: row_said(version, moving=version.filled_in_later),
    )  # fmt: skip
    return version


@unit_of_work
def take_effect[D: Decision](*, by: Actor, version: D, at: datetime) -> D:
    """Bring a version that was approved for a day to come into force, once that day is there; else change nothing.

    Raises Refused when something stands against it now that didn't when it was approved.
    """
    version = locked_version(by=by, version=version)
    if not version.waits or version.effective_from is None or version.effective_from > clock.local(at, by.site).date():
        return version
    asked = version.asks_of_approver()
    if asked.obstacles:
        raise Refused(_("%(version)s can't come into force.") % {"version": version}, reasons=asked.obstacles)
    return _bring_into_force(version, by=by, at=at, reason="", signed={})


def _bring_into_force[D: Decision](version: D, *, by: Actor, at: datetime, reason: str, signed: Mapping[str, Any]) -> D:
    """Let the version, whose approval is signed, take the place of the one before; `signed` are fields to save."""
    signature = version.approval_signature
    if signature is None:
        raise ValueError("a version comes into force by its approval's signature")
    replaced = _replaced_by(version)
    place = version.place_when_approved(replaced, reason)
    if replaced is not None:
        replacing = _("Replaced by version %(number)s.") % {"number": version.number}
        _retire(replaced, by=by, signature=signature, reason=replacing, at=at)
    slot = {name: value for name, value in place.items() if name == "active_slot"}
    # On the day that an approval named nobody approves any more.
    action = Action.APPROVE if version.effective_from is None else Action.CHANGE
    version = _move(
        version, State.APPROVED, by=by, action=action, at=at, reason=reason, approved_at=at,
        approved_by=signature.user, approval_signature=signature, **signed, **slot,
    )  # fmt: skip
    seal_approved(by=by, version=version, signature=signature, at=at)
    if version.risk_relevant and version.number > 1:  # a first version changes nothing that anybody works by
        note_change(version=version, by=by, at=at)
    return version


def _replaced_by(version: Decision) -> Decision | None:
    """Return the version in force that `version` would take the place of, locked; WrongMove when that is newer."""
    replaced: Decision | None = version.of_same_document().active().select_for_update(of=("self",), no_key=True).first()
    if replaced is not None and replaced.number > version.number:
        raise WrongMove(
            _("Version %(number)s is in force and newer. Send this one back and write a new version.")
            % {"number": replaced.number}
        )
    return replaced


def _day_to_come(day: date | None, *, by: Actor, at: datetime) -> date | None:
    """Return a day that is still to come, None for today and for no day; Refused for one that is over or far away."""
    today = clock.local(at, by.site).date()
    if day is None or day == today:
        return None
    if not today < day <= today + FURTHEST_EFFECT:
        raise Refused(
            _("Choose a day from today to %(day)s, or none.") % {"day": day_text(today + FURTHEST_EFFECT)},
            field="effective_from",
        )
    return day


@unit_of_work
def retire[D: Decision](*, by: Actor, version: D, confirmed: Confirmed, reason: str, at: datetime) -> D:
    """Take a version out of force by signature, for `reason`; it never comes back."""
    by.require(Permission.APPROVE_PROTOCOLS)
    version = locked_version(by=by, version=version)
    reason = _reason(reason, _("Say why it is retired: the reason stays in the record."))
    if version.status == State.RETIRED:
        return _again(version, by=by, who=version.retired_by, when=version.retired_at, what=_("retired"))
    _check_move(version, State.RETIRED)
    signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.RETIRED, subject=version, content=content_of(version), at=at,
        version=version.number, reason=reason, rests_on=version.rests_on(),
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
    found: D | None = rows.prefetch_related(*version.all_parts()).filter(pk=version.pk).first()
    if found is None:
        raise NotAllowed(_("This version isn't one of your site's. Open it again from the list of protocols."))
    return found


def _again[D: Decision](version: D, *, by: Actor, who: User | None, when: datetime | None, what: str) -> D:
    if who == by.user:
        return version
    at = second_text(clock.local(when, by.site)) if when is not None else ""
    raise AlreadyDecided(
        _("%(who)s has already %(what)s this version (%(at)s). You recorded nothing; this page shows it as it is now.")
        % {"who": who, "what": what, "at": at}
    )


def _check_move(version: Decision, new: State) -> None:
    if not may_move(version.status, new):
        raise WrongMove(
            _("This version is: %(state)s. It can't become: %(new)s. This page shows it as it is now.")
            % {"state": _state(version), "new": new.label}
        )


def check_row_version(version: Decision, seen: int | None) -> None:
    """Raise StaleWrite unless the version is the one that was `seen`; None asks for no check."""
    if seen is not None and seen != version.row_version:
        raise StaleWrite(_("This version has changed since you opened it. Read it again, then decide."))


def _state(version: Decision) -> str:
    return str(version.get_status_display())


def _reason(reason: str, ask: str) -> str:
    reason = " ".join(reason.split())
    if not any(letter.isalpha() for letter in reason):  # nor does a full stop say anything
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
    record(
        by=by, action=action, subject=version, before=before, after=after, reason=reason, at=at,
        at_the_end=partial(row_said, version, moving=MOVES_ON[new]) if new in MOVES_ON else None,
    )  # fmt: skip
    return version
