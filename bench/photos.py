"""Photo ingest against naive Pillow: CPU time of whole photos, processes and checks included.

Naive is what a first attempt does in one process: open, turn upright, save the original again, copy and shrink twice.
Ours decodes in a confined process, checks the container, measures quality and keeps the original untouched.
"""

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

from bench.report import Row
from patients.photos.decoder_pool import POOL
from patients.photos.ingest import Accepted, examine
from patients.photos.limits import MIB

SIZES: tuple[tuple[str, int, int, float, int], ...] = (
    ("12 MP", 4000, 3000, 0.52, 120),
    ("24 MP", 6000, 4000, 0.35, 180),
)


def drawn_photo(width: int, height: int) -> bytes:
    """Return a camera-like JPEG: skin tones, texture, sensor noise, EXIF with orientation 6 and a place."""
    gradient = Image.linear_gradient("L").resize((width, height), Image.Resampling.BICUBIC)
    texture = Image.effect_noise((width // 8, height // 8), 60).resize((width, height), Image.Resampling.BICUBIC)
    bands = []
    for darkest, brightest in ((150, 220), (110, 175), (90, 150)):
        tone = gradient.point([darkest + (brightest - darkest) * level // 255 for level in range(256)])
        noise = Image.effect_noise((width, height), 8)
        bands.append(ImageChops.add(Image.blend(tone, texture, 0.15), noise, 1, -128))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Baseline", "Bench", 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:22 10:11:12"
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 5.0, 0.0), 3: "E", 4: (14.0, 25.0, 0.0)})
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "JPEG", quality=90, subsampling="4:2:0", exif=exif)
    return out.getvalue()


def naive(data: bytes) -> None:
    """Do what a first attempt with Pillow does."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    image.save(io.BytesIO(), "JPEG", quality=90)
    for side in (1600, 320):
        small = image.copy()
        small.thumbnail((side, side))
        small.save(io.BytesIO(), "JPEG", quality=85)


def run(rounds: int) -> list[Row]:
    """Return one row per photo size: medians of `rounds` interleaved rounds, after one that isn't counted."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, width, height, target, target_mib in SIZES:
            path = Path(folder) / f"{width}.jpg"
            path.write_bytes(drawn_photo(width, height))
            rows.append(_row(name, path, rounds, target, target_mib))
    POOL.close()
    return rows


def _row(name: str, path: Path, rounds: int, target: float, target_mib: int) -> Row:
    data = path.read_bytes()
    ours, floors, peaks = [], [], []
    for number in range(rounds + 1):
        floor_s = _cpu_s(lambda: naive(data))
        before = time.process_time()
        photo = examine(path)
        ours_s = time.process_time() - before + photo.cost.cpu_s
        if not isinstance(photo, Accepted):
            raise TypeError(f"the {name} photo was refused: {photo.reason}")
        if number:
            floors.append(1000 * floor_s)
            ours.append(1000 * ours_s)
            peaks.append(photo.cost.peak_rss_bytes / MIB)
    ours_ms, floor_ms = statistics.median(ours), statistics.median(floors)
    return Row(
        name=f"photo ingest, {name}",
        ours_ms=ours_ms,
        floor_ms=floor_ms,
        ratio=ours_ms / floor_ms,
        target=target,
        detail=f"peak memory {max(peaks):.0f} MiB of at most {target_mib}",
    )


def _cpu_s(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    for row in run(rounds=9):
        figures = f"{row.ours_ms:.0f} / {row.floor_ms:.0f} ms = {row.ratio:.2f} (at most {row.target})"
        print(f"{row.name}: {figures}; {row.detail}")
