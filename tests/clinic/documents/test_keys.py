"""The key of the seal: made, given, changed, wrong or too old; and the time that a service adds to it."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.checks import run_checks
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper

from clinic.documents import timestamps
from clinic.documents.rendering import render_pdf
from clinic.documents.sealing import check_seal, sealed

PASSPHRASE = "correct horse"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificate_for(
    key: Key,
    name: str,
    *,
    issuer: tuple[x509.Certificate, Key] | None = None,
    ends: datetime | None = None,
    stamps: bool = False,
) -> x509.Certificate:
    """Return a certificate for `key`, self-signed unless somebody issues it."""  # fmt: skip
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    ends = ends or datetime.now(tz=UTC) + timedelta(days=30)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=365))
        .not_valid_after(ends)
    )
    if stamps:
        usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def container(path: Path, certificate: x509.Certificate, key: Key, others: tuple[x509.Certificate, ...] = ()) -> None:
    """Write a PKCS#12 file."""
    secret = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, certificate, others, secret))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without keys, and the environment without any; the fonts stay where they are made."""
    from django.conf import settings as all_settings

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache").symlink_to(Path(all_settings.DATA_DIR) / "cache")
    settings.DATA_DIR = tmp_path / "data"
    for name in [name for name in os.environ if name.startswith(("CLINIC_SEAL_", "CLINIC_SIGNING_", "CLINIC_TIMES"))]:
        monkeypatch.delenv(name)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def plain() -> bytes:
    """A PDF that waits for its seal."""
    return render_pdf("<!doctype html><html lang=en-GB><title>t</title><body><p>text</p></body></html>").pdf


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PKCS#12 of an elliptic key, set in the environment with its passphrase."""
    key = ec.generate_private_key(ec.SECP256R1())
    container(tmp_path / "seal.p12", certificate_for(key, "Given"), key)
    monkeypatch.setenv("CLINIC_SEAL_PKCS12", str(tmp_path / "seal.p12"))
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE", PASSPHRASE)
    return tmp_path / "seal.p12"


def seal(pdf: bytes) -> bytes:
    """Return the sealed PDF."""
    return sealed(pdf, name="Site North", reason="Test 00000000").pdf


def signer_of(pdf: bytes) -> str:
    """Return the name in the certificate that sealed."""
    from io import BytesIO

    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return str(signature.signer_cert.subject.native["common_name"])


def faults() -> list[str]:
    """Return what the start-up check says of the seal."""
    return [message.msg for message in run_checks() if message.id in ("clinic.E004", "clinic.E005")]


def test_without_a_key_one_is_made_that_only_its_owner_can_read(plain: bytes, data: Path) -> None:
    pdf = seal(plain)
    assert check_seal(pdf).valid
    assert signer_of(pdf) == "Baseline document seal"
    assert (data / "keys").stat().st_mode & 0o077 == 0
    assert (data / "keys" / "seal.pem").stat().st_mode & 0o777 == 0o600


