"""Signing: first show who you are, then sign exact content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import models
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.canonical import canonical, sha256
from clinic.errors import Refused, WrongPassword
from clinic.joining import step_of_unit
from clinic.outbox.services import raise_alert
from clinic.signing.models import Meaning, Method, Signature
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

#: After so many wrong passwords at signing within the window, signing is closed for the account.
WRONG_PASSWORDS_ALLOWED = 5
WRONG_PASSWORD_WINDOW = timedelta(minutes=15)
#: A confirmation is for the signature at hand, not for the rest of the day.
CONFIRMATION_LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Proof that somebody typed their password just now; services that sign ask for it."""

    user_id: int
    at: datetime
    method: Method = Method.PASSWORD


def confirm_identity(*, by: Actor, password: str, at_own_screen: bool = True) -> Confirmed:
    """Check the signer's own password and return the proof, for somebody whose signature is certified.

    Raises Refused before they certified it, and what `prove_identity` raises.
    """
    if by.user.signature_certified_at is None:
        raise Refused(_("Certify your signature first: open “Your signature” in the menu under your name."))
    return prove_identity(by=by, password=password, at_own_screen=at_own_screen)


def prove_identity(*, by: Actor, password: str, at_own_screen: bool = True) -> Confirmed:
    """Check the signer's own password and return the proof; at somebody else's screen a refusal names the signer.

    Raises WrongPassword, after recording the attempt; after five in 15 minutes signing is closed for the
    account until the window has passed, and the manager finds an alert (21 CFR 11.300(d): attempts are detected,
    throttled and reported).
    """
    at = clock.now()
    check_not_closed(by, at_own_screen=at_own_screen)
    if by.user.is_active and by.user.check_password(password):
        forget_refusals(by)
        return Confirmed(user_id=by.user.pk, at=at)
    note_refusal(by=by, reason=_("wrong password"), at=at)
    told = (
        _("This isn't your password. Nothing was signed; type your own password and sign again.")
        if at_own_screen
        else _("This isn't %(name)s's password. Nothing was signed; %(name)s types it again.") % {"name": by.name}
    )
    raise WrongPassword(told, field="password")


def _counter_of(by: Actor) -> str:
    return f"signing-wrong:{by.user.pk}"


def check_not_closed(by: Actor, *, at_own_screen: bool = True) -> None:
    """Raise WrongPassword while signing is closed for the account of `by`."""
    if cache.get(_counter_of(by), 0) >= WRONG_PASSWORDS_ALLOWED:
        told = (
            _("Too many wrong passwords. Signing is closed for your account for 15 minutes. Nothing was signed.")
            if at_own_screen
            else _("Too many wrong passwords. Signing is closed for %(name)s for 15 minutes. Nothing was signed.")
            % {"name": by.name}
        )
        raise WrongPassword(told, field="password")


def forget_refusals(by: Actor) -> None:
    """Begin to count anew: `by` has shown who they are."""
    cache.delete(_counter_of(by))


def note_refusal(*, by: Actor, reason: str, at: datetime) -> None:
    """Count and record that somebody couldn't show who they are; the fifth time signing is closed."""
    key = _counter_of(by)
    cache.add(key, 0, WRONG_PASSWORD_WINDOW.total_seconds())
    _record_refusal(by=by, reason=reason, at=at, closed=cache.incr(key) >= WRONG_PASSWORDS_ALLOWED)


@unit_of_work
def _record_refusal(*, by: Actor, reason: str, at: datetime, closed: bool) -> None:
    record(by=by, action=Action.SIGN_REFUSED, subject=by.user, reason=reason, at=at)
    if closed:
        raise_alert(
            kind="signing_closed", key=f"signing closed {by.user.pk} {at.isoformat()}", subject=by.name, at=at,
            text=_(
                "%(name)s typed a wrong password %(count)s times when signing at %(site)s. Signing is closed for this "
                "account for 15 minutes. Ask whether it was they; if not, give the account a new password."
            )
            % {"name": by.name, "count": WRONG_PASSWORDS_ALLOWED, "site": by.site},
        )  # fmt: skip


