"""The clinic's key for its seal, the certificates of earlier keys, and what can be wrong with them.

CLINIC_SEAL_PKCS12                 a PKCS#12 file with key and certificate, from whoever issues such
CLINIC_SEAL_PKCS12_PASSPHRASE      its passphrase, or
CLINIC_SEAL_PKCS12_PASSPHRASE_FILE a file that holds it
CLINIC_SIGNING_KEY, CLINIC_SIGNING_CERT   PEM files of a key without passphrase and its certificate, instead

With neither, a key and a self-signed certificate of ten years are made at the first use, in `CLINIC_DATA/keys`,
readable by their owner only. To change the key, name another one: the certificate of each key that sealed is kept
as a `.crt` file in that folder, and goes on verifying what it sealed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from clinic.key_files import keep

KEY_YEARS = 10


class SealKeyError(RuntimeError):
    """The clinic's seal can't be used; the message says in one line what to do."""


def seal_signer() -> SimpleSigner:
    """Return what seals with the key that is set, having kept its certificate. Raises SealKeyError, OSError."""
    if container := os.environ.get("CLINIC_SEAL_PKCS12"):
        return _signer_of_container(Path(container), _passphrase())
    return _signer_of(*_key_files())


def trusted_certificates() -> Iterator[Certificate]:
    """Yield the certificates of the key that is set and of all that sealed before."""
    # A key that can't be used any more doesn't keep anybody from reading what it sealed.
    with suppress(SealKeyError):
        yield seal_signer().signing_cert
    for path in _folder().glob("*.crt"):
        yield from load_certs_from_pemder_data(path.read_bytes())


def key_fault(*, at: datetime) -> str:
    """Return in one line what is wrong with the key that is set, "" when it can be used at `at`."""
    if os.environ.get("CLINIC_SEAL_PKCS12_PASSPHRASE_FILE") and not os.environ.get("CLINIC_SEAL_PKCS12"):
        return "CLINIC_SEAL_PKCS12_PASSPHRASE_FILE is set, but not the file that it opens: CLINIC_SEAL_PKCS12."
    try:
        certificate: Any = seal_signer().signing_cert
    except SealKeyError as error:
        return str(error)
    except OSError as error:
        return f"The key of the seal can't be read or made: {error.strerror} ({error.filename})."
    validity = certificate["tbs_certificate"]["validity"]
    begins, ends = validity["not_before"].native, validity["not_after"].native
    if not begins <= at:
        return f"The certificate of the seal is not valid before {begins:%Y-%m-%d}."
    if not at <= ends:
        return f"The certificate of the seal expired on {ends:%Y-%m-%d}. Set a key with a newer one."
    return ""


def _passphrase() -> bytes | None:
    if name := os.environ.get("CLINIC_SEAL_PKCS12_PASSPHRASE_FILE"):
        try:
            return Path(name).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise SealKeyError(f"CLINIC_SEAL_PKCS12_PASSPHRASE_FILE can't be read: {error.strerror}.") from error
    return os.environ.get("CLINIC_SEAL_PKCS12_PASSPHRASE", "").encode() or None


@cache
def _signer_of_container(path: Path, passphrase: bytes | None) -> SimpleSigner:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealKeyError(f"CLINIC_SEAL_PKCS12 can't be read: {error.strerror}.") from error
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, passphrase)
    except ValueError as error:
        raise SealKeyError(
            "CLINIC_SEAL_PKCS12 can't be opened: its passphrase is another one, or it isn't a PKCS#12 file."
        ) from error
    if key is None or certificate is None:
        raise SealKeyError("CLINIC_SEAL_PKCS12 holds no key with its certificate.")
    der, pem = serialization.Encoding.DER, serialization.Encoding.PEM
    secret = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    name = f"seal-{certificate.fingerprint(hashes.SHA256()).hex()[:16]}.crt"
    keep(_folder() / name, certificate.public_bytes(pem))
    store = _no_certificates()
    store.register_multiple(Certificate.load(each.public_bytes(der)) for each in others)
    return SimpleSigner(
        signing_cert=Certificate.load(certificate.public_bytes(der)),
        signing_key=load_private_key_from_pemder_data(secret, passphrase=None),
        cert_registry=store,
    )


@cache
def _signer_of(key_file: Path, certificate_file: Path) -> SimpleSigner:
    try:
        certificate = next(iter(load_certs_from_pemder_data(certificate_file.read_bytes())))
        key = load_private_key_from_pemder_data(key_file.read_bytes(), passphrase=None)
    except (ValueError, TypeError, StopIteration) as error:
        raise SealKeyError(f"The key of the seal and its certificate can't be used: {key_file}.") from error
    keep(_folder() / f"seal-{certificate.sha256.hex()[:16]}.crt", certificate_file.read_bytes())
    return SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=_no_certificates())


def _no_certificates() -> SimpleCertificateStore:
    return SimpleCertificateStore()  # type: ignore[no-untyped-call]


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "keys"


def _key_files() -> tuple[Path, Path]:
    given = os.environ.get("CLINIC_SIGNING_KEY"), os.environ.get("CLINIC_SIGNING_CERT")
    if given[0] and given[1]:
        return Path(given[0]), Path(given[1])
    pair = _folder() / "seal.pem", _folder() / "seal.crt"
    if not pair[0].exists():
        _make_key(pair[0])
    if not pair[1].exists():
        keep(pair[1], pair[0].read_bytes().partition(b"-----BEGIN PRIVATE KEY-----")[0])
    return pair


def _make_key(key_file: Path) -> None:
    """Make key and certificate. Both stand in one file, so that two processes can't mix two pairs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Baseline document seal"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, settings.BASE_URL.partition("://")[2][:60] or "clinic"),
        ]
    )
    start = datetime.now(tz=UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=366 * KEY_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keep(key_file, certificate.public_bytes(serialization.Encoding.PEM) + secret)
