"""Signing: first show who you are, then sign exact content."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import models, transaction
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import User
from clinic.canonical import canonical, sha256
from clinic.errors import Refused, WrongPassword
from clinic.joining import step_of_unit
from clinic.outbox.services import raise_alert
from clinic.signing.models import Meaning, Method, Signature
from clinic.signing.rows import RestsOn, rows_said
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

#: After so many wrong passwords at signing within the window, signing is closed for the account.
WRONG_PASSWORDS_ALLOWED = 5
WRONG_PASSWORD_WINDOW = timedelta(minutes=15)
#: Which fields the hash of a new signature covers: all of them.
SCHEME = 2
#: A confirmation is for the signature at hand, not for the rest of the day.
CONFIRMATION_LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Proof that somebody typed their password just now; services that sign ask for it."""

    user_id: int
    at: datetime
    method: Method = Method.PASSWORD
    #: Which time in the same sign-in, from 1; None where the signer isn't the one who is signed in.
    sequence: int | None = None
    #: When the signer last showed the stronger of their proofs; None when that is this one.
    stepped_up_at: datetime | None = None


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
    right = show_who(
        by=by, show=lambda: (by.user.is_active and by.user.check_password(password)) or None, at=at,
        otherwise=_("wrong password"), at_own_screen=at_own_screen,
    )  # fmt: skip
    if right:
        return Confirmed(user_id=by.user.pk, at=at)
    told = (
        _("This isn't your password. Nothing was signed; type your own password and sign again.")
        if at_own_screen
        else _("This isn't %(name)s's password. Nothing was signed; %(name)s types it again.") % {"name": by.name}
    )
    raise WrongPassword(told, field="password")


def show_who[T](
    *, by: Actor, show: Callable[[], T | None], otherwise: str, at: datetime, at_own_screen: bool = True
) -> T | None:
    """Return what `show` finds when `by` is who they say; None, counted and recorded as `otherwise`, when not.

    One attempt after the other, under the account's row: of many sent at once no more than five are looked at. Raises
    WrongPassword, and looks at nothing, while signing is closed for the account.
    """
    key = f"signing-wrong:{by.user.pk}"
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=by.user.pk)
        before: int = cache.get(key, 0)
        closed = before >= WRONG_PASSWORDS_ALLOWED
        found = None if closed else show()
        if found is not None and before:
            cache.delete(key)
        elif found is None and not closed:
            cache.set(key, before + 1, WRONG_PASSWORD_WINDOW.total_seconds())
    if closed:
        told = (
            _("Too many wrong passwords. Signing is closed for your account for 15 minutes. Nothing was signed.")
            if at_own_screen
            else _("Too many wrong passwords. Signing is closed for %(name)s for 15 minutes. Nothing was signed.")
            % {"name": by.name}
        )
        raise WrongPassword(told, field="password")
    if found is None:
        _record_refusal(by=by, reason=otherwise, at=at, closed=before + 1 >= WRONG_PASSWORDS_ALLOWED)
    return found


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
    version: int = 1,
    previous: Signature | None = None,
    is_first: bool = False,
    rests_on: Iterable[RestsOn] = (),
) -> Signature:
    """Sign `content`, the whole of what `subject` says in its `version`, and return the signature.

    `previous` is the signature before it of the same record, where that was signed under another row. `is_first` says
    that there can't be one, since the record is a locked draft, and saves looking for it. `rests_on` names rows of
    other records that the content is of: the trail keeps their hashes too. Raises Refused when the confirmation is
    somebody else's or older than two minutes.
    """
    if confirmed.user_id != by.user.pk or not timedelta() <= at - confirmed.at <= CONFIRMATION_LASTS:
        raise Refused(_("Type your password again to sign."), field="password")
    return _write(
        by=by, printed_name=by.name, role=by.role_names, method=confirmed.method, meaning=meaning, subject=subject,
        content=content, at=at, patient=patient, reason=reason, version=version, previous=previous,
        is_first=is_first, sequence=confirmed.sequence,
        step_up_age=int((at - (confirmed.stepped_up_at or confirmed.at)).total_seconds()), rests_on=rests_on,
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
    content: Mapping[str, Any], at: datetime, patient: models.Model | None, reason: str, version: int = 1,
    previous: Signature | None = None, is_first: bool = False, sequence: int | None = None,
    step_up_age: int | None = None, rests_on: Iterable[RestsOn] = (),
) -> Signature:  # fmt: skip
    text = canonical(content)
    content_sha256 = sha256(text)
    object_type, object_id = subject._meta.label, str(subject.pk)
    signature = Signature(
        user=by.user,
        site=by.site,
        printed_name=printed_name,
        role=role,
        registration_number=by.user.registration_number if method is not Method.DRAWN else "",
        meaning=meaning,
        reason=reason.strip(),
        method=method,
        object_type=object_type,
        object_id=object_id,
        object_version=version,
        content=text,
        content_sha256=content_sha256,
        signed_at=at,
        time_zone=by.site.time_zone,
        request_id=by.request_id,
        sequence=sequence,
        step_up_age=step_up_age,
        address=by.address[:45],
        device=by.device,
        previous=previous if previous or is_first else last_signature_of(object_type, object_id),
        binding_scheme=SCHEME,
    )
    signature.binding_sha256 = binding(signature)
    signature.save()
    record(
        by=by, action=Action.SIGN, subject=subject, patient=patient, reason=reason, at=at,
        after={
            "signature": signature.pk, "meaning": meaning, "name": printed_name, "sha256": content_sha256,
            "binding": signature.binding_sha256,
        },
        at_the_end=lambda: rows_said(type(subject), subject.pk, rests_on),
    )  # fmt: skip
    return signature


def last_signature_of(object_type: str, object_id: str) -> Signature | None:
    """Return the latest signature of a record, or None."""
    found = Signature.objects.filter(object_type=object_type, object_id=object_id)
    return found.order_by("-signed_at", "-pk").first()


def binding(signature: Signature) -> str:
    """Return the hash that ties a signature's parts together (21 CFR 11.70).

    One of the first scheme, of before these were kept, covers neither version, registration number, device nor what
    was signed before it.
    """
    parts: dict[str, Any] = {
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
    if signature.binding_scheme >= SCHEME:
        parts |= {
            "scheme": signature.binding_scheme,
            "version": signature.object_version,
            "registration_number": signature.registration_number,
            "site": signature.site_id,
            "request": signature.request_id,
            "sequence": signature.sequence,
            "step_up_age": signature.step_up_age,
            "address": signature.address,
            "device": signature.device,
            "previous": signature.previous_id,
        }
    return sha256(canonical(parts))


def verifies(signature: Signature) -> bool:
    """Whether the stored content and every part of the signature still fit together."""
    return sha256(signature.content) == signature.content_sha256 and binding(signature) == signature.binding_sha256


def is_of(signature: Signature, record: models.Model) -> bool:
    """Whether `signature` was made for `record`, and not for another that was signed once."""
    return (signature.object_type, signature.object_id) == (record._meta.label, str(record.pk))


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
        "version": str(signature.object_version),
    }
