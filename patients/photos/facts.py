"""What is known about one accepted photo: the camera's own statements, the measures, the derived pictures."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any

CLOCK_TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFacts:
    """What the camera wrote into the file; None or "" is "not written", never "no".

    `captured_local` is naive: the wall clock of the camera, with its fraction of a second; `captured_offset`
    is its distance from UTC where the camera wrote one. Of the place only the fact is kept that one was there.
    """

    captured_local: datetime | None = None
    captured_offset: timedelta | None = None
    captured_subsecond: str = ""  # digits behind the decimal point, as written
    orientation: int = 1  # the EXIF tag, 1 to 8; already applied to the derived pictures
    make: str = ""
    model: str = ""
    lens: str = ""
    focal_length_mm: Decimal | None = None
    exposure_s: Decimal | None = None
    aperture_f: Decimal | None = None
    iso: int | None = None
    white_balance: str = ""  # "auto" or "manual"
    flash_fired: bool | None = None
    has_gps: bool = False

    @property
    def offset_text(self) -> str:
        """Return the offset as the camera writes it, "+02:00"; "" where it wrote none."""
        if self.captured_offset is None:
            return ""
        minutes = round(self.captured_offset.total_seconds() / 60)
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

    def is_after(self, at: datetime, zone: tzinfo) -> bool:
        """Say whether the camera's date lies behind the aware time `at`: then its clock is wrong.

        A camera that wrote no offset is taken to show the time of `zone`; an hour is forgiven, for summer time.
        """
        if self.captured_local is None:
            return False
        known = zone if self.captured_offset is None else timezone(self.captured_offset)
        return self.captured_local.replace(tzinfo=known) > at + CLOCK_TOLERANCE

    def as_json(self) -> dict[str, Any]:
        """Return plain values: times as ISO 8601, numbers with a unit as exact text."""
        return {
            "captured_local": self.captured_local.isoformat() if self.captured_local else None,
            "captured_offset": self.offset_text,
            "captured_subsecond": self.captured_subsecond,
            "orientation": self.orientation,
            "make": self.make,
            "model": self.model,
            "lens": self.lens,
            "focal_length_mm": None if self.focal_length_mm is None else str(self.focal_length_mm),
            "exposure_s": None if self.exposure_s is None else str(self.exposure_s),
            "aperture_f": None if self.aperture_f is None else str(self.aperture_f),
            "iso": self.iso,
            "white_balance": self.white_balance,
            "flash_fired": self.flash_fired,
            "has_gps": self.has_gps,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measures of the large derived picture, comparable only between equal `version`s.

    `sharpness` is the variance of the Laplacian of the luma; `brightness` its mean, 0 to 255.
    `clipped_highlights` is the largest share, over red, green and blue, of values of 254 and above;
    `clipped_shadows` the share of luma values of 4 and below. Shares run from 0 to 1.
    """

    version: str
    sharpness: float
    brightness: float
    clipped_highlights: float
    clipped_shadows: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """A picture made from the original: upright, sRGB, JPEG, without any metadata.

    `longest_side_px` is the size it was made for; a smaller original isn't enlarged.
    """

    longest_side_px: int
    width: int
    height: int
    data: bytes
