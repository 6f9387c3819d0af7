"""The key that signs checkpoints of the record trail.

CLINIC_TRAIL_KEY names a PEM file of an Ed25519 key; without it one is made at the first use, `trail.pem` in
`CLINIC_DATA/keys`, readable by its owner only. The public key lies there too, as `trail.pub`: give it to whoever
verifies the trail, away from the clinic's own machine. To change the key, give the new one another name and keep the
old `.pub` file: it goes on verifying what it signed.
"""

import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from clinic.key_files import keep


def folder() -> Path:
    """Where the clinic's keys lie."""
    return Path(settings.DATA_DIR) / "keys"


def signing_key() -> Ed25519PrivateKey:
    """Return the key, which is made when there is none. Raises OSError and ValueError when it can't be read."""
    given = os.environ.get("CLINIC_TRAIL_KEY")
    path = Path(given) if given else folder() / "trail.pem"
    if not given and not path.exists():
        _make(path)
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")  # noqa: TRY004  a file's content, not an argument
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    public_path = folder() / f"{path.stem}.pub"
    if not public_path.exists() or public_path.read_bytes() != public:
        public_path.unlink(missing_ok=True)
        keep(public_path, public)
    return key


def _make(path: Path) -> None:
    secret = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keep(path, secret)


def public_key_files() -> list[Path]:
    """Return the public keys that checkpoints may be signed with, the present one among them."""
    signing_key()
    return sorted(folder().glob("*.pub"))
