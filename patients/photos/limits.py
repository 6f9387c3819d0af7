"""What one photo may cost, how large it may be, and how small to be compared."""

from dataclasses import dataclass

MIB = 1024 * 1024
#: A photograph whose shorter side has fewer pixels is kept, and doesn't count for its view.
COMPARE_SHORT_SIDE_PX = 600
#: Mean brightness (luma, 0 to 255) below and above which nothing can be seen: a cap on the lens, a white sheet. Such a
#: photograph is kept, and doesn't count. What lies between is for the protocol's thresholds, and for people to judge.
DARKEST_SEEN, BRIGHTEST_SEEN = 6, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one ingest; the kernel enforces the last four on the decoding process.

    The pixel bounds follow from the memory bound: a camera's JPEG or HEIC is decoded at reduced size or
    in tiles, every other format needs the whole picture in memory. 52 megapixels lets the 50-megapixel
    phone sensors (8192 x 6144) through; larger pictures are scaled down on the phone.
    """

    max_bytes: int = 40 * MIB
    max_side_px: int = 20_000
    max_pixels_camera_format: int = 52_000_000
    max_pixels_other_format: int = 25_000_000
    max_scans: int = 100  # of a progressive JPEG; cameras write about ten
    wall_seconds: float = 4.5
    cpu_seconds: int = 9  # two decoding threads for the wall time
    memory_bytes: int = 512 * MIB
    max_result_bytes: int = 8 * MIB


DEFAULT = Limits()