@step_of_unit
def sign(
    *,
    by: Actor,
    confirmed: Confirmed,
    meaning: Meaning,
    subject: models.Model,
    content: Mapping[str, Any],
    at: datetime,
    patient: models.Model | None = None,
    reason: str = "",
) -> Signature:
    """Sign `content`, the whole of what `subject` says, and return the signature.

    Raises Refused when the confirmation is somebody else's or older than two minutes.
    """
    if confirmed.user_id != by.user.pk or not timedelta() <= at - confirmed.at <= CONFIRMATION_LASTS:
        raise Refused(_("Type your password again to sign."), field="password")
    return _write(
        by=by, printed_name=by.name, role=by.role_names, method=confirmed.method, meaning=meaning, subject=subject,
        content=content, at=at, patient=patient, reason=reason,
    )  # fmt: skip


@step_of_unit
def witness_drawn_signature(
    *,
    by: Actor,
    printed_name: str,
    meaning: Meaning,
    subject: models.Model,
    content: Mapping[str, Any],
    at: datetime,
    patient: models.Model,
    relation: str = "",
    reason: str = "",
) -> Signature:
    """Record the drawn signature of a patient, or of whoever signs for them in the `relation`, witnessed by `by`.

    `content` includes the hash of the drawing. `at` is when the pen signed; `reason` says how, where that was on paper.
    """
    role = _("For the patient: %(relation)s") % {"relation": relation} if relation else _("Patient")
    return _write(
        by=by, printed_name=printed_name, role=role, method=Method.DRAWN, meaning=meaning, subject=subject,
        content=content, at=at, patient=patient, reason=reason,
    )  # fmt: skip


def _write(
    *, by: Actor, printed_name: str, role: str, method: Method, meaning: Meaning, subject: models.Model,
    content: Mapping[str, Any], at: datetime, patient: models.Model | None, reason: str,
) -> Signature:  # fmt: skip
    text = canonical(content)
    content_sha256 = sha256(text)
    signature = Signature(
        user=by.user,
        site=by.site,
        printed_name=printed_name,
        role=role,
        registration_number=by.user.registration_number if method is not Method.DRAWN else "",
        meaning=meaning,
        reason=reason.strip(),
        method=method,
        object_type=subject._meta.label,
        object_id=str(subject.pk),
        content=text,
        content_sha256=content_sha256,
        signed_at=at,
        time_zone=by.site.time_zone,
        request_id=by.request_id,
    )
    signature.binding_sha256 = binding(signature)
    signature.save()
    record(
        by=by, action=Action.SIGN, subject=subject, patient=patient, reason=reason, at=at,
        after={"signature": signature.pk, "meaning": meaning, "name": printed_name, "sha256": content_sha256},
    )  # fmt: skip
    return signature


def binding(signature: Signature) -> str:
    """Return the hash that ties a signature's parts together (21 CFR 11.70)."""
    return sha256(
        canonical(
            {
                "id": signature.id,
                "user": signature.user_id,
                "printed_name": signature.printed_name,
                "role": signature.role,
                "meaning": signature.meaning,
                "reason": signature.reason,
                "method": signature.method,
                "object": [signature.object_type, signature.object_id],
                "content_sha256": signature.content_sha256,
                "signed_at": signature.signed_at,
                "time_zone": signature.time_zone,
            }
        )
    )


def verifies(signature: Signature) -> bool:
    """Whether the stored content and every part of the signature still fit together."""
    return sha256(signature.content) == signature.content_sha256 and binding(signature) == signature.binding_sha256


def manifestation(signature: Signature) -> dict[str, str]:
    """Return what a printed or displayed signature shows (21 CFR 11.50): all text, for snapshots."""
    local = clock.local(signature.signed_at, signature.site)
    return {
        "name": signature.printed_name,
        "role": signature.role,
        "registration_number": signature.registration_number,
        "meaning": str(Meaning(signature.meaning).label),
        "reason": signature.reason,
        "signed_at": local.strftime("%d %b %Y %H:%M:%S %Z (UTC%z)"),
        "method": str(Method(signature.method).label),
        "sha256": signature.content_sha256,
        "id": str(signature.id),
    }
