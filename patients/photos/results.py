"""What comes back for a file: an accepted photo, or a refusal in words."""

from dataclasses import dataclass, field

from patients.photos import wording
from patients.photos.facts import CameraFacts, Derivative, Quality
from patients.photos.formats import Format
from patients.photos.limits import MIB, Limits
from patients.photos.reasons import Doubt, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What decoding took, as the kernel counted it for the decoding process."""

    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A photo that was decoded to its last part; `sha256` and `bytes` are those of the untouched original.

    `width` and `height` are those of the upright picture. `derivatives` are the 1600 and 320 pixel pictures.
    """

    format: Format
    mime: str
    sha256: str
    bytes: int
    width: int
    height: int
    camera: CameraFacts
    quality: Quality
    derivatives: tuple[Derivative, ...]
    doubts: tuple[Doubt, ...]
    cost: Cost

    @property
    def warnings(self) -> list[str]:
        """Return the doubts as sentences in the reader's language."""
        return [str(wording.DOUBTED[doubt]) for doubt in self.doubts]

    def derivative(self, longest_side_px: int) -> Derivative:
        """Return the derived picture made for this size; raise `KeyError` when there is none."""
        for derivative in self.derivatives:
            if derivative.longest_side_px == longest_side_px:
                return derivative
        raise KeyError(longest_side_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that isn't taken. `detail` is a technical word for the record, `message` is for people."""

    reason: Reason
    detail: str = ""
    limits: Limits
    cost: Cost = field(default_factory=Cost)

    @property
    def message(self) -> str:
        """Return what is wrong and what to do, in the reader's language."""
        return str(wording.REFUSED[self.reason]) % {
            "megabytes": self.limits.max_bytes // MIB,
            "camera_megapixels": self.limits.max_pixels_camera_format // 1_000_000,
            "other_megapixels": self.limits.max_pixels_other_format // 1_000_000,
        }
