"""The clinic's seal on a PDF: a PAdES B-B signature by the clinic's own key, and its check.

CLINIC_SIGNING_KEY and CLINIC_SIGNING_CERT name PEM files of a key and its certificate; without them a key
and a self-signed certificate of ten years are made at the first use, in `CLINIC_DATA/keys`, readable by
their owner only. To change the key, put another pair in place and keep the old `.crt` files in that folder:
they go on verifying what they sealed. A self-issued seal shows that a file is the clinic's and unchanged;
it is not a "qualified" or "advanced" seal in the sense of eIDAS.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.version import __version__ as pyhanko_version
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from clinic.documents.claims import UNREADABLE
from clinic.key_files import keep

FIELD = "Seal"
#: PDF/A wants what isn't hidden, PDF/UA what is off the page when it has no tag: both hold at once.
_IN_NO_ONES_WAY = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
KEY_YEARS = 10


@dataclass(frozen=True, slots=True)
class SealCheck:
    """Whether a PDF bears the clinic's seal over all of it, and why not."""

    valid: bool
    fault: str = ""


class _SealWriter(IncrementalPdfFileWriter):
    """Adds the seal and nothing else: the metadata that claim PDF/A-3 and PDF/UA, and the version, stay as they are."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Leave the version alone: PDF/A-3 is PDF 1.7, for which PAdES is defined as well."""

    def register_extension(self, ext: DeveloperExtension) -> None:
        """Note the extension for PAdES in PDF 1.7, and none that belongs to a later version."""
        if ext.base_version == "/1.7":
            super().register_extension(ext)

    def _update_meta(self) -> None:
        """Leave the metadata alone: pyHanko would write all of it again, in a form of its own."""


def sealed(pdf: bytes, *, name: str, reason: str) -> bytes:
    """Return `pdf` with the clinic's certification signature over the whole file; no change is allowed after it.

    Raises OSError when the key can't be read or made.
    """
    out = BytesIO()
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        name=name,
        reason=reason,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    writer, signer, reserved = _SealWriter(BytesIO(pdf)), _signer(), _reserved()
    field = SigFieldSpec(FIELD, invis_sig_settings=_IN_NO_ONES_WAY, readable_field_name="The clinic's seal")
    _beside_any_loop(
        lambda: sign_pdf(writer, metadata, signer=signer, bytes_reserved=reserved, new_field_spec=field, output=out)
    )
    return out.getvalue()


def check_seal(pdf: bytes) -> SealCheck:
    """Check the seal of `pdf`.

    It must be one of ours, the only signature, intact, and cover the whole file. The certificate must have been in
    force when the file says that it was sealed, so that an old record stays good. A signature can't cover
    the bytes that hold it: compare the file's hash too.
    """
    try:
        reader = PdfFileReader(BytesIO(pdf))
        signatures = reader.embedded_signatures
        if len(signatures) != 1:
            return SealCheck(valid=False, fault=f"{len(signatures)} signatures instead of one")
        sealed_at = signatures[0].self_reported_timestamp
        if sealed_at is None:
            return SealCheck(valid=False, fault="the seal doesn't say when it was made")
        context = ValidationContext(
            trust_roots=list(_trusted_certificates()),
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=sealed_at,
            best_signature_time=sealed_at,
        )
        status = _beside_any_loop(lambda: validate_pdf_signature(signatures[0], signer_validation_context=context))
    except UNREADABLE as error:
        return SealCheck(valid=False, fault=f"the file can't be read as a sealed PDF ({type(error).__name__})")
    checks = {
        "its content was changed": status.intact,
        "its signature is wrong": status.valid,
        "it was not made with a key of this clinic": status.trusted,
        "it doesn't cover the whole file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "it was changed after it was sealed": status.bottom_line,
    }
    fault = next((fault for fault, well in checks.items() if not well), "")
    return SealCheck(valid=not fault, fault=fault)


def _beside_any_loop[T](work: Callable[[], T]) -> T:
    """Do `work`, which begins an event loop of its own, though the caller's thread may be running one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(work).result()


def sealer_name() -> str:
    """Return the name and version of what seals."""
    return f"pyHanko {pyhanko_version}"


def _signer() -> SimpleSigner:
    return _signer_of(*_key_files())


@cache
def _signer_of(key_file: Path, certificate_file: Path) -> SimpleSigner:
    certificate = next(iter(load_certs_from_pemder_data(certificate_file.read_bytes())))
    key = load_private_key_from_pemder_data(key_file.read_bytes(), passphrase=None)
    return SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=_no_certificates())


def _reserved() -> int:
    """Return the room for the signature in the file: hexadecimal digits of certificate, attributes and signature.

    pyHanko would sign twice to find out, which costs more than the seal itself.
    """
    signer = _signer()
    most_attributes = 512
    certificate: Any = signer.signing_cert
    return 2 * (len(certificate.dump()) + most_attributes + 2 * int(signer.signing_key.byte_size) + 128)


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


def _trusted_certificates() -> Iterator[Certificate]:
    _key, current = _key_files()
    for path in {current, *_folder().glob("*.crt")}:
        yield from load_certs_from_pemder_data(path.read_bytes())


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
