"""A derived picture holds pixels and nothing else, whatever the original carries."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from patients.photos import jpeg_segments
from patients.photos.ingest import Accepted
from tests.patients.photos import files

Accept = Callable[[bytes], Accepted]
DRAWING = {jpeg_segments.APP0, jpeg_segments.DQT, 0xC0, jpeg_segments.DHT, jpeg_segments.SOS}


def loaded(kind: str) -> bytes:
    """A file with every kind of metadata that its format can carry, a secret in each."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": files.camera_exif(orientation=6), "icc_profile": profile}
    packet = b"<x:xmpmeta>" + files.SECRET + b"</x:xmpmeta>"
    if kind == "TIFF":
        return files.saved(files.picture(), kind, tiffinfo={270: files.SECRET.decode(), 700: packet}, **options)
    if kind == "PNG":
        data = files.saved(files.picture(), kind, **options)
        return files.png_with(data, files.chunk(b"tEXt", b"Comment\x00" + files.SECRET))
    if kind in {"WEBP", "AVIF", "HEIF"}:
        options["exif"] = files.camera_exif().tobytes()  # type: ignore[assignment]
        return files.saved(files.picture(), kind, xmp=packet, **options)
    thumbnail = files.jpeg(files.picture(16, 16), exif=b"", comment=files.SECRET)
    data = files.saved(files.picture(), kind, comment=files.SECRET, xmp=packet, **options)
    extra = (
        files.segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + files.SECRET),
        files.segment(0xE2, b"FPXR" + files.SECRET),
        files.segment(0xEF, files.SECRET),
    )
    return files.with_segments(data, *extra) + thumbnail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_no_metadata_survives(accepted: Accept, kind: str) -> None:
    data = loaded(kind)
    assert files.SECRET in data
    photo = accepted(data)
    assert len(photo.derivatives) == 2
    for derivative in photo.derivatives:
        assert files.SECRET not in derivative.data
        for trace in (b"Exif", b"http", b"ICC_PROFILE", b"Photoshop", b"Baseline"):
            assert trace not in derivative.data
        layout = jpeg_segments.walk(derivative.data)
        assert {segment.marker for segment in layout.segments} == DRAWING
        assert layout.end == len(derivative.data)
        view = Image.open(io.BytesIO(derivative.data))
        assert not view.getexif()
        assert set(view.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_place_is_known_to_have_been_there_and_is_gone(accepted: Accept) -> None:
    photo = accepted(files.jpeg())
    assert photo.camera.has_gps
    assert not accepted(files.jpeg(exif=files.camera_exif(place=False))).camera.has_gps
