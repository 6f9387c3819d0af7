"""Who signs? By password, or by passkey once somebody has one; within ten minutes of the last signature by password."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.access import ClinicRequest
from clinic.errors import Refused
from clinic.passkeys.services import confirm_by_passkey
from clinic.signing.services import Confirmed, confirm_identity

#: In the same sign-in, and without a break longer than this, the password is enough (21 CFR 11.200(a)(1)(i)).
CONTINUOUS = timedelta(minutes=10)
_SIGNED, _ASKED = "signed_at", "passkey_asked"


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
    request.session[_SIGNED] = proof.at.isoformat()
    return proof


def asked(request: ClinicRequest, state: dict[str, Any]) -> None:
    """Remember what the browser was asked, for one answer."""
    request.session[_ASKED] = state


def taken(request: ClinicRequest) -> dict[str, Any] | None:
    """Return what the browser was asked, once."""
    state: dict[str, Any] | None = request.session.pop(_ASKED, None)
    return state
