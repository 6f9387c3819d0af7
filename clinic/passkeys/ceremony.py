"""WebAuthn as this clinic uses it: the authenticator must know its person, and the page must be the clinic's own."""

import json
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from clinic.accounts.models import User
from clinic.errors import Refused
from clinic.passkeys.models import Passkey

#: What an authenticator's answer weighs at most.
MOST_CHARACTERS = 20_000
type State = dict[str, Any]


def _server(host: str) -> Fido2Server:
    """The clinic under the name that the browser knows it by; an address in figures has no passkeys."""
    return Fido2Server(PublicKeyCredentialRpEntity(name="Baseline", id=_without_port(host)))


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def check_place(host: str) -> None:
    """Raise Refused for an address in figures: browsers make passkeys for names alone."""
    name = _without_port(host).strip("[]")
    try:
        ip_address(name)
    except ValueError:
        return
    raise Refused(
        _("Passkeys need the clinic's name: open it by that instead of %(address)s, and add the passkey there.")
        % {"address": name}
    )


def options_to_add(user: User, standing: Sequence[Passkey], host: str) -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to make a passkey by, and the state that its answer is checked against."""
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(
            id=str(user.pk).encode(), name=user.email, display_name=user.full_name
        ),
        credentials=[_credential(passkey) for passkey in standing],
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return dict(options.public_key), state


def added(answer: str, state: State | None, host: str) -> tuple[AttestedCredentialData, int]:
    """Return the new credential and its count. Raises Refused for an answer that isn't one to what was asked."""
    try:
        made = _server(host).register_complete(_known(state), _parsed(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(_("The passkey wasn't made. Try again.")) from error
    if made.credential_data is None:
        raise Refused(_("The passkey wasn't made. Try again."))
    return made.credential_data, made.counter


def options_to_sign(standing: Sequence[Passkey], host: str) -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to sign with a passkey by, and the state that its answer is checked against."""
    options, state = _server(host).authenticate_begin(
        [_credential(passkey) for passkey in standing], user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(options.public_key), state


def signed_by(answer: str, state: State | None, standing: Sequence[Passkey], host: str) -> tuple[Passkey, int]:
    """Return which of the passkeys answered what was asked, and its count.

    Raises Refused for an answer of another passkey, to another question, of another page, and for a count that went
    back, as that of a copy does.
    """
    try:
        response = _parsed(answer)
        used = _server(host).authenticate_complete(
            _known(state), [_credential(passkey) for passkey in standing], response
        )
        counter = AuthenticationResponse.from_dict(response).response.authenticator_data.counter
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(_("The passkey didn't fit. Nothing was signed; try again.")) from error
    passkey = next(each for each in standing if _credential(each).credential_id == used.credential_id)
    if passkey.sign_count and counter <= passkey.sign_count:
        raise Refused(_("This passkey may have been copied. Nothing was signed; tell the manager."))
    return passkey, counter


def _known(state: State | None) -> State:
    if not state:
        raise ValueError("nothing was asked")
    return state


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > MOST_CHARACTERS:
        raise ValueError("too long")
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise TypeError("no answer")
    return parsed


def _credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))
