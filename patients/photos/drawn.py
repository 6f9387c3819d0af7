"""Scalp pictures drawn by a program, for the demo clinic and for tests: plainly synthetic, of nobody.

The same `seed` and view give the same head with the same hairs in the same places; a lower `density` or a later
`stage` only leaves hairs out. So two pictures of one "patient" can be compared like two photographs.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from PIL import Image, ImageDraw, ImageFont
from PIL.TiffImagePlugin import IFDRational

MAKE = "Baseline Demo Camera"
WATERMARK = "SYNTHETIC"
VIEWS = (
    "frontal", "frontal-bowed", "top", "vertex", "left-temporal", "right-temporal", "occipital", "left-oblique",
    "right-oblique", "macro",
)  # fmt: skip
SKINS = ((233, 196, 172), (214, 170, 140), (190, 140, 108), (150, 104, 78), (112, 74, 54))
HAIRS = ((38, 28, 24), (62, 42, 30), (92, 62, 40), (120, 88, 58), (108, 104, 102))
BACKDROP = (203, 209, 211)
CLOTH = (84, 112, 118)
COLUMNS, ROWS = 84, 63  # candidate hairs across and down the frame

# Loss at the temples, behind the forelock and at the vertex, 0 to 1, for each stage of Norwood-Hamilton.
NORWOOD = {
    "I": (0.0, 0.0, 0.0), "II": (0.3, 0.0, 0.0), "IIa": (0.25, 0.2, 0.0), "III": (0.55, 0.1, 0.0),
    "IIIa": (0.55, 0.4, 0.0), "III-vertex": (0.5, 0.1, 0.6), "IV": (0.7, 0.35, 0.7), "IVa": (0.75, 0.7, 0.2),
    "V": (0.85, 0.55, 0.85), "Va": (0.9, 0.9, 0.55), "VI": (0.95, 0.9, 0.95), "VII": (1.0, 1.0, 1.0),
}  # fmt: skip
# Thinning along the centre part behind a kept hairline, for each stage of Ludwig.
LUDWIG = {"I": 0.35, "II": 0.65, "III": 0.9}


@dataclass(frozen=True, slots=True)
class Loss:
    """How much hair a stage takes, by place."""

    temples: float = 0.0
    forelock: float = 0.0
    vertex: float = 0.0
    crown: float = 0.0

    @property
    def bald(self) -> float:
        """How far the losses at the forelock and at the vertex have grown together."""
        return min(self.forelock, self.vertex)

    def from_above(self, x: float, y: float) -> float:
        """Return the share lost at a place of the scalp seen from above; the forehead is at y = 1."""
        return max(
            self.temples * _bump(abs(x) - 0.5, y - 0.85, 0.34, 0.42),
            self.forelock * _bump(x, y - 0.6, 0.35 + 0.3 * self.forelock, 0.45),
            self.vertex * _bump(x, y + 0.42, 0.3 + 0.25 * self.vertex, 0.25 + 0.2 * self.vertex),
            self.bald * _bump(x, y - 0.1, 0.55, 0.55),
            self.crown * _bump(x, y - 0.05, 0.3, 0.6),
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What is drawn with: colours, the share of hairs that grow, and the chance that places them."""

    skin: tuple[int, ...]
    hair: tuple[int, ...]
    density: float
    chance: Random


