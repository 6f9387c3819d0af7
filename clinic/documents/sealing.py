"""The clinic's seal on a PDF, and its check: a PAdES signature by the clinic's own key (`clinic.documents.keys`).

Its level is B-B, or B-T with the time of a time-stamp service when CLINIC_TIMESTAMP_URL names one that answers. A
self-issued seal shows that a file is the clinic's and unchanged; it is not a "qualified" or "advanced" seal in
the sense of eIDAS.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.version import __version__ as pyhanko_version
from pyhanko_certvalidator import ValidationContext

from clinic.documents.claims import UNREADABLE
from clinic.documents.keys import seal_signer, trusted_certificates
from clinic.documents.timestamps import MOST_TOKEN_BYTES, TimeStampClient, timestamp_address

logger = logging.getLogger(__name__)
# Why a certificate isn't trusted is in the verdict; pyHanko logs it with a traceback as well.
logging.getLogger("pyhanko").setLevel(logging.ERROR)

FIELD = "Seal"
_PROGRAM = f"pyHanko {pyhanko_version}"
#: PDF/A wants what isn't hidden, PDF/UA what is off the page when it has no tag: both hold at once.
_IN_NO_ONES_WAY = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)


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


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """A PDF with the clinic's seal, and a note of what made it and how."""

    pdf: bytes
    made_with: str


def sealed(pdf: bytes, *, name: str, reason: str) -> SealedPdf:
    """Return `pdf` with the clinic's certification signature over the whole file; no change is allowed after it.

    A time-stamp service that doesn't answer holds nothing up: the seal is B-B then, and its note says so.
    Raises SealKeyError when the key can't be used, OSError when it can't be made.
    """
    address = timestamp_address()
    if not address:
        return SealedPdf(_signed(pdf, name, reason, None), f"{_PROGRAM}, PAdES B-B")
    try:
        return SealedPdf(_signed(pdf, name, reason, TimeStampClient(address)), f"{_PROGRAM}, PAdES B-T")
    except (TimestampRequestError, SigningError) as error:
        logger.warning("the time-stamp service gave no time stamp, so the seal is B-B: %s", error)
        return SealedPdf(
            _signed(pdf, name, reason, None), f"{_PROGRAM}, PAdES B-B, no answer from the time-stamp service"
        )


def _signed(pdf: bytes, name: str, reason: str, timestamps: TimeStamper | None) -> bytes:
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
    writer, signer = _SealWriter(BytesIO(pdf)), seal_signer()
    reserved = _room_for(signer) + (2 * MOST_TOKEN_BYTES if timestamps else 0)
    field = SigFieldSpec(FIELD, invis_sig_settings=_IN_NO_ONES_WAY, readable_field_name="The clinic's seal")
    _beside_any_loop(
        lambda: sign_pdf(
            writer, metadata, signer=signer, timestamper=timestamps, bytes_reserved=reserved, new_field_spec=field,
            output=out,
        )
    )  # fmt: skip
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
            trust_roots=list(trusted_certificates()),
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=sealed_at,
            best_signature_time=sealed_at,
        )
        status = _beside_any_loop(lambda: validate_pdf_signature(signatures[0], signer_validation_context=context))
    except UNREADABLE as error:
        return SealCheck(valid=False, fault=f"the file can't be read as a sealed PDF ({type(error).__name__})")
    stamp = status.timestamp_validity
    checks = {
        "its content was changed": status.intact,
        "its signature is wrong": status.valid,
        "it was not made with a key of this clinic": status.trusted,
        "it doesn't cover the whole file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "it was changed after it was sealed": status.modification_level == ModificationLevel.NONE and status.docmdp_ok,
        # Whose time it is, is for who needs to know; that the stamp is about this seal is for us.
        "its time stamp is wrong": stamp is None or (stamp.intact and stamp.valid),
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


def _room_for(signer: SimpleSigner) -> int:
    """Return the room for the signature in the file: hexadecimal digits of certificates, attributes and signature.

    pyHanko would sign twice to find out, which costs more than the seal itself.
    """
    most_attributes = 512
    certificates = sum(len(each.dump()) for each in {signer.signing_cert, *signer.cert_registry})
    return 2 * (certificates + most_attributes + 2 * int(signer.signing_key.byte_size) + 128)
