"""Pictures for the demo: drawn scalps, plainly synthetic, and a drawn signature."""

import io
import math
import tempfile
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

from clinic.accounts.actors import Actor
from demo.drawing import Drawing, drawn
from demo.people import DemoPatient
from patients.photos.models import PhotoSet
from patients.photos.services import add_photo
from protocols.photos.models import PhotoView

CAMERA = "Baseline Demo Camera"
#: Width and height of the drawn photographs; the smaller size is below what the photo protocol asks for.
FULL, SMALLER = (1600, 1200), (1200, 900)


def signature_png(seed: int) -> bytes:
    """Return a scribble as a PNG, blue-black on nothing."""
    chance = Random(seed)
    image = Image.new("RGBA", (480, 160), (0, 0, 0, 0))
    turns, height = chance.uniform(3, 6), chance.uniform(25, 45)
    points = [
        (40 + step * 2, 80 + height * math.sin(step / 200 * turns * 6.28) * math.cos(step / chance.uniform(38, 42)))
        for step in range(200)
    ]
    ImageDraw.Draw(image).line(points, fill=(28, 36, 60, 255), width=4, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def take_photos(
    *, by: Actor, photo_set: PhotoSet, views: Sequence[PhotoView], patient: DemoPatient, number: int, density: float,
    at: datetime, last_smaller: bool,
) -> None:  # fmt: skip
    """Draw `views` of `patient` and put them into the set, as uploads would; the last may be too small for it."""
    sizes = [FULL] * (len(views) - 1) + [SMALLER if last_smaller else FULL]
    wanted = [
        Drawing(
            view=view.code, stage=f"{patient.scale} {patient.stage}", density=density, seed=number, width=width,
            height=height, captured_at=at, camera=CAMERA,
        )
        for view, (width, height) in zip(views, sizes, strict=True)
    ]  # fmt: skip
    for view, data in zip(views, drawn(wanted), strict=True):
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            file.write(data)
            file.flush()
            add_photo(
                by=by, photo_set=photo_set, view=view, path=Path(file.name),
                original_name=f"DEMO_{number:03}_{view.code}.jpg", submission_key=uuid.uuid4(), at=at,
            )  # fmt: skip