@dataclass(frozen=True, slots=True)
class Head:
    """A view: the head's ellipse in the frame, where hair grows on it and which way it lies.

    `hair` takes a place in the ellipse (x to the right, y down, both -1 to 1) and returns the share of hair left
    there, before density; `lie` returns the direction in radians, 0 to the right, growing clockwise.
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    hair: Callable[[float, float], float]
    lie: Callable[[float, float], float]
    ears: tuple[tuple[float, float], ...] = ()
    neck: bool = False


def draw_scalp(
    *,
    view: str,
    stage: str,
    density: float,
    seed: int,
    width: int = 1600,
    height: int = 1200,
    captured_at: datetime,
    camera: str,
) -> bytes:
    """Return a JPEG of the `view`, with the EXIF of a fixed photo station.

    `stage` is a scale and its stage: "norwood III-vertex", "ludwig II". `density` is the share of hairs that grow
    where the stage leaves hair, 0 to 1. An aware `captured_at` is written with its offset from UTC. Raises
    `ValueError` for a view or stage that doesn't exist.
    """
    person, chance = Random(seed), Random(f"{seed} {view}")  # noqa: S311 - a drawing, not a secret
    look = Look(person.choice(SKINS), person.choice(HAIRS), density, chance)
    loss = _loss(stage)
    image = Image.new("RGB", (width, height), BACKDROP)
    if view == "macro":
        _draw_close_up(image, loss, look)
    else:
        _draw_head(image, _head(view, loss), look)
    _mark(image, f"{view}  ·  {stage}  ·  {seed}")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=_exif(captured_at, camera))
    return out.getvalue()


def _bump(x: float, y: float, width: float, height: float) -> float:
    """Return 1 inside an ellipse around the origin, falling smoothly to 0 outside it."""
    distance = math.hypot(x / width, y / height)
    return min(1.0, max(0.0, 1.5 - distance))


def _loss(stage: str) -> Loss:
    scale, _, name = stage.partition(" ")
    if scale == "norwood" and name in NORWOOD:
        return Loss(*NORWOOD[name])
    if scale == "ludwig" and name in LUDWIG:
        return Loss(crown=LUDWIG[name])
    raise ValueError(f"no stage {stage!r}: say a scale and a stage, as in 'norwood III-vertex' or 'ludwig II'")


def _head(view: str, loss: Loss) -> Head:
    if view in {"top", "frontal-bowed"}:
        bowed = view == "frontal-bowed"
        return Head(
            (0.5, 0.42 if bowed else 0.5),
            (0.33, 0.56 if bowed else 0.44),
            lambda x, y: (1 - loss.from_above(x, 0.2 + 0.8 * y if bowed else y)) * (y < (0.62 if bowed else 0.9)),
            lambda x, y: (0.35 if x > 0 else math.pi - 0.35) + 0.3 * y * (1 if x > 0 else -1),
            ears=((-1.0, 0.1), (1.0, 0.1)),
        )
    if view == "vertex":
        return Head(
            (0.5, 0.52),
            (0.38, 0.5),
            lambda x, y: 1 - loss.from_above(0.8 * x, 0.75 * y - 0.42),
            lambda x, y: math.atan2(y, x) + 0.9,  # the whorl
        )
    if view == "occipital":
        return Head(
            (0.5, 0.45),
            (0.28, 0.42),
            lambda x, y: (1 - loss.vertex * _bump(x, y + 0.95, 0.6, 0.35)) * (y < 0.78),
            lambda x, y: math.pi / 2 + 0.25 * x,
            ears=((-1.0, 0.15), (1.0, 0.15)),
            neck=True,
        )
    if view in {"left-temporal", "right-temporal"}:
        face = -1 if view == "left-temporal" else 1
        return Head(
            (0.5, 0.46),
            (0.34, 0.42),
            lambda x, y: _side(loss, x * face, y),
            lambda x, y: math.pi / 2 + face * (0.9 - 0.3 * y),
            ears=((-0.12 * face, 0.3),),
            neck=True,
        )
    if view in {"frontal", "left-oblique", "right-oblique"}:
        turned = {"frontal": 0.0, "left-oblique": -0.25, "right-oblique": 0.25}[view]
        return Head(
            (0.5, 0.52),
            (0.26, 0.44),
            lambda x, y: _front(loss, x - turned, y),
            lambda x, y: -math.pi / 2 + 0.9 * (x - turned),
            ears=((-3.2 * turned, 0.2),) if turned else ((-1.0, 0.15), (1.0, 0.15)),
            neck=True,
        )
    raise ValueError(f"no view {view!r}: one of {', '.join(VIEWS)}")


def _front(loss: Loss, x: float, y: float) -> float:
    """Return the hair left at a place seen from the front: above a hairline that a stage moves back."""
    back = 0.34 * loss.temples * _bump(abs(x) - 0.5, 0, 0.25, 1) + 0.3 * loss.forelock * _bump(x, 0, 0.45, 1)
    line = -0.42 - back + 0.35 * max(0, abs(x) - 0.55)
    grows = max(0.0, min(1.0, (line - y) * 8)) * (1 - loss.bald * _bump(x, y + 0.85, 0.7, 0.5))
    return grows * (1 - loss.crown * _bump(x, y + 0.9, 0.18, 0.4))


def _side(loss: Loss, x: float, y: float) -> float:
    """Return the hair left at a place of a profile whose face looks towards x = 1."""
    front = 0.52 - 0.42 * loss.temples * _bump(0, y + 0.55, 1, 0.5) - 0.25 * max(0.0, y)
    grows = max(0.0, min(1.0, (front - x) * 8)) * max(0.0, min(1.0, (0.42 - 0.5 * x - y) * 8))
    return (
        grows * (1 - loss.vertex * _bump(x + 0.45, y + 0.85, 0.4, 0.3)) * (1 - loss.crown * _bump(x, y + 1, 0.5, 0.25))
    )


def _draw_head(image: Image.Image, head: Head, look: Look) -> None:
    width, height = image.size
    middle = (head.centre[0] * width, head.centre[1] * height)
    radii = (head.radii[0] * width, head.radii[1] * height)
    draw = ImageDraw.Draw(image)
    if head.neck:
        _disc(draw, (middle[0], middle[1] + 2.2 * radii[1]), (1.9 * radii[0], 1.2 * radii[1]), CLOTH)
        neck = (middle[0] - 0.45 * radii[0], middle[1], middle[0] + 0.45 * radii[0], middle[1] + 1.12 * radii[1])
        draw.rectangle(neck, _shade(look.skin, 0.86))
    ears = [(middle[0] + x * radii[0], middle[1] + y * radii[1]) for x, y in head.ears]
    behind = [abs(x) > 0.9 for x, _ in head.ears]
    ear_size = (0.1 * radii[0], 0.17 * radii[1])
    for ear, hidden in zip(ears, behind, strict=True):
        if hidden:
            _disc(draw, ear, ear_size, _shade(look.skin, 0.88))
    _skin(image, (middle[0] - radii[0], middle[1] - radii[1]), (2 * radii[0], 2 * radii[1]), look.skin)
    shades = [_shade(look.hair, 0.75 + 0.15 * number) for number in range(6)]
    for row in range(ROWS):
        for column in range(COLUMNS):
            x = (column + look.chance.random()) / COLUMNS * 2.2 - 1.1
            y = (row + look.chance.random()) / ROWS * 2.2 - 1.1
            grows, bend, shade = look.chance.random(), look.chance.gauss(0, 0.16), look.chance.choice(shades)
            if (
                x * x + y * y > 1.02 or grows > look.density * head.hair(x, y) ** 1.8
            ):  # hairs overlap: the eye sees loss late
                continue
            lie = head.lie(x, y) + bend
            _hair(draw, (middle[0] + x * radii[0], middle[1] + y * radii[1]), lie, 0.05 * width, shade)
    for ear, hidden in zip(ears, behind, strict=True):
        if not hidden:
            _disc(draw, ear, ear_size, _shade(look.skin, 0.8))
            _disc(draw, ear, (0.7 * ear_size[0], 0.75 * ear_size[1]), _shade(look.skin, 0.92))


def _draw_close_up(image: Image.Image, loss: Loss, look: Look) -> None:
    """Draw the skin through a lens: single hairs out of their follicles, fewer and finer where hair is lost."""
    width, height = image.size
    _skin(image, (-width / 2, -height / 2), (2 * width, 2 * height), look.skin)
    draw = ImageDraw.Draw(image)
    left = look.density * (1 - 0.8 * max(loss.vertex, loss.crown, loss.forelock))
    for row in range(11):
        for column in range(15):
            x = (column + 0.15 + 0.7 * look.chance.random()) / 15 * width
            y = (row + 0.15 + 0.7 * look.chance.random()) / 11 * height
            grows, lie, thick = look.chance.random(), look.chance.gauss(0.7, 0.25), look.chance.choice((4, 6, 8, 9))
            _disc(draw, (x, y), (7, 6), _shade(look.skin, 0.8))
            if grows <= left:
                end = (x + 0.16 * width * math.cos(lie), y + 0.16 * width * math.sin(lie))
                draw.line((x, y, *end), fill=look.hair, width=max(2, round(thick * (0.5 + 0.5 * left))))


def _hair(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], lie: float, length: float, colour: tuple[int, ...]
) -> None:
    x, y = start
    draw.line((x, y, x + length * math.cos(lie), y + length * math.sin(lie)), fill=colour, width=3)


def _disc(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], radii: tuple[float, float], colour: tuple[int, ...]
) -> None:
    draw.ellipse((at[0] - radii[0], at[1] - radii[1], at[0] + radii[0], at[1] + radii[1]), fill=colour)


def _skin(image: Image.Image, corner: tuple[float, float], size: tuple[float, float], skin: tuple[int, ...]) -> None:
    """Paint an ellipse of skin, lit in its middle."""
    whole = (round(size[0]), round(size[1]))
    light = Image.radial_gradient("L").resize(whole)
    tones = [light.point([round(tone * (1.04 - 0.34 * (level / 255) ** 2)) for level in range(256)]) for tone in skin]
    shape = Image.new("L", whole)
    ImageDraw.Draw(shape).ellipse((0, 0, whole[0] - 1, whole[1] - 1), fill=255)
    image.paste(Image.merge("RGB", tones), (round(corner[0]), round(corner[1])), shape)


def _shade(colour: tuple[int, ...], factor: float) -> tuple[int, ...]:
    return tuple(min(255, round(part * factor)) for part in colour)


def _mark(image: Image.Image, words: str) -> None:
    """Write across the picture that nobody was photographed."""
    draw = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(image.width / 50), ImageFont.load_default(image.width / 12)
    draw.text(
        (image.width / 2, image.height * 0.93), WATERMARK, "white", large, "mm", stroke_width=3, stroke_fill="black"
    )
    draw.text((image.width * 0.02, image.height * 0.03), words, (40, 40, 40), small)


def _exif(captured_at: datetime, camera: str) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = MAKE, camera, 1
    details = exif.get_ifd(0x8769)
    details[0x9003] = details[0x9004] = captured_at.strftime("%Y:%m:%d %H:%M:%S")
    if captured_at.utcoffset() is not None:
        offset = captured_at.strftime("%z")
        details[0x9011] = f"{offset[:3]}:{offset[3:5]}"
    details.update(
        {
            0x829A: IFDRational(1, 125),
            0x829D: IFDRational(8, 1),
            0x8827: 200,
            0x920A: IFDRational(60, 1),
            0xA403: 1,
            0x9209: 0,
        }
    )
    return exif
