"""Who signs? By password, or by passkey once somebody has one; within ten minutes of the last signature by password."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.access import ClinicRequest
from clinic.errors import Refused
from clinic.passkeys.services import confirm_by_passkey
from clinic.signing.models import Method
from clinic.signing.services import Confirmed, confirm_identity

#: In the same sign-in, and without a break longer than this, the password is enough (21 CFR 11.200(a)(1)(i)).
CONTINUOUS = timedelta(minutes=10)
_SIGNED, _ASKED, _STEPPED_UP, _COUNT = "signed_at", "passkey_asked", "stepped_up_at", "signings"


def asks_for_passkey(request: Any) -> bool:
    """Whether whoever signs now shows a passkey: they have one, and didn't sign within the last ten minutes."""
    actor = getattr(request, "actor", None)
    if actor is None or not actor.user.signs_by_passkey:
        return False
    last = request.session.get(_SIGNED)
    return last is None or clock.now() - datetime.fromisoformat(last) > CONTINUOUS


def identify(request: ClinicRequest, form: Any) -> Confirmed:
    """Return the proof of who signs with `form`, a SignatureForm that is valid.

    Raises Refused when nothing was shown, and what `confirm_identity` and `confirm_by_passkey` raise.
    """
    by = request.actor
    if asks_for_passkey(request):
        answer = form.cleaned_data.get("passkey", "")
        if not answer:
            raise Refused(_("Sign with your passkey: press the button that asks for it."))
        proof = confirm_by_passkey(by=by, answer=answer, state=taken(request), host=request.get_host())
    else:
        password = form.cleaned_data.get("password", "")
        if not password:
            raise Refused(_("Type your password to sign."), field="password")
        proof = confirm_identity(by=by, password=password)
    return counted(request, proof)


def counted(request: ClinicRequest, proof: Confirmed) -> Confirmed:
    """Return `proof` with its number in this sign-in, and with the time of the passkey that it goes on from."""
    session = request.session
    session[_SIGNED] = proof.at.isoformat()
    session[_COUNT] = session.get(_COUNT, 0) + 1
    if proof.method is Method.PASSKEY:
        session[_STEPPED_UP] = proof.at.isoformat()
    went_on_from = session.get(_STEPPED_UP) if request.actor.user.signs_by_passkey else None
    return replace(
        proof, sequence=session[_COUNT], stepped_up_at=datetime.fromisoformat(went_on_from) if went_on_from else None
    )


def asked(request: ClinicRequest, state: dict[str, Any]) -> None:
    """Remember what the browser was asked, for one answer."""
    request.session[_ASKED] = state


def taken(request: ClinicRequest) -> dict[str, Any] | None:
    """Return what the browser was asked, once."""
    state: dict[str, Any] | None = request.session.pop(_ASKED, None)
    return state