def test_a_given_key_seals_and_its_passphrase_may_lie_in_a_file(
    plain: bytes, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert faults() == []
    assert signer_of(seal(plain)) == "Given"
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    monkeypatch.delenv("CLINIC_SEAL_PKCS12_PASSPHRASE")
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    assert check_seal(seal(plain)).valid


def test_an_rsa_key_with_the_certificates_of_its_issuer_seals_too(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Path
) -> None:
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = certificate_for(issuer_key, "Issuer")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    container(given, certificate_for(key, "Issued", issuer=(issuer, issuer_key)), key, (issuer,))
    pdf = seal(plain)
    assert signer_of(pdf) == "Issued"
    assert check_seal(pdf).valid


def test_what_an_earlier_key_sealed_stays_good_and_what_a_strange_key_sealed_does_not(
    plain: bytes, given: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_given = seal(plain)
    monkeypatch.delenv("CLINIC_SEAL_PKCS12")
    with_made = seal(plain)
    assert signer_of(with_made) != signer_of(with_given)
    assert check_seal(with_given).valid
    assert check_seal(with_made).valid
    for kept in (data / "keys").glob("*.crt"):
        kept.unlink()
    assert check_seal(with_given).fault == "it was not made with a key of this clinic"
    assert check_seal(with_made).valid


@pytest.mark.parametrize("passphrase", ["wrong", ""])
def test_a_wrong_passphrase_is_said_in_one_line_at_the_start(
    passphrase: str, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE", passphrase)
    (said,) = faults()
    assert said.startswith("CLINIC_SEAL_PKCS12 can't be opened: its passphrase is another one")
    assert "\n" not in said
    assert passphrase == "" or passphrase not in said


def test_a_file_that_isnt_there_or_is_no_container_is_said_in_one_line(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.write_bytes(b"no container")
    assert faults()[0].startswith("CLINIC_SEAL_PKCS12 can't be opened")
    monkeypatch.setenv("CLINIC_SEAL_PKCS12", str(tmp_path / "none.p12"))
    assert faults() == ["CLINIC_SEAL_PKCS12 can't be read: No such file or directory."]
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE_FILE", str(tmp_path / "none"))
    assert faults() == ["CLINIC_SEAL_PKCS12_PASSPHRASE_FILE can't be read: No such file or directory."]


def test_an_expired_certificate_is_said_in_one_line_and_keeps_nobody_from_reading(
    plain: bytes, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seal(plain)
    key = ec.generate_private_key(ec.SECP256R1())
    container(tmp_path / "old.p12", certificate_for(key, "Old", ends=datetime(2026, 1, 5, tzinfo=UTC)), key)
    monkeypatch.setenv("CLINIC_SEAL_PKCS12", str(tmp_path / "old.p12"))
    assert faults() == ["The certificate of the seal expired on 2026-01-05. Set a key with a newer one."]
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE", "wrong")
    assert check_seal(before).valid


def test_a_passphrase_without_its_key_is_said_at_the_start(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_SEAL_PKCS12_PASSPHRASE_FILE", "passphrase")
    monkeypatch.delenv("CLINIC_SEAL_PKCS12")
    (said,) = faults()
    assert said.endswith("not the file that it opens: CLINIC_SEAL_PKCS12.")


class _Service(BaseHTTPRequestHandler):
    """A time-stamp service (RFC 3161) on this machine; `stamper` stamps, or `answer` is what it says instead."""

    stamper: DummyTimeStamper
    answer: bytes | None = None

    def do_POST(self) -> None:
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        content = self.answer if self.answer is not None else self.stamper.request_tsa_response(asked).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Service]]:
    """A service that answers, set in the environment."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = Certificate.load(certificate_for(key, "Time", stamps=True).public_bytes(serialization.Encoding.DER))

    class Service(_Service):
        stamper = DummyTimeStamper(certificate, PrivateKeyInfo.load(der))

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("CLINIC_TIMESTAMP_URL", f"http://127.0.0.1:{server.server_port}/tsa")
    yield Service
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_time_stamp_service_that_answers_makes_the_seal_b_t(plain: bytes, service: type[_Service]) -> None:
    from io import BytesIO

    assert faults() == []
    made = sealed(plain, name="Site North", reason="Test")
    assert made.made_with.endswith("PAdES B-T")
    assert check_seal(made.pdf).valid
    (signature,) = PdfFileReader(BytesIO(made.pdf)).embedded_signatures
    unsigned = [attribute["type"].native for attribute in signature.signer_info["unsigned_attrs"]]
    assert unsigned == ["signature_time_stamp_token"]
    changed = bytearray(made.pdf)
    changed[700] ^= 1
    assert not check_seal(bytes(changed)).valid


@pytest.mark.parametrize("answer", [b"", b"no answer at all", b"0" * 20_000])
def test_a_service_that_answers_nonsense_holds_nothing_up_and_it_is_noted(
    answer: bytes, plain: bytes, service: type[_Service], caplog: pytest.LogCaptureFixture
) -> None:
    service.answer = answer
    made = sealed(plain, name="Site North", reason="Test")
    assert made.made_with.endswith("PAdES B-B, no answer from the time-stamp service")
    assert check_seal(made.pdf).valid
    assert "the seal is B-B" in caplog.text


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://127.0.0.1:99999/"])
def test_a_service_that_isnt_there_holds_nothing_up(
    address: str, plain: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamps, "TIMEOUT_S", 1)
    monkeypatch.setenv("CLINIC_TIMESTAMP_URL", address)
    made = sealed(plain, name="Site North", reason="Test")
    assert "PAdES B-B" in made.made_with
    assert check_seal(made.pdf).valid


def test_an_address_that_is_none_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_TIMESTAMP_URL", "file:///etc/passwd")
    assert faults() == [
        "CLINIC_TIMESTAMP_URL is no address of a time-stamp service: it begins with http:// or https://."
    ]
