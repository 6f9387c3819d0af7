"""An authenticator in software, for tests: it makes a passkey and answers what it is asked, honestly or not."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

FLAGS = AuthenticatorData.FLAG


def text(data: bytes) -> str:
    """Return bytes as WebAuthn's JSON writes them."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def data_of(value: str) -> bytes:
    """Return the bytes of WebAuthn's JSON."""
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Authenticator:
    """One device with one passkey, for the page at `origin`."""

    def __init__(self, origin: str = "http://localhost", rp_id: str = "localhost", *, verifies: bool = True) -> None:
        self.origin, self.rp_id, self.verifies = origin, rp_id, verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.count = 0

    def make(self, options: dict[str, Any]) -> str:
        """Answer what a browser is asked to make a passkey by."""
        credential = AttestedCredentialData.create(
            Aaguid(b"\0" * 16), self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        attested = AttestationObject.create("none", self._data(FLAGS.AT, credential), {})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(bytes(attested))})

    def sign(self, options: dict[str, Any]) -> str:
        """Answer what a passkey is asked for a signature."""
        self.count += 1
        client = self._client("webauthn.get", options["challenge"])
        data = bytes(self._data())
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        )

    def _data(self, more: int = 0, credential: Any = b"") -> AuthenticatorData:
        flags = FLAGS.UP | (FLAGS.UV if self.verifies else 0) | more
        return AuthenticatorData.create(
            hashlib.sha256(self.rp_id.encode()).digest(), FLAGS(flags), self.count, credential
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps(
            {
                "id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response,
                "clientExtensionResults": {},
            }
        )  # fmt: skip
