"""The file formats of a photo, told by the content's first bytes, never by name."""

from enum import StrEnum

from patients.photos.reasons import Reason, Refusal


class Format(StrEnum):
    """A format that is taken; MPO is a JPEG with further JPEGs behind it."""

    JPEG = "jpeg"
    MPO = "mpo"
    HEIC = "heic"
    AVIF = "avif"
    WEBP = "webp"
    PNG = "png"
    TIFF = "tiff"

    @property
    def mime(self) -> str:
        """Return the media type to serve or record it under."""
        return "image/jpeg" if self is Format.MPO else f"image/{self.value}"

    @property
    def is_camera_format(self) -> bool:
        """Say whether cameras write it and it can be decoded small, so that many pixels are affordable."""
        return self in {Format.JPEG, Format.MPO, Format.HEIC}


HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"miaf"})
SEQUENCE_BRANDS = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis"})

TAKEN: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
)

# What people try to upload instead, so that the refusal can name it.
KNOWN_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"%PDF-", "pdf"),
    (b"8BPS", "psd"),
    (b"%!PS", "eps"),
    (b"\xc5\xd0\xd3\xc6", "eps"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\xff\x0a", "jpegxl"),
    (b"\x00\x00\x00\x0cJXL ", "jpegxl"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"DDS ", "dds"),
    (b"SIMPLE", "fits"),
    (b"PK\x03\x04", "zip"),
    (b"<", "markup"),
)
KNOWN_RAW: tuple[tuple[bytes, str], ...] = (
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"IIU\x00", "rw2"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"FOVb", "x3f"),
)


def recognise(data: bytes) -> Format:
    """Return the format of `data`; raise `Refusal` for any other content."""
    if not data:
        raise Refusal(Reason.EMPTY)
    for magic, kind in TAKEN:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    raise _refusal(data)


def _refusal(data: bytes) -> Refusal:
    for magic, name in KNOWN_RAW:
        if data.startswith(magic):
            return Refusal(Reason.RAW_FORMAT, name)
    text = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in KNOWN_OTHERS:
        if text.startswith(magic):
            return Refusal(Reason.FORMAT_NOT_ALLOWED, name)
    return Refusal(Reason.FORMAT_NOT_ALLOWED)


def _iso_media(data: bytes) -> Format:
    """Tell HEIC from AVIF by the brands, and both from videos and Canon's raw files."""
    size = min(int.from_bytes(data[:4], "big"), 512)
    major = data[8:12]
    brands = {data[at : at + 4] for at in range(16, size - 3, 4)}
    if major == b"crx ":
        raise Refusal(Reason.RAW_FORMAT, "cr3")
    if major in SEQUENCE_BRANDS:
        raise Refusal(Reason.ANIMATED)
    if major == b"avif" or (major in HEIC_BRANDS and b"avif" in brands):
        return Format.AVIF
    if major in HEIC_BRANDS:
        return Format.HEIC
    raise Refusal(Reason.FORMAT_NOT_ALLOWED, "video")
